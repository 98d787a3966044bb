"""A new town, with everything people need, in one transaction: all of it or nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, DataError, connection

from accounts.actions import InvitationRefused
from accounts.models import Kind, Role, User
from catalogue.content import Online, Responsible
from catalogue.current import NotReleased
from catalogue.models import Release, ReleaseState
from operations.actions import FirstAdministrator, bring_town_live
from operations.models import EventKind, TownEvent
from tenants.actions import TownRefused
from tenants.context import as_owner, has_town, in_town
from tenants.models import Host, Town
from tenants.municipalities import find_municipalities, municipality
from tests.jobs import queued_jobs, run_jobs
from tests.operations.conftest import BERTA, BLOMBERG, live
from tests.people import MONDAY, Browser, make_olga
from tests.tenants.test_creating_towns import schemas
from tests.threads import at_once
from townhall.models import Offer, OfferState, Office, Profile
from townhall.shopfront import shopfront
from townhall.theme import BadColour

AUGUSTDORF = municipality("05766004")
KOELN = municipality("05315000")


def traces(slug: str) -> dict[str, Any]:
    """Everything that a town leaves outside of its own schema."""
    return {
        "schema": slug.replace("-", "_") in schemas(),
        "town": Town.objects.filter(slug=slug).exists(),
        "hosts": list(Host.objects.filter(domain__contains=slug).values_list("domain", flat=True)),
        "events": TownEvent.objects.filter(town__slug=slug).count(),
        "jobs": queued_jobs(),
    }


NOTHING = {"schema": False, "town": False, "hosts": [], "events": 0, "jobs": []}


def test_a_new_town_is_there_for_everybody_at_once(blomberg: Town) -> None:
    home = Browser("blomberg.localhost").get("/")
    services = Browser("blomberg.localhost").get("/leistungen/")

    assert (home.status_code, services.status_code) == (200, 200)
    assert "Stadt Blomberg" in home.content.decode()


def test_a_new_town_has_its_address_offices_and_all_services(blomberg: Town) -> None:
    with in_town(blomberg):
        profile = Profile.objects.get()
        front = shopfront()

        assert (profile.street, profile.postal_code, profile.city) == ("Marktplatz 1", "32825", "Blomberg")
        assert profile.colour == "#14694f"
        assert Office.objects.filter(is_main=True).count() == 1
        assert Offer.objects.count() == len(front.catalogue.services) == len(front.services) == 151


@pytest.mark.parametrize("entry", [AUGUSTDORF, KOELN], ids=lambda entry: entry.name)
def test_what_the_county_does_is_not_online_in_a_small_town(db: None, entry: Any) -> None:
    with in_town(live(entry)):
        front = shopfront()
        expected = {
            key
            for key, service in front.catalogue.services.items()
            if service.online == Online.FULL and service.responsible(front.size) == Responsible.TOWN
        }
        online = set(Offer.objects.filter(state=OfferState.ONLINE).values_list("service_key", flat=True))

    assert online == expected
    assert online


def test_a_big_city_does_more_itself_than_a_village(db: None) -> None:
    counts = []
    for entry in (AUGUSTDORF, KOELN):
        with in_town(live(entry)):
            counts.append(Offer.objects.filter(state=OfferState.ONLINE).count())

    assert counts[0] < counts[1]


@pytest.mark.parametrize(
    ("name", "host", "schema"),
    [
        ("Köln", "koeln.localhost", "koeln"),
        ("Übach-Palenberg", "uebach-palenberg.localhost", "uebach_palenberg"),
        ("Schloß Holte-Stukenbrock", "schloss-holte-stukenbrock.localhost", "schloss_holte_stukenbrock"),
    ],
)
def test_a_name_with_umlauts_becomes_an_address_without(db: None, name: str, host: str, schema: str) -> None:
    [entry] = find_municipalities(name)

    town = live(entry)

    assert (town.name, town.url, town.schema_name) == (name, f"http://{host}:8000", schema)
    assert f"Stadt {name}" in Browser(host).get("/").content.decode()


def test_the_first_administrator_is_invited_by_mail(blomberg: Town) -> None:
    queued = queued_jobs()
    run_jobs()

    assert queued == ["accounts.jobs.send_password_link", "accounts.jobs.register_return_addresses"]
    [message] = mail.outbox
    assert message.to == [BERTA.email]
    assert "http://blomberg.localhost:8000/rathaus/passwort/" in message.body
    with in_town(blomberg):
        berta = User.objects.get()
        assert (berta.kind, berta.name, berta.roles) == (Kind.STAFF, "Berta Blum", [Role.ADMINISTRATOR])
        assert not berta.has_usable_password()


def test_it_is_written_down_who_did_it(blomberg: Town, olga: User) -> None:
    event = TownEvent.objects.get(town=blomberg)

    assert (event.kind, event.by, event.at, event.text) == (EventKind.CREATED, olga, MONDAY, "")


# --- All or nothing ---------------------------------------------------------------------------------------

TOO_LONG = FirstAdministrator("berta@blomberg.example", "B" * 151, "Blum")


def with_broken_administrator() -> None:
    """The last row of all does not fit into its table."""
    live(BLOMBERG, administrator=TOO_LONG)


def with_broken_offer() -> None:
    """One of the 151 offers is refused by its table."""
    with connection.execute_wrapper(refuse_dogs):
        live(BLOMBERG)


def refuse_dogs(execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Before the offers are written their table gets one condition more."""
    if str(statement).startswith('INSERT INTO "townhall_offer"'):
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE blomberg.townhall_offer ADD CHECK (service_key <> 'hund-anmelden')")
    return execute(statement, params, many, context)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (with_broken_administrator, "value too long for type character varying"),
        (with_broken_offer, 'new row for relation "townhall_offer" violates check constraint'),
    ],
)
def test_a_row_that_breaks_half_way_leaves_nothing(db: None, attempt: Callable[[], None], message: str) -> None:
    with pytest.raises(DatabaseError, match=message):
        attempt()

    assert traces("blomberg") == NOTHING
    assert not has_town()


