"""Every step that a case worker takes; what is not possible is not offered and, forced, refused in a sentence."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role, User
from submissions import actions
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.casework.deadlines import days_after
from submissions.models import Event, InformationRequest, Submission
from submissions.states import Outcome, State
from tests.desk import errors_of, form_of
from tests.factories import make_submission
from tests.jobs import queued_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff

NOTICE = "submissions.jobs.send_notice"


@pytest.fixture
def taken(bernd_himself: User, case: Submission) -> Submission:
    """Bernd works on Anna's case."""
    return casework.take(submission=case, by=bernd_himself, now=MONDAY)


@pytest.fixture
def decided(bernd_himself: User, taken: Submission) -> Submission:
    casework.decide(submission=taken, ruling=Ruling(Outcome.RECORDED, "Fertig."), by=bernd_himself, now=MONDAY)
    return Submission.objects.get()


@pytest.fixture
def waiting(bernd_himself: User, taken: Submission) -> Submission:
    casework.ask_back(submission=taken, question="Welche Farbe?", due_on=date(2099, 1, 1), by=bernd_himself, now=MONDAY)
    return Submission.objects.get()


@pytest.fixture
def sabine(bernd: TownClient) -> TownClient:
    """A colleague of Bernd's."""
    return TownClient(bernd.town).sign_in(make_staff("sabine", "Sabine", "Lehmann", Role.CASE_WORKER))


def post(client: TownClient, case: Submission, step: str, **data: Any) -> Any:
    return client.post(f"/rathaus/vorgang/{case.number}/{step}/", data)


def offered(client: TownClient, case: Submission) -> set[str]:
    """The steps that the page of a case has a form for."""
    page = client.get(f"/rathaus/vorgang/{case.number}/").content.decode()
    steps = ["uebernehmen", "zuruecklegen", "rueckfrage", "weiterpruefen", "entscheiden", "abschliessen"]
    return {
        step
        for step in [*steps, "wieder-aufnehmen", "notiz"]
        if f'action="/rathaus/vorgang/{case.number}/{step}/"' in page
    }


def state(case: Submission) -> str:
    return Submission.objects.get(pk=case.pk).state


def in_two_weeks() -> dict[str, str]:
    day = timezone.localdate() + timedelta(days=14)
    return {"due_on_day": str(day.day), "due_on_month": str(day.month), "due_on_year": str(day.year)}


# --- Taking and handing back ---------------------------------------------------------------------------------


def test_a_new_case_can_only_be_taken(bernd: TownClient, case: Submission) -> None:
    assert offered(bernd, case) == {"uebernehmen", "notiz"}


def test_taking_begins_the_review(bernd: TownClient, bernd_himself: User, case: Submission) -> None:
    page = bernd.post(f"/rathaus/vorgang/{case.number}/uebernehmen/", follow=True)

    changed = Submission.objects.get()
    assert (changed.state, changed.case_worker) == (State.IN_REVIEW, bernd_himself)
    assert f"Sie bearbeiten jetzt den Vorgang {case.number}." in text_of(page)
    assert offered(bernd, case) == {"zuruecklegen", "rueckfrage", "entscheiden", "notiz"}


def test_the_second_of_two_who_take_it_learns_who_was_faster(
    bernd: TownClient, sabine: TownClient, case: Submission
) -> None:
    post(sabine, case, "uebernehmen")

    answer = post(bernd, case, "uebernehmen")

    assert answer.status_code == 422
    assert errors_of(answer) == ["Diesen Vorgang hat inzwischen Sabine Lehmann übernommen."]


def test_a_colleague_takes_a_case_over(sabine: TownClient, bernd_himself: User, taken: Submission) -> None:
    assert offered(sabine, taken) == {"uebernehmen", "notiz"}

    post(sabine, taken, "uebernehmen", instead_of=bernd_himself.pk)

    assert Submission.objects.get().case_worker == User.objects.get(given_name="Sabine")


