"""From the trial to the farewell: what people see and can do in each state of a town."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.core.management import call_command

from billing.actions import PaymentRefused, start_payment
from operations.models import EventKind, TownEvent
from submissions.models import Draft, Submission
from tenants import hosts
from tenants.actions import TownRefused, change_state
from tenants.context import at_operator, in_town
from tenants.models import TRANSITIONS, Town, TownState
from tests.factories import make_payable, make_submission
from tests.operations.conftest import Desk
from tests.pages import links_of, text_of
from tests.people import MONDAY, Browser, TownClient, make_anna, make_bernd
from tests.submissions.filling import TAG, fill_in

TRIAL = "Dieses Portal wird gerade ausprobiert."
FAREWELL = "Neue Anträge sind hier nicht mehr möglich."


def put(town: Town, state: TownState) -> Town:
    """The town in a state, however it came there."""
    with at_operator():
        Town.objects.filter(pk=town.pk).update(state=state)
    town.state = state
    hosts.forget()
    return town


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(TownState)


@pytest.mark.parametrize("before", TownState)
@pytest.mark.parametrize("after", TownState)
def test_only_the_steps_of_the_table_can_be_taken(lage: Town, before: TownState, after: TownState) -> None:
    put(lage, before)

    with nullcontext() if after in TRANSITIONS[before] else pytest.raises(TownRefused, match="Lage ist"):
        change_state(town=lage, state=after)

    lage.refresh_from_db()
    assert lage.state == (after if after in TRANSITIONS[before] else before)


# --- Trial ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/leistungen/hund-anmelden/", "/antrag/hund-anmelden/", "/rathaus/anmelden/"])
def test_a_trial_says_so_on_each_page_and_stays_out_of_search_engines(lage: Town, path: str) -> None:
    before = Browser("lage.localhost").get(path, follow=True)
    put(lage, TownState.TEST)

    during = Browser("lage.localhost").get(path, follow=True)

    assert (TRIAL in text_of(before), before.get("X-Robots-Tag")) == (False, None)
    assert (TRIAL in text_of(during), during["X-Robots-Tag"]) == (True, "noindex")


def test_in_a_trial_no_money_is_taken(in_lage: Town, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_of_nobody"
    make_payable()
    submission = make_submission(make_anna(), paid=True)
    put(in_lage, TownState.TEST)

    with pytest.raises(PaymentRefused, match="Hier wird nicht bezahlt"):
        start_payment(submission=submission, success_url="", cancel_url="", now=MONDAY)

    assert submission.payments.count() == 0


def test_a_town_begins_as_a_trial_unless_there_is_a_reason(db: None) -> None:
    call_command("create_town", "Blomberg")
    call_command("create_town", "Lügde", live="Umzug")

    states = dict(Town.objects.filter(slug__in=["blomberg", "luegde"]).values_list("slug", "state"))
    assert states == {"blomberg": TownState.TEST, "luegde": TownState.LIVE}
    assert TownEvent.objects.get(town__slug="luegde").text == "Umzug"


# --- Leaving ----------------------------------------------------------------------------------------------


def test_in_a_town_that_leaves_nothing_new_is_begun(lage: Town, visitor: TownClient) -> None:
    assert "/antrag/hund-anmelden/" in links_of(visitor.get("/leistungen/hund-anmelden/"))
    put(lage, TownState.LEAVING)

    service = visitor.get("/leistungen/hund-anmelden/")

    assert "/antrag/hund-anmelden/" not in links_of(service)
    assert FAREWELL in text_of(service)
    assert visitor.get("/antrag/hund-anmelden/").status_code == 409


def test_a_draft_is_kept_but_no_longer_handed_in(in_lage: Town, visitor: TownClient) -> None:
    make_payable()
    anna = visitor.sign_in(make_anna())
    fill_in(anna, "hundemarke-ersatz", TAG)
    put(in_lage, TownState.LEAVING)

    answer = anna.post("/antrag/hundemarke-ersatz/pruefen/", {"complete": "on", "seen_fee": "10.00"}, follow=True)

    assert "Das geht zurzeit nicht online Ihre Angaben sind noch gespeichert." in text_of(answer)
    assert (Draft.objects.count(), Submission.objects.count()) == (1, 0)


def test_in_a_town_that_leaves_cases_are_followed_and_worked_on(in_lage: Town, visitor: TownClient) -> None:
    anna = make_anna()
    submission = make_submission(anna)
    put(in_lage, TownState.LEAVING)

    status = visitor.sign_in(anna).get(f"/meine-antraege/{submission.number}/")
    case = TownClient(in_lage).sign_in(make_bernd()).get(f"/rathaus/vorgang/{submission.number}/")

    assert (status.status_code, submission.number in text_of(status)) == (200, True)
    assert (case.status_code, submission.number in text_of(case)) == (200, True)


# --- Left -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/meine-antraege/", "/rathaus/anmelden/", "/api/v1/services/"])
def test_a_town_that_has_left_is_gone_and_says_where_to_turn(lage: Town, visitor: TownClient, path: str) -> None:
    put(lage, TownState.LEFT)

    answer = visitor.get(path)

    assert answer.status_code == 410
    assert "Die Stadt Lage bietet ihre Leistungen nicht mehr in diesem Portal an." in text_of(answer)
    assert "tel:115" in links_of(answer)


def test_its_data_is_still_there(in_lage: Town) -> None:
    make_submission(make_anna())
    put(in_lage, TownState.LEFT)

    with in_town(in_lage):
        assert Submission.objects.count() == 1


# --- At the desk ------------------------------------------------------------------------------------------


def test_the_desk_offers_the_steps_that_are_possible(desk: Desk, lage: Town) -> None:
    paths = {TownState.LIVE: "fortsetzen", TownState.SUSPENDED: "anhalten", TownState.LEAVING: "verabschieden"}
    paths[TownState.LEFT] = "beenden"
    offered = {}
    for state in TownState:
        put(lage, state)
        links = links_of(desk.get("/staedte/lage/"))
        offered[state] = {to for to, path in paths.items() if f"/staedte/lage/{path}/" in links}

    assert offered == TRANSITIONS


def test_a_town_leaves_step_by_step_and_each_step_has_its_reason(desk: Desk, lage: Town) -> None:
    desk.post("/staedte/lage/verabschieden/", {"reason": "Vertrag endet"})
    answer = desk.post("/staedte/lage/beenden/", {"reason": "Alle Vorgänge sind fertig"}, follow=True)

    assert "Das Portal der Stadt Lage ist beendet." in text_of(answer)
    events = TownEvent.objects.filter(town=lage).order_by("pk").values_list("kind", "text")
    assert list(events)[-2:] == [
        (EventKind.LEAVING, "Vertrag endet"),
        (EventKind.LEFT, "Alle Vorgänge sind fertig"),
    ]


def test_a_step_that_is_not_possible_is_refused_with_its_reason(desk: Desk, lage: Town) -> None:
    answer = desk.post("/staedte/lage/beenden/", {"reason": "Sofort"})

    refusal = "Lage ist online. Von dort führt kein Schritt zu: beendet."
    assert (answer.status_code, refusal in text_of(answer)) == (422, True)
    assert Town.objects.get(slug="lage").state == TownState.LIVE
