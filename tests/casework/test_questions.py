"""Questions to citizens: reminded of, and never waited for without end."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from submissions import actions
from submissions.casework import actions as casework
from submissions.casework.jobs import look_after_questions
from submissions.models import Event, InformationRequest, Submission
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient

NAME = "submissions.casework.jobs.look_after_questions"


@pytest.fixture
def asked(bernd_himself: User, case: Submission) -> InformationRequest:
    """Bernd has asked two weeks ago; today the answer is due."""
    now = timezone.now() - timedelta(days=14)
    casework.take(submission=case, by=bernd_himself, now=now)
    return casework.ask_back(
        submission=case, question="Welche Farbe?", due_on=timezone.localdate(), by=bernd_himself, now=now
    )


def work(lage: Town) -> None:
    """What the worker does in the morning, and what follows from it."""
    run_jobs()
    mail.outbox.clear()
    with in_town(lage):
        look_after_questions._task.func(town=lage.schema_name)
    run_jobs()


def test_before_the_date_a_mail_reminds_once(lage: Town, asked: InformationRequest) -> None:
    work(lage)
    first = [(one.to, one.subject) for one in mail.outbox]
    work(lage)

    assert first == [(["anna@post.example"], "Wir warten auf Ihre Antwort – Stadt Lage")]
    assert mail.outbox == []
    assert Submission.objects.get().state == State.NEEDS_INFO


@pytest.mark.parametrize("days", [4, 20])
def test_nobody_is_reminded_long_before(lage: Town, asked: InformationRequest, days: int) -> None:
    InformationRequest.objects.update(due_on=timezone.localdate() + timedelta(days=days))

    work(lage)

    assert mail.outbox == []


def test_after_the_date_the_check_goes_on_by_itself(lage: Town, bernd: TownClient, asked: InformationRequest) -> None:
    InformationRequest.objects.update(due_on=timezone.localdate() - timedelta(days=1))

    work(lage)

    case = Submission.objects.get()
    assert (case.state, case.open_question) == (State.IN_REVIEW, None)
    event = Event.objects.filter(submission=case).last()
    assert event is not None
    assert (event.title, event.by, event.is_public) == (
        "Die Frist für Ihre Antwort ist abgelaufen. Wir prüfen mit dem weiter, was wir haben.",
        None,
        True,
    )
    assert "Frist für die Antwort abgelaufen" in text_of(bernd.get(f"/rathaus/vorgang/{case.number}/"))


def test_an_answer_in_time_is_an_answer(lage: Town, anna: User, asked: InformationRequest) -> None:
    actions.answer_question(submission=asked.submission, answer="Braun.", files=[], by=anna, now=timezone.now())
    InformationRequest.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    before = Event.objects.count()

    work(lage)

    assert Event.objects.count() == before
