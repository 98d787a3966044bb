"""A service is switched on a day that was planned, or leads to the town's own online service."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from tenants.context import in_town
from tenants.models import Town
from tests.conftest import Clock
from tests.desk import errors_of, make_clara_of_all_trades
from tests.factories import make_amount, make_payable
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient
from townhall.actions import set_payment_methods
from townhall.jobs import carry_out_planned_switches
from townhall.models import Offer, OfferState, PlannedSwitch

TAG = "/rathaus/verwaltung/leistungen/hundemarke-ersatz/"
PUBLIC_TAG = "/leistungen/hundemarke-ersatz/"


@pytest.fixture(autouse=True)
def _monday(clock: Clock) -> None:
    """The day does not end while a test runs."""


def switch(client: TownClient, state: str, *, starts_on: date | None = None, **given: str) -> Any:
    if starts_on:
        given |= {"starts_on_day": str(starts_on.day), "starts_on_month": str(starts_on.month)}
        given |= {"starts_on_year": str(starts_on.year)}
    return client.post(f"{TAG}stand/", {"state": state, **given}, follow=True)


def the_next_day(clock: Clock, days: int = 1) -> None:
    clock(MONDAY + timedelta(days=days))
    carry_out_planned_switches._task.func(town="lage")


def state() -> str:
    return Offer.objects.get(service_key="hundemarke-ersatz").state


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def test_a_service_is_switched_on_its_day_and_not_before(astrid: TownClient, visitor: TownClient, clock: Clock) -> None:
    make_payable()
    told = text_of(switch(astrid, "paused", starts_on=tomorrow(), pause_note="Inventur bis Freitag."))

    assert "Ab 17. November 2026 ist der Stand „online, zurzeit angehalten“." in told
    assert "Eine Umstellung ist geplant Ab 17. November 2026: online, zurzeit angehalten." in told
    carry_out_planned_switches._task.func(town="lage")
    assert "Antrag starten" in text_of(visitor.get(PUBLIC_TAG))

    the_next_day(clock)

    assert "Inventur bis Freitag." in text_of(visitor.get(PUBLIC_TAG))
    assert not PlannedSwitch.objects.exists()


def test_a_plan_is_dropped_and_replaced(astrid: TownClient, clock: Clock) -> None:
    make_payable()
    switch(astrid, "info", starts_on=tomorrow())
    switch(astrid, "hidden", starts_on=tomorrow())
    assert PlannedSwitch.objects.get().state == OfferState.HIDDEN

    answer = astrid.post(f"{TAG}stand/verwerfen/", follow=True)
    astrid.post(f"{TAG}stand/verwerfen/")
    the_next_day(clock)

    assert "Die geplante Umstellung ist verworfen. Es bleibt, wie es ist." in text_of(answer)
    assert state() == OfferState.ONLINE


def test_today_is_now_and_yesterday_is_refused(astrid: TownClient) -> None:
    make_payable()
    switch(astrid, "info", starts_on=timezone.localdate())
    refused = switch(astrid, "hidden", starts_on=timezone.localdate() - timedelta(days=1))

    assert state() == OfferState.INFO
    assert errors_of(refused) == ["Der Tag ist schon vorbei."]
    assert not PlannedSwitch.objects.exists()


def test_what_will_be_possible_on_its_day_can_be_planned(astrid: TownClient, clock: Clock) -> None:
    """The amount counts from that day on, not yet today."""
    set_payment_methods(labels=["Karte"])
    switch(astrid, "info")
    make_amount(valid_from=tomorrow())

    assert "Online geht" in str(errors_of(switch(astrid, "online")))
    switch(astrid, "online", starts_on=tomorrow())
    the_next_day(clock)

    assert state() == OfferState.ONLINE


def test_what_is_not_possible_any_more_stays_planned_and_administrators_are_told_once(
    astrid: TownClient, clock: Clock
) -> None:
    make_payable()
    switch(astrid, "info")
    switch(astrid, "online", starts_on=tomorrow())
    set_payment_methods(labels=[])
    the_next_day(clock)
    carry_out_planned_switches._task.func(town="lage")
    run_jobs()

    assert state() == OfferState.INFO
    astrid.sign_in(User.objects.get(given_name="Astrid"))  # her session of yesterday is over
    page = text_of(astrid.get(TAG))
    assert "Die geplante Umstellung ging nicht Ab 17. November 2026: online. Online geht" in page
    (told,) = [one for one in mail.outbox if "nicht umstellen" in one.subject]
    assert "„Ersatz-Hundemarke bestellen“" in told.body
    assert told.to == ["astrid@rathaus.example"]

    set_payment_methods(labels=["Karte"])
    carry_out_planned_switches._task.func(town="lage")

    assert state() == OfferState.ONLINE


# --- The town's own online service -------------------------------------------------------------------------------


def test_the_button_leads_to_the_towns_own_service(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    switch(astrid, "link", link="https://marken.lage.example/neu")

    answer = visitor.get(PUBLIC_TAG)
    assert "Online an anderer Adresse marken.lage.example Sie verlassen dafür das Serviceportal." in text_of(answer)
    assert 'href="https://marken.lage.example/neu"' in answer.content.decode()
    assert "Antrag starten" not in text_of(answer)
    assert visitor.get("/antrag/hundemarke-ersatz/").status_code == 409


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("", "Tragen Sie ein, wohin der Knopf führen soll."),
        ("javascript:alert(1)", "Geben Sie die ganze Adresse ein, zum Beispiel https://www.stadt.de."),
    ],
)
def test_a_link_leads_somewhere(astrid: TownClient, link: str, told: str) -> None:
    assert errors_of(switch(astrid, "link", link=link)) == [told]


def test_another_state_forgets_the_link(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    switch(astrid, "link", link="https://marken.lage.example/neu")
    switch(astrid, "online", link="https://marken.lage.example/neu")

    assert "marken.lage.example" not in visitor.get(PUBLIC_TAG).content.decode()


def test_clara_sees_and_drops_nothing_of_another_towns_plans(astrid: TownClient, detmold: Town) -> None:
    make_payable()
    switch(astrid, "info", starts_on=tomorrow())
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())

        assert "geplant" not in text_of(clara.get(TAG))
        clara.post(f"{TAG}stand/verwerfen/")

    assert PlannedSwitch.objects.exists()