def test_two_colleagues_do_not_take_it_over_from_each_other_by_mistake(
    bernd: TownClient, sabine: TownClient, bernd_himself: User, taken: Submission
) -> None:
    post(sabine, taken, "uebernehmen", instead_of=bernd_himself.pk)
    third = TownClient(bernd.town).sign_in(make_staff("udo", "Udo", "Uhl", Role.CASE_WORKER))

    answer = post(third, taken, "uebernehmen", instead_of=bernd_himself.pk)

    assert errors_of(answer) == ["Diesen Vorgang hat inzwischen Sabine Lehmann übernommen."]


@pytest.mark.parametrize("instead_of", ["", "abc", "99999999999999999999999", "²"])
def test_nonsense_about_the_colleague_takes_nothing(
    sabine: TownClient, bernd_himself: User, taken: Submission, instead_of: str
) -> None:
    assert post(sabine, taken, "uebernehmen", instead_of=instead_of).status_code == 422
    assert Submission.objects.get().case_worker == bernd_himself


def test_taking_twice_is_recorded_once(bernd: TownClient, case: Submission) -> None:
    post(bernd, case, "uebernehmen")
    post(bernd, case, "uebernehmen")

    assert Event.objects.exclude(title="Angesehen").count() == 2  # received, begun


def test_a_case_is_laid_back_for_others(bernd: TownClient, sabine: TownClient, taken: Submission) -> None:
    post(bernd, taken, "zuruecklegen")

    assert Submission.objects.get().case_worker is None
    assert offered(bernd, taken) == {"uebernehmen", "notiz"}
    assert offered(sabine, taken) == {"uebernehmen", "notiz"}


# --- Asking back ---------------------------------------------------------------------------------------------


def test_a_question_reaches_the_citizen_with_a_date(bernd: TownClient, taken: Submission) -> None:
    before = len(queued_jobs())

    answer = post(bernd, taken, "rueckfrage", question="Welche Farbe hat er?", **in_two_weeks())

    asked = InformationRequest.objects.get()
    assert answer["Location"] == f"/rathaus/vorgang/{taken.number}/"
    assert (asked.question, asked.due_on) == ("Welche Farbe hat er?", timezone.localdate() + timedelta(days=14))
    assert state(taken) == State.NEEDS_INFO
    assert queued_jobs()[before:] == [NOTICE]


def test_two_weeks_are_suggested(bernd: TownClient, taken: Submission) -> None:
    form = form_of(bernd.get(f"/rathaus/vorgang/{taken.number}/"), "ask_back")

    assert form["due_on"].value() == days_after(timezone.localdate(), 14)


def test_a_wrong_question_is_explained_and_what_was_typed_stays(bernd: TownClient, taken: Submission) -> None:
    answer = post(
        bernd, taken, "rueckfrage", question="Welche Farbe?", due_on_day="1", due_on_month="13", due_on_year="2026"
    )

    assert answer.status_code == 422
    assert errors_of(answer) == ["Dieses Datum gibt es nicht."]
    assert "Welche Farbe?</textarea>" in answer.content.decode()
    assert 'href="#rueckfrage_due_on_day"' in answer.content.decode()
    assert text_of(answer).startswith("Fehler:")


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (timedelta(0), "Geben Sie einen Tag ab"),
        (timedelta(days=-400), "Geben Sie einen Tag ab"),
        (timedelta(days=800), "nicht nach dem"),
    ],
)
def test_the_date_lies_ahead_but_not_for_ever(
    bernd: TownClient, taken: Submission, day: timedelta, sentence: str
) -> None:
    due = timezone.localdate() + day

    answer = post(
        bernd, taken, "rueckfrage", question="?", due_on_day=due.day, due_on_month=due.month, due_on_year=due.year
    )

    assert [sentence in error for error in errors_of(answer)] == [True]


def test_while_we_wait_the_case_can_only_go_on_without_an_answer(bernd: TownClient, waiting: Submission) -> None:
    assert offered(bernd, waiting) == {"weiterpruefen", "zuruecklegen", "notiz"}

    post(bernd, waiting, "weiterpruefen")

    assert state(waiting) == State.IN_REVIEW
    assert InformationRequest.objects.filter(answered_at=None).count() == 0


# --- Deciding, closing, reopening ------------------------------------------------------------------------------


