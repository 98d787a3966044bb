"""Whether a service can be applied for online, and everything that stands in the way."""

from datetime import date

import pytest

from tenants.models import Town
from tests.factories import make_amount, make_payable
from tests.people import MONDAY
from tests.townhall.town import change, take_payments
from townhall.models import OfferState
from townhall.offering import ApplicationState, Obstacle, application_state, may_apply
from townhall.shopfront import shopfront

TODAY = MONDAY.date()


def state_of(key: str, today: date = TODAY) -> ApplicationState:
    front = shopfront()
    return application_state(front, front.catalogue.services[key], today)


def test_a_free_service_with_a_form_is_online_from_the_first_day(in_lage: Town) -> None:
    assert state_of("hund-anmelden") == ApplicationState(())


def test_what_is_paid_before_it_counts_needs_its_amount_and_a_way_to_pay(in_lage: Town) -> None:
    assert state_of("hundemarke-ersatz") == ApplicationState(
        (Obstacle.MISSING_AMOUNT, Obstacle.NO_PAYMENT), ("hundemarke.ersatz",)
    )

    make_amount()
    assert state_of("hundemarke-ersatz") == ApplicationState((Obstacle.NO_PAYMENT,))

    take_payments("Karte")
    assert state_of("hundemarke-ersatz") == ApplicationState(())


def test_an_amount_counts_from_its_day_on(in_lage: Town) -> None:
    make_payable()
    make_amount(amount="6.00", valid_from=date(2027, 1, 1))
    make_amount(key="anderes.ding", valid_from=date(2027, 1, 1))

    assert state_of("hundemarke-ersatz", date(2025, 12, 31)).missing_amounts == ("hundemarke.ersatz",)
    assert state_of("hundemarke-ersatz", date(2026, 1, 1)).is_open
    assert state_of("hundemarke-ersatz", date(2027, 1, 1)).is_open


@pytest.mark.parametrize(
    ("state", "obstacle"),
    [
        (OfferState.HIDDEN, Obstacle.NOT_OFFERED),
        (OfferState.INFO, Obstacle.NOT_OFFERED),
        (OfferState.PAUSED, Obstacle.PAUSED),
    ],
)
def test_the_town_decides_whether_it_offers_it_online(in_lage: Town, state: OfferState, obstacle: Obstacle) -> None:
    change("hund-anmelden", state=state)

    assert state_of("hund-anmelden") == ApplicationState((obstacle,))


def test_without_a_form_there_is_nothing_to_fill_in(in_lage: Town) -> None:
    assert state_of("osterfeuer") == ApplicationState((Obstacle.NO_FORM,))


def test_what_the_county_does_cannot_be_switched_on_by_the_town(in_lage: Town) -> None:
    change("kfz-zulassung", state=OfferState.ONLINE)

    assert Obstacle.ELSEWHERE in state_of("kfz-zulassung").obstacles


def test_nobody_applies_for_what_the_town_does_not_show(in_lage: Town) -> None:
    front = shopfront()
    dog = front.catalogue.services["hund-anmelden"]
    assert may_apply(front, dog, TODAY)

    change("hund-anmelden", state=OfferState.HIDDEN)

    assert not may_apply(shopfront(), dog, TODAY)