@pytest.mark.django_db(transaction=True)
def test_after_a_real_rollback_nothing_is_left_and_the_next_try_works() -> None:
    with pytest.raises(DataError):
        live(BLOMBERG, administrator=TOO_LONG)
    after_the_failure = traces("blomberg")

    live(BLOMBERG)

    assert after_the_failure == NOTHING
    assert Browser("blomberg.localhost").get("/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "problem", "message"),
    [
        ({"slug": "lage"}, TownRefused, "schon vergeben"),
        ({"own_hosts": ["detmold.localhost"]}, TownRefused, "vergeben wir selbst"),
        ({"administrator": FirstAdministrator("keine", "Berta", "Blum")}, InvitationRefused, "keine E-Mail-Adresse"),
    ],
    ids=["short name", "host", "mail"],
)
def test_what_is_refused_leaves_nothing_of_the_town(
    lage: Town, changes: dict[str, Any], problem: type[Exception], message: str
) -> None:
    with pytest.raises(problem, match=message):
        live(BLOMBERG, **changes)

    assert traces("blomberg") == NOTHING
    assert not has_town()


def test_a_colour_that_is_none_leaves_nothing(db: None) -> None:
    with pytest.raises(BadColour):
        bring_town_live(
            municipality=BLOMBERG, slug="blomberg", own_hosts=[], colour="rot", administrator=BERTA, now=MONDAY
        )

    assert traces("blomberg") == NOTHING


def test_the_same_town_twice_is_refused(blomberg: Town) -> None:
    with pytest.raises(TownRefused, match="Blomberg gibt es hier schon"):
        live(BLOMBERG, slug="blomberg-zwei")

    assert Town.objects.filter(ars=BLOMBERG.ars).count() == 1
    assert "blomberg_zwei" not in schemas()


def test_without_a_released_catalogue_there_is_no_town(db: None) -> None:
    Release.objects.filter(state=ReleaseState.RELEASED).update(state=ReleaseState.SUPERSEDED)

    with pytest.raises(NotReleased):
        live(BLOMBERG)

    assert traces("blomberg") == NOTHING


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_make_one_town() -> None:
    make_olga()

    answers = at_once(2, lambda: live(BLOMBERG))

    assert sorted(type(answer).__name__ for answer in answers) == ["Town", "TownRefused"]
    assert Town.objects.filter(ars=BLOMBERG.ars).count() == 1
    assert Browser("blomberg.localhost").get("/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_operators_with_different_towns_for_one_short_name_make_one() -> None:
    entries = iter([BLOMBERG, AUGUSTDORF])

    answers = at_once(2, lambda: live(next(entries), slug="huegelstadt"))

    assert sorted(type(answer).__name__ for answer in answers) == ["Town", "TownRefused"]
    assert Host.objects.filter(domain="huegelstadt.localhost").count() == 1