def test_a_decision_reaches_the_citizen(bernd: TownClient, bernd_himself: User, taken: Submission) -> None:
    before = len(queued_jobs())

    post(bernd, taken, "entscheiden", outcome="rejected", text="Wir lehnen ab.", reasons="Der Hund lebt nicht in Lage.")

    decision = Submission.objects.get().decision
    assert decision
    assert (decision.outcome, decision.text, decision.reasons, decision.decided_by) == (
        Outcome.REJECTED,
        "Wir lehnen ab.",
        "Der Hund lebt nicht in Lage.",
        bernd_himself,
    )
    assert queued_jobs()[before:] == [NOTICE]


def test_a_decision_without_a_result_is_explained_and_the_text_stays(bernd: TownClient, taken: Submission) -> None:
    answer = post(bernd, taken, "entscheiden", text="Der Hund lebt nicht in Lage.")

    assert errors_of(answer) == ["Wählen Sie aus, wie Sie entschieden haben."]
    assert "Der Hund lebt nicht in Lage.</textarea>" in answer.content.decode()
    assert state(taken) == State.IN_REVIEW


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        (
            {},
            [
                "Wählen Sie aus, wie Sie entschieden haben.",
                "Schreiben Sie, was Sie entschieden haben und wie es weitergeht.",
            ],
        ),
        ({"outcome": "magic", "text": "x"}, ["Bitte wählen Sie eine der Möglichkeiten aus."]),
        ({"outcome": "granted", "text": "x" * 6001}, ["Bitte kürzen Sie auf 6000 Zeichen. Jetzt sind es 6001."]),
    ],
)
def test_a_decision_that_is_none_is_not_made(
    bernd: TownClient, taken: Submission, data: dict[str, str], errors: list[str]
) -> None:
    assert errors_of(post(bernd, taken, "entscheiden", **data)) == errors
    assert state(taken) == State.IN_REVIEW


def test_a_decided_case_is_closed(bernd: TownClient, decided: Submission) -> None:
    assert offered(bernd, decided) == {"abschliessen", "zuruecklegen", "notiz"}

    post(bernd, decided, "abschliessen")

    assert state(decided) == State.CLOSED
    assert offered(bernd, decided) == {"wieder-aufnehmen", "notiz"}


def test_a_closed_case_is_reopened_with_a_reason(bernd: TownClient, sabine: TownClient, decided: Submission) -> None:
    post(bernd, decided, "abschliessen")
    refused = post(sabine, decided, "wieder-aufnehmen", reason="  ")
    post(sabine, decided, "wieder-aufnehmen", reason="Der Hund ist umgezogen.")

    assert errors_of(refused) == ["Schreiben Sie den Grund auf. Er steht später in der Akte."]
    reopened = Submission.objects.get()
    assert (reopened.state, reopened.case_worker) == (State.IN_REVIEW, User.objects.get(given_name="Sabine"))
    reason = Event.objects.get(text="Der Hund ist umgezogen.")
    assert not reason.is_public


# --- What is not possible ------------------------------------------------------------------------------------


FORCED: dict[str, dict[str, Any]] = {
    "rueckfrage": {"question": "Warum?"},
    "entscheiden": {"outcome": "granted", "text": "Ja."},
    "abschliessen": {},
    "weiterpruefen": {},
    "zuruecklegen": {},
    "wieder-aufnehmen": {"reason": "Darum."},
}


@pytest.mark.parametrize("step", ["rueckfrage", "entscheiden", "abschliessen", "weiterpruefen", "zuruecklegen"])
def test_nothing_is_done_with_a_case_that_nobody_has_taken(bernd: TownClient, case: Submission, step: str) -> None:
    answer = post(bernd, case, step, **FORCED[step], **(in_two_weeks() if step == "rueckfrage" else {}))

    assert answer.status_code == 422
    assert errors_of(answer) == ["Übernehmen Sie den Vorgang zuerst. Zurzeit bearbeitet ihn niemand."]
    assert state(case) == State.RECEIVED


