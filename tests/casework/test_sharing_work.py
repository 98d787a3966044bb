"""Work is shared out: by the team lead, between units, and while somebody is away."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.absences import plan_absence
from accounts.models import Role, User
from submissions.casework import actions as casework
from submissions.models import Event, Submission
from submissions.states import State
from submissions.steps import SubmissionRefused
from tenants.models import Town
from tests.desk import errors_of, form_of
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff, make_theresa

INBOX = "/rathaus/eingang/"


def address(case: Submission, step: str = "") -> str:
    return f"/rathaus/vorgang/{case.number}/{step}"


def events(case: Submission) -> list[tuple[str, bool]]:
    """Title, and whether the citizen sees it, without who has looked at it."""
    return [
        (event.title, event.is_public)
        for event in Event.objects.filter(submission=case)
        if event.title != casework.VIEWED
    ]


@pytest.fixture
def theresa(lage: Town, in_lage: Town) -> TownClient:
    """Theresa at her desk."""
    return TownClient(lage).sign_in(make_theresa())


@pytest.fixture
def sabine(in_lage: Town) -> User:
    """Another case worker."""
    return make_staff("sabine", "Sabine", "Lehmann", Role.CASE_WORKER)


# --- The team lead ----------------------------------------------------------------------------------------


def test_the_team_lead_gives_a_case_to_somebody_who_then_begins(
    theresa: TownClient, bernd: TownClient, bernd_himself: User, case: Submission
) -> None:
    theresa.post(address(case, "zuweisen/"), {"to": bernd_himself.pk})

    case.refresh_from_db()
    assert (case.case_worker, case.state) == (bernd_himself, State.RECEIVED)
    assert events(case)[-1] == ("Zugewiesen an Bernd Brinkmann", False)
    assert "Dieser Vorgang ist Ihnen zugewiesen. Bearbeitung beginnen" in text_of(bernd.get(address(case)))

    bernd.post(address(case, "uebernehmen/"))
    case.refresh_from_db()
    assert (case.case_worker, case.state) == (bernd_himself, State.IN_REVIEW)


def test_nobody_else_gives_cases_away(bernd: TownClient, sabine: User, case: Submission) -> None:
    assert "Zuweisen" not in text_of(bernd.get(address(case)))
    assert bernd.post(address(case, "zuweisen/"), {"to": sabine.pk}).status_code == 404
    case.refresh_from_db()
    assert case.case_worker is None


def test_only_those_are_offered_who_work_on_such_cases(
    theresa: TownClient, bernd_himself: User, sabine: User, case: Submission
) -> None:
    elsewhere = make_staff("udo", "Udo", "Unger", Role.CASE_WORKER, units=["standesamt"])
    gone = make_staff("gerd", "Gerd", "Gans", Role.CASE_WORKER)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    page = theresa.get(address(case))
    offered = [label for key, label in form_of(page, "assign").fields["to"].choices if key]
    assert offered == ["Bernd Brinkmann", "Sabine Lehmann", "Theresa Thiele"]

    refused = theresa.post(address(case, "zuweisen/"), {"to": elsewhere.pk})
    assert (refused.status_code, len(errors_of(refused))) == (422, 1)
    with pytest.raises(SubmissionRefused, match="Udo Unger bearbeitet keine Vorgänge dieser Stelle"):
        casework.assign(submission=case, to=elsewhere, by=User.objects.get(given_name="Theresa"), now=MONDAY)


def test_the_team_lead_sees_who_has_what(
    theresa: TownClient, bernd_himself: User, sabine: User, anna: User, case: Submission
) -> None:
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    other = make_submission(anna)
    casework.take(submission=other, by=sabine, now=MONDAY)

    rows = theresa.get(f"{INBOX}?person={sabine.pk}").context["rows"]

    assert [row.case.number for row in rows] == [other.number]


# --- Between units ----------------------------------------------------------------------------------------


@pytest.fixture
def of_the_registry(lage: Town, in_lage: Town) -> TownClient:
    """Udo, who works for the registry office only."""
    return TownClient(lage).sign_in(make_staff("udo", "Udo", "Unger", Role.CASE_WORKER, units=["standesamt"]))


def test_a_case_goes_to_another_unit_with_a_note_and_out_of_ones_hands(
    bernd: TownClient, bernd_himself: User, of_the_registry: TownClient, case: Submission
) -> None:
    User.objects.filter(pk=bernd_himself.pk).update(units=["steueramt"])
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    assert of_the_registry.get(address(case)).status_code == 404

    gone = bernd.post(address(case, "weiterleiten/"), {"unit": "standesamt", "reason": "Das ist eine Urkunde."})

    case.refresh_from_db()
    assert (case.unit, case.case_worker, gone["Location"]) == ("standesamt", None, INBOX)
    assert events(case)[-2:] == [("Weitergeleitet an: Standesamt", True), ("Grund für die Weiterleitung", False)]
    assert bernd.get(address(case)).status_code == 404
    assert "Das ist eine Urkunde." in text_of(of_the_registry.get(address(case)))
    assert [row.case.number for row in of_the_registry.get(INBOX).context["rows"]] == [case.number]


def test_what_a_colleague_has_in_hand_is_not_forwarded_behind_her_back(
    bernd: TownClient, sabine: User, case: Submission
) -> None:
    casework.take(submission=case, by=sabine, now=MONDAY)

    refused = bernd.post(address(case, "weiterleiten/"), {"unit": "standesamt"})

    assert errors_of(refused) == ["Diesen Vorgang bearbeitet Sabine Lehmann. Übernehmen Sie ihn zuerst."]
    case.refresh_from_db()
    assert (case.unit, case.case_worker) == ("steueramt", sabine)


def test_the_same_unit_a_county_and_nonsense_are_no_other_unit(bernd: TownClient, case: Submission) -> None:
    for unit in ("steueramt", "kreis-ordnung", "nirgendwo", ""):
        assert bernd.post(address(case, "weiterleiten/"), {"unit": unit}).status_code == 422

    case.refresh_from_db()
    assert case.unit == "steueramt"


def test_units_can_be_chosen_where_there_are_cases_of_several(bernd: TownClient, anna: User, case: Submission) -> None:
    assert "stelle" not in bernd.get(INBOX).context["filter"].fields
    wedding = make_submission(anna, unit="standesamt")

    page = bernd.get(f"{INBOX}?stelle=standesamt")

    assert [label for _key, label in page.context["filter"].fields["stelle"].choices][1:] == ["Standesamt", "Steueramt"]
    assert [row.case.number for row in page.context["rows"]] == [wedding.number]


# --- Away -------------------------------------------------------------------------------------------------


@pytest.fixture
def away(bernd_himself: User, sabine: User) -> Callable[[date, date], None]:
    """Bernd is away on these days, and Sabine stands in for him."""

    def plan(first: date, last: date) -> None:
        plan_absence(user=bernd_himself, first_day=first, last_day=last, substitute=sabine, today=first)

    return plan


def test_who_stands_in_goes_on_with_the_cases_of_her_colleague(
    lage: Town, bernd_himself: User, sabine: User, case: Submission, away: Callable[[date, date], None]
) -> None:
    casework.take(submission=case, by=bernd_himself, now=MONDAY)
    client = TownClient(lage).sign_in(sabine)
    assert client.get(f"{INBOX}?person=ich").context["rows"] == []
    today = timezone.localdate()
    away(today, today + timedelta(days=7))

    mine = client.get(f"{INBOX}?person=ich")
    client.post(address(case, "rueckfrage/"), {"question": "Welche Farbe?", **day_parts(today + timedelta(days=9))})

    assert [row.case.number for row in mine.context["rows"]] == [case.number]
    assert mine.context["counts"].mine == 1
    case.refresh_from_db()
    assert (case.state, case.case_worker) == (State.NEEDS_INFO, bernd_himself)
    assert case.open_question is not None
    assert case.open_question.asked_by == sabine


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)], ids=["it is over", "it has not begun"])
def test_before_and_afterwards_she_does_not(
    bernd_himself: User, sabine: User, case: Submission, away: Callable[[date, date], None], days: tuple[int, int]
) -> None:
    first, last = (MONDAY.date() + timedelta(days=count) for count in days)
    away(first, last)
    casework.take(submission=case, by=bernd_himself, now=MONDAY)

    with pytest.raises(SubmissionRefused, match="Diesen Vorgang bearbeitet Bernd Brinkmann"):
        casework.ask_back(submission=case, question="?", due_on=date(2027, 1, 1), by=sabine, now=MONDAY)


def day_parts(day: date) -> dict[str, int]:
    return {"due_on_day": day.day, "due_on_month": day.month, "due_on_year": day.year}
