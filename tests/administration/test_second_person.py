"""An amount counts once a second administrator has released it; where there is only one, hers is enough."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role, User
from tenants.context import in_town
from tenants.models import Town, TownState
from tests.factories import make_amount
from tests.pages import text_of
from tests.people import TownClient, make_astrid, make_staff
from tests.threads import at_once
from townhall import proposing
from townhall.models import FeeAmount, ProposedAmount

TABLE = "/rathaus/verwaltung/betraege/"
KEY = "hundemarke.ersatz"
PAGE = f"{TABLE}{KEY}/"


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def arne(lage: Town, in_lage: Town) -> TownClient:
    """Arne, the other administrator of Lage."""
    return TownClient(lage).sign_in(make_arne())


def make_arne() -> User:
    return make_staff("arne", "Arne", "Arndt", Role.ADMINISTRATOR)


def enter(client: TownClient, amount: str, day: date) -> Any:
    parts = {"valid_from_day": day.day, "valid_from_month": day.month, "valid_from_year": day.year}
    return client.post(PAGE, {"amount": amount, **parts, "by_law": "Satzung vom 1. Oktober", "by_law_url": ""})


def release(client: TownClient, version: str | None = None) -> str:
    seen = version if version is not None else ProposedAmount.objects.get().version
    return text_of(client.post(f"{PAGE}freigeben/", {"version": seen}, follow=True))


def rows() -> list[tuple[Decimal, str, str]]:
    found = FeeAmount.objects.filter(key=KEY).select_related("entered_by", "released_by")
    return [(row.amount, given_name(row.entered_by), given_name(row.released_by)) for row in found]


def given_name(person: User | None) -> str:
    return person.given_name if person else ""


def test_one_enters_and_another_releases(
    astrid: TownClient, arne: TownClient, visitor: TownClient, today: date
) -> None:
    assert "sobald jemand anderes" in text_of(enter(astrid, "7,50", today).client.get(PAGE))
    assert rows() == []
    assert "7,50" not in text_of(visitor.get("/leistungen/hundemarke-ersatz/"))

    told = release(arne)

    assert "7,50 € gelten ab sofort." in told
    assert rows() == [(Decimal("7.50"), "Astrid", "Arne")]
    assert ProposedAmount.objects.count() == 0


def test_nobody_releases_her_own_amount(astrid: TownClient, arne: TownClient, today: date) -> None:
    enter(astrid, "7,50", today)

    assert "/freigeben/" not in astrid.get(PAGE).content.decode()
    assert "Sie haben diesen Betrag selbst eingetragen." in release(astrid)
    assert rows() == []


def test_who_is_alone_needs_nobody_and_is_told_so(astrid: TownClient, today: date) -> None:
    assert "Sie sind allein in der Verwaltung dieser Stadt." in text_of(astrid.get(PAGE))

    enter(astrid, "7,50", today)

    assert rows() == [(Decimal("7.50"), "Astrid", "")]


def test_a_locked_colleague_is_no_second_person(astrid: TownClient, arne: TownClient, today: date) -> None:
    User.objects.filter(given_name="Arne").update(is_active=False)

    enter(astrid, "7,50", today)

    assert rows() == [(Decimal("7.50"), "Astrid", "")]


def test_what_was_changed_meanwhile_is_not_released_unseen(astrid: TownClient, arne: TownClient, today: date) -> None:
    enter(astrid, "7,50", today)
    seen = ProposedAmount.objects.get().version
    enter(astrid, "75", today)

    assert "Der Betrag wurde inzwischen geändert." in release(arne, seen)
    assert rows() == []


def test_who_mends_an_amount_is_who_entered_it(astrid: TownClient, arne: TownClient, today: date) -> None:
    enter(astrid, "7,50", today)
    enter(arne, "8", today)

    assert "Sie haben diesen Betrag selbst eingetragen." in release(arne)
    assert "8,00 € gelten ab sofort." in release(astrid)


def test_an_amount_whose_day_has_passed_meanwhile_is_not_released(
    astrid: TownClient, arne: TownClient, today: date
) -> None:
    enter(astrid, "7,50", today)
    ProposedAmount.objects.update(valid_from=today - timedelta(days=1))

    assert "Der Tag, ab dem der Betrag gelten sollte, ist vorbei." in release(arne)
    assert rows() == []


def test_a_proposal_is_discarded(astrid: TownClient, arne: TownClient, today: date) -> None:
    enter(astrid, "7,50", today)
    version = ProposedAmount.objects.get().version

    assert "Der Entwurf ist verworfen." in text_of(arne.post(f"{PAGE}verwerfen/", follow=True))
    assert "Dieser Betrag wartet nicht mehr." in release(arne, version)


@pytest.mark.django_db(transaction=True)
def test_two_who_release_at_once_release_once(lage: Town) -> None:
    now = timezone.now()
    with in_town(lage):
        astrid, arne = make_astrid(), make_arne()
        make_staff("ada", "Ada", "Adler", Role.ADMINISTRATOR)
        proposed = proposing.enter_amount(
            key=KEY,
            amount=Decimal("7.50"),
            valid_from=timezone.localdate(),
            by_law="Satzung",
            by_law_url="",
            by=astrid,
            now=now,
        )
        assert isinstance(proposed, ProposedAmount)

    def let_it_count() -> FeeAmount:
        with in_town(lage):
            return proposing.release_amount(key=KEY, version=proposed.version, by=arne, now=now)

    outcomes = at_once(4, let_it_count)

    assert sorted(type(one).__name__ for one in outcomes) == ["ChangeRefused"] * 3 + ["FeeAmount"]
    with in_town(lage):
        assert rows() == [(Decimal("7.50"), "Astrid", "Arne")]


# --- The table, and what a neighbour takes -------------------------------------------------------------------


def test_the_table_tells_what_is_missing_and_what_waits(astrid: TownClient, arne: TownClient, today: date) -> None:
    before = text_of(astrid.get(TABLE))
    assert "Ohne Betrag kann niemand online bezahlen." in before
    enter(astrid, "7,50", today)

    page = text_of(arne.get(TABLE))

    assert "wartet auf Freigabe" in page
    assert "7,50 €" in page


@pytest.fixture
def neighbour(detmold: Town) -> Town:
    """Detmold takes 6.00 for a tag, took 4.00 before, and will take 9.00."""
    with in_town(detmold):
        for amount, day in (("4.00", date(2026, 1, 1)), ("6.00", date(2026, 2, 1)), ("9.00", date(2099, 1, 1))):
            make_amount(KEY, amount, valid_from=day)
    return detmold


def test_a_neighbours_amounts_are_copied_as_drafts_that_do_not_count(
    astrid: TownClient, neighbour: Town, today: date
) -> None:
    page = astrid.post(f"{TABLE}uebernehmen/", {"town": neighbour.slug}, follow=True)

    assert "aus Stadt Detmold" in text_of(page)
    row = ProposedAmount.objects.get(key=KEY)
    assert (row.amount, row.valid_from, row.by_law) == (Decimal("6.00"), None, "")
    assert rows() == []
    assert "Es fehlt noch, ab wann der Betrag gilt" in release(astrid, row.version)
    amount_page = astrid.get(PAGE)
    assert 'value="6,00"' in amount_page.content.decode()
    enter(astrid, "6,00", today)
    assert rows() == [(Decimal("6.00"), "Astrid", "")]


def test_what_the_town_has_said_itself_stays(astrid: TownClient, neighbour: Town) -> None:
    make_amount()

    page = astrid.post(f"{TABLE}uebernehmen/", {"town": neighbour.slug}, follow=True)

    assert "hat keinen Betrag, der Ihnen fehlt" in text_of(page)
    assert ProposedAmount.objects.count() == 0


@pytest.mark.parametrize("town", ["", "quatsch", "lage"])
def test_a_town_that_is_no_neighbour_is_refused(astrid: TownClient, neighbour: Town, town: str) -> None:
    assert astrid.post(f"{TABLE}uebernehmen/", {"town": town}).status_code == 422


def test_a_town_that_is_not_online_shows_nothing(lage: Town, neighbour: Town) -> None:
    with in_town(lage):
        assert proposing.public_amounts(neighbour) == {KEY: Decimal("6.00")}
    Town.objects.filter(pk=neighbour.pk).update(state=TownState.TEST)

    with in_town(lage):
        assert proposing.public_amounts(neighbour) == {}


def test_what_is_only_proposed_there_is_nobodys_business(lage: Town, detmold: Town) -> None:
    with in_town(detmold):
        first = make_arne()
        make_astrid()
        ProposedAmount.objects.create(key=KEY, amount=Decimal(3), entered_by=first, entered_at=timezone.now())

    with in_town(lage):
        assert proposing.public_amounts(detmold) == {}