@pytest.mark.parametrize("step", ["rueckfrage", "entscheiden", "zuruecklegen"])
def test_nothing_is_done_with_the_case_of_a_colleague(sabine: TownClient, taken: Submission, step: str) -> None:
    answer = post(sabine, taken, step, **FORCED[step], **(in_two_weeks() if step == "rueckfrage" else {}))

    assert errors_of(answer) == ["Diesen Vorgang bearbeitet Bernd Brinkmann. Übernehmen Sie ihn zuerst."]
    assert state(taken) == State.IN_REVIEW


@pytest.mark.parametrize("step", ["abschliessen", "weiterpruefen", "wieder-aufnehmen"])
def test_a_step_out_of_turn_is_refused_in_a_sentence(bernd: TownClient, taken: Submission, step: str) -> None:
    answer = post(bernd, taken, step, **FORCED[step])

    assert errors_of(answer) == ["Das ist nicht mehr möglich. Der Vorgang hat jetzt den Stand „In Prüfung“."]
    assert state(taken) == State.IN_REVIEW


@pytest.mark.parametrize("step", ["uebernehmen", "rueckfrage", "entscheiden", "abschliessen", "zuruecklegen"])
def test_a_withdrawn_case_stays_withdrawn(bernd: TownClient, taken: Submission, step: str) -> None:
    actions.withdraw(submission=taken, by=taken.citizen, now=MONDAY)

    answer = post(bernd, taken, step, **FORCED.get(step, {}), **(in_two_weeks() if step == "rueckfrage" else {}))

    assert errors_of(answer) == ["Das ist nicht mehr möglich. Der Vorgang hat jetzt den Stand „Zurückgezogen“."]
    assert state(taken) == State.WITHDRAWN


def test_a_text_for_a_step_that_has_become_impossible_is_not_lost(bernd: TownClient, taken: Submission) -> None:
    actions.withdraw(submission=taken, by=taken.citizen, now=MONDAY)

    answer = post(bernd, taken, "entscheiden", outcome="granted", text="Ein langer, schöner Text.")

    assert "Das hatten Sie geschrieben Ein langer, schöner Text." in text_of(answer)


def test_an_unpaid_order_cannot_be_taken(bernd: TownClient, anna: User) -> None:
    unpaid = make_submission(anna, paid=True)

    assert offered(bernd, unpaid) == {"notiz"}
    assert errors_of(post(bernd, unpaid, "uebernehmen")) == [
        "Das ist nicht mehr möglich. Der Vorgang hat jetzt den Stand „Wartet auf Zahlung“."
    ]


# --- Notes -----------------------------------------------------------------------------------------------------


def test_a_note_is_kept_for_colleagues(bernd: TownClient, case: Submission) -> None:
    empty = post(bernd, case, "notiz", note="")
    post(bernd, case, "notiz", note="Angerufen, niemand da.")

    assert errors_of(empty) == ["Schreiben Sie die Notiz, bevor Sie sie speichern."]
    written = Event.objects.get(title="Notiz")
    assert (written.text, written.is_public) == ("Angerufen, niemand da.", False)


# --- A session that ends while somebody types -----------------------------------------------------------------


def test_a_text_survives_the_end_of_the_session(bernd: TownClient, bernd_himself: User, taken: Submission) -> None:
    bernd.logout()
    address = f"/rathaus/vorgang/{taken.number}/entscheiden/"

    sent = bernd.post(address, {"outcome": "granted", "text": "Eine Stunde lang getippt."})
    bernd.sign_in(bernd_himself)
    back = bernd.get(address)

    assert sent["Location"] == f"/rathaus/anmelden/?next={address.replace('/', '%2F')}"
    assert state(taken) == State.IN_REVIEW
    assert "Eine Stunde lang getippt.</textarea>" in back.content.decode()
    assert "Ihre Anmeldung war abgelaufen. Ihr Text ist noch da" in text_of(back)
    assert "Fehler:" not in text_of(back)
    assert bernd.get(address)["Location"] == f"/rathaus/vorgang/{taken.number}/"


def test_looking_at_the_address_of_a_step_leads_to_the_case(bernd: TownClient, taken: Submission) -> None:
    assert (
        bernd.get(f"/rathaus/vorgang/{taken.number}/abschliessen/")["Location"] == f"/rathaus/vorgang/{taken.number}/"
    )
