"""A new town: its row, hosts and schema, and every reason to refuse it."""

import pytest
from django.db import DataError, connection

from tenants import actions
from tenants.actions import TownRefused, add_host, clean_host, create_town, refuse_short_name, remove_host
from tenants.context import as_owner, has_town, in_town
from tenants.models import Host, Town, TownState
from tenants.municipalities import municipality
from tests.people import MONDAY

BLOMBERG = municipality("05766016")
KOELN = municipality("05315000")


def schemas() -> set[str]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT schema_name FROM information_schema.schemata")
        return {name for (name,) in cursor.fetchall()}


def tables(schema: str) -> set[str]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def test_a_town_gets_a_row_a_host_and_the_same_tables_as_all(lage: Town) -> None:
    town = create_town(municipality=KOELN, slug="koeln", own_hosts=["portal.koeln.example"], now=MONDAY)

    assert (town.name, town.full_name, town.schema_name, town.ars) == ("Köln", "Stadt Köln", "koeln", KOELN.ars)
    assert (town.state, town.created_at, town.number_prefix) == (TownState.LIVE, MONDAY, "KOELN")
    assert list(town.hosts.order_by("-is_primary").values_list("domain", "is_primary")) == [
        ("koeln.localhost", True),
        ("portal.koeln.example", False),
    ]
    assert tables("koeln") == tables(lage.schema_name)
    assert "submissions_submission" in tables("koeln")
    assert not has_town()


def test_a_short_name_with_hyphens_is_a_schema_with_underscores(db: None) -> None:
    town = create_town(municipality=municipality("05766008"), slug="bad-salzuflen", own_hosts=[], now=MONDAY)

    assert (town.schema_name, town.number_prefix) == ("bad_salzuflen", "BADSALZUFLEN")
    with in_town(town):
        assert "bad_salzuflen" in schemas()


def test_a_municipality_has_one_town_only(lage: Town) -> None:
    with pytest.raises(TownRefused, match="Lage gibt es hier schon"):
        create_town(municipality=lage.municipality, slug="lage-zwei", own_hosts=[], now=MONDAY)


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("lage", "„lage“ ist schon vergeben"),
        ("", "geht nicht"),
        ("Blomberg", "geht nicht"),
        ("blömberg", "Schreiben Sie ä als ae"),
        ("blom berg", "geht nicht"),
        ("blom.berg", "geht nicht"),
        ("blom_berg", "geht nicht"),
        ("1blomberg", "geht nicht"),
        ("-blomberg", "geht nicht"),
        ("blomberg-", "geht nicht"),
        ("blom--berg", "geht nicht"),
        ("b" * 41, "geht nicht"),
        ("b" * 51, "geht nicht"),
        ('blomberg"; DROP SCHEMA lage', "geht nicht"),
        ("betrieb", "brauchen wir selbst"),
        ("public", "brauchen wir selbst"),
        ("www", "brauchen wir selbst"),
        ("neu", "brauchen wir selbst"),
        ("pg-catalog", "brauchen wir selbst"),
        ("information-schema", "brauchen wir selbst"),
    ],
)
def test_an_impossible_short_name_is_refused_with_the_reason(lage: Town, slug: str, message: str) -> None:
    before = schemas()

    with pytest.raises(TownRefused, match=message):
        create_town(municipality=BLOMBERG, slug=slug, own_hosts=[], now=MONDAY)

    assert schemas() == before
    assert not Town.objects.filter(ars=BLOMBERG.ars).exists()


def test_the_operators_own_name_is_refused_wherever_it_is(lage: Town, settings: object) -> None:
    settings.OPERATOR_HOST = "zentrale.localhost"  # type: ignore[attr-defined]

    with pytest.raises(TownRefused, match="brauchen wir selbst"):
        refuse_short_name("zentrale")


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("serviceportal.lage.de", "serviceportal.lage.de"),
        (" Serviceportal.LAGE.de. ", "serviceportal.lage.de"),
        ("https://serviceportal.lage.de/start?x=1", "serviceportal.lage.de"),
        ("serviceportal.lage.de:443", "serviceportal.lage.de"),
        ("rathaus.köln.de", "rathaus.xn--kln-sna.de"),
        ("xn--kln-sna.de", "xn--kln-sna.de"),
    ],
)
def test_a_host_is_understood_however_it_is_typed(typed: str, host: str) -> None:
    assert clean_host(typed) == host


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "lage",
        "lage de",
        "lage..de",
        ".de",
        "-lage.de",
        "192.168.0.1",
        "lage.d",
        "la_ge.de",
        "a" * 64 + ".de",
        "ä" * 300 + ".de",
        "https://",
    ],
)
def test_what_is_no_host_is_told_so(typed: str) -> None:
    with pytest.raises(TownRefused, match="ist keine Adresse"):
        clean_host(typed)


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("lage.localhost", "vergeben wir selbst"),
        ("blomberg.localhost", "vergeben wir selbst"),
        ("betrieb.localhost", "vergeben wir selbst"),
        ("localhost", "vergeben wir selbst"),
        ("portal.detmold.example", "gehört schon zu Stadt Detmold"),
    ],
)
def test_a_host_that_is_not_the_towns_is_refused(lage: Town, detmold: Town, host: str, message: str) -> None:
    add_host(town=detmold, host="portal.detmold.example")

    with pytest.raises(TownRefused, match=message):
        create_town(municipality=BLOMBERG, slug="blomberg", own_hosts=[host], now=MONDAY)

    assert "blomberg" not in schemas()
    assert not Host.objects.filter(domain="blomberg.localhost").exists()
    assert not has_town()


def test_the_primary_host_cannot_be_removed(lage: Town) -> None:
    with pytest.raises(TownRefused, match="lässt sich nicht entfernen"):
        remove_host(town=lage, host="lage.localhost")


def test_the_host_of_another_town_cannot_be_removed(lage: Town, detmold: Town) -> None:
    add_host(town=detmold, host="portal.detmold.example")

    with pytest.raises(TownRefused):
        remove_host(town=lage, host="portal.detmold.example")

    assert Host.objects.filter(domain="portal.detmold.example").exists()


def test_suspending_twice_or_resuming_what_runs_is_refused(lage: Town) -> None:
    with pytest.raises(TownRefused, match="Lage ist schon online"):
        actions.change_state(town=lage, state=TownState.LIVE)
    actions.change_state(town=lage, state=TownState.SUSPENDED)
    with pytest.raises(TownRefused, match="Lage ist schon angehalten"):
        actions.change_state(town=lage, state=TownState.SUSPENDED)

    assert lage.state == TownState.SUSPENDED


def test_a_name_too_long_for_the_table_leaves_nothing(lage: Town) -> None:
    """Hosts hold at most 253 characters; past our own checks the database refuses, after the row was written."""
    with pytest.raises(DataError):
        create_town(municipality=BLOMBERG, slug="blomberg", own_hosts=["a" * 300 + ".example"], now=MONDAY)

    assert "blomberg" not in schemas()
    assert not Town.objects.filter(ars=BLOMBERG.ars).exists()
