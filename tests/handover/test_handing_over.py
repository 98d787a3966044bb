"""Every application reaches each target of its service once, or people are told within the hour."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from operations.models import TownSummary
from operations.summary import keep_summary
from submissions import actions as submitting
from submissions.handover import actions, jobs
from submissions.handover.models import Attempt, Handover, Target
from submissions.handover.parcels import Parcel
from submissions.handover.states import HandoverState
from submissions.models import Event, Submission
from submissions.states import State
from tenants.context import at_operator
from tenants.models import Town
from tests.factories import make_payable, make_submission
from tests.handover.receiver import Receiver
from tests.jobs import queued_jobs, run_jobs
from tests.people import MONDAY, TownClient, make_bernd

Clock = Callable[[datetime], None]
DELIVER = "submissions.handover.jobs.deliver"


def run_until(clock: Clock, end: datetime) -> list[datetime]:
    """Let the worker run for a while, minute by minute; when something was sent."""
    now, sent = timezone.now(), []
    while now <= end:
        before = Attempt.objects.count()
        clock(now)
        come_by(now)
        sent += [now] * (Attempt.objects.count() - before)
        now += timedelta(minutes=1)
    return sent


def come_by(now: datetime) -> None:
    """The worker does what is due. The queue has a clock of its own, so here the jobs come when the hand-overs say."""
    for due in Handover.objects.filter(next_at__lte=now).values_list("pk", flat=True):
        jobs.deliver._task.func(town="lage", handover=str(due))
    run_jobs(also_later=True)


def states() -> list[str]:
    return list(Handover.objects.order_by("created_at").values_list("state", flat=True))


def test_what_is_received_reaches_its_target(webhook: Target, receiver: Receiver, anna: User) -> None:
    case = make_submission(anna)
    run_jobs()

    (found,) = Handover.objects.all()
    (attempt,) = Attempt.objects.all()
    assert (found.submission, found.state, found.done_at, found.next_at) == (case, HandoverState.DONE, MONDAY, None)
    assert (attempt.handover, attempt.has_arrived, attempt.status) == (found, True, 200)
    assert receiver.ids == [str(found.pk)]
    told = Event.objects.get(title="An „Hundesteuer-Programm“ weitergegeben")
    assert (told.submission, told.is_public) == (case, False)


def test_where_there_is_no_target_nothing_is_handed_over(in_lage: Town, anna: User) -> None:
    make_submission(anna)

    assert (states(), DELIVER in queued_jobs()) == ([], False)


def test_what_has_to_be_paid_first_goes_on_once_the_money_is_there(webhook: Target, anna: User) -> None:
    make_payable()
    Target.objects.update(service_key="hundemarke-ersatz")
    case = make_submission(anna, paid=True)

    before = states()
    submitting.payment_arrived(submission=case, now=MONDAY)
    submitting.payment_arrived(submission=case, now=MONDAY)

    assert (before, states()) == ([], [HandoverState.WAITING])


def test_if_handing_in_fails_nothing_goes_on(webhook: Target, anna: User) -> None:
    with transaction.atomic():
        make_submission(anna)
        transaction.set_rollback(True)

    assert (states(), DELIVER in queued_jobs()) == ([], False)


def test_the_pauses_grow_and_people_are_told_within_the_hour(
    webhook: Target, receiver: Receiver, anna: User, clock: Clock
) -> None:
    receiver.status = 503
    case = make_submission(anna)
    mail.outbox.clear()

    sent = run_until(clock, MONDAY + timedelta(minutes=59))

    assert [(at - MONDAY).seconds // 60 for at in sent] == [0, 1, 6, 21, 51]
    assert states() == [HandoverState.FAILED]
    told = [one for one in mail.outbox if "kommen nicht an" in one.subject]
    assert sorted(one.to[0] for one in told) == ["astrid@rathaus.example"]
    assert all(word not in told[0].body for word in ("Anna", "Schröder", case.number))
    assert "„Hundesteuer-Programm“" in told[0].body
    assert Event.objects.filter(title="Weitergabe an „Hundesteuer-Programm“ gescheitert").count() == 1


def test_many_that_fail_are_told_once_a_day(webhook: Target, receiver: Receiver, anna: User, clock: Clock) -> None:
    receiver.status = 503
    for _number in range(3):
        make_submission(anna)

    run_until(clock, MONDAY + timedelta(minutes=59))

    assert states() == [HandoverState.FAILED] * 3
    assert len([one for one in mail.outbox if "kommen nicht an" in one.subject]) == 1


def test_when_the_other_side_is_back_everything_arrives_by_itself(
    webhook: Target, receiver: Receiver, anna: User, clock: Clock
) -> None:
    receiver.status = 503
    make_submission(anna)
    run_until(clock, MONDAY + timedelta(hours=1))

    receiver.status = 202
    run_until(clock, MONDAY + timedelta(hours=2))

    found = Handover.objects.get()
    assert (found.state, found.target.alarmed_at) == (HandoverState.DONE, None)
    assert set(receiver.ids) == {str(found.pk)}


def test_after_a_week_only_a_person_sends_it_again(
    webhook: Target, receiver: Receiver, anna: User, astrid_herself: User, clock: Clock
) -> None:
    receiver.status = 500
    make_submission(anna)
    come_by(MONDAY)
    clock(MONDAY + timedelta(days=8))
    come_by(MONDAY + timedelta(days=8))

    found = Handover.objects.get()
    assert (found.state, found.next_at) == (HandoverState.FAILED, None)
    assert DELIVER not in queued_jobs()

    receiver.status = 200
    actions.send_again(handover=found, by=astrid_herself, now=timezone.now())
    run_jobs()
    assert states() == [HandoverState.DONE]


def test_a_fault_of_ours_is_an_attempt_like_any_other(
    webhook: Target, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_parcel: Parcel) -> int:
        raise ValueError("Anna Schröder")

    monkeypatch.setattr(jobs, "send", broken)
    make_submission(anna)
    run_jobs()

    attempt = Attempt.objects.get()
    assert (attempt.has_arrived, attempt.text) == (False, "Fehler im Portal. Der Betreiber sieht ihn im Protokoll.")
    assert states() == [HandoverState.WAITING]


def test_a_job_that_is_lost_is_taken_up_and_told_in_time(webhook: Target, anna: User, clock: Clock) -> None:
    make_submission(anna)
    forget_jobs(DELIVER)
    clock(MONDAY + timedelta(minutes=52))

    jobs.take_up_lost._task.func(town="lage")
    assert states() == [HandoverState.FAILED]
    run_jobs()

    assert states() == [HandoverState.DONE]


def forget_jobs(name: str) -> None:
    """What is queued under this name is gone."""
    with at_operator():
        ProcrastinateJob.objects.filter(task_name=name)._raw_delete("default")


def test_two_jobs_at_once_send_once(webhook: Target, receiver: Receiver, anna: User) -> None:
    make_submission(anna)
    found = Handover.objects.get()

    first = actions.take(handover=found.pk, now=MONDAY)
    second = actions.take(handover=found.pk, now=MONDAY)

    assert (first, second) == (found, None)


def test_who_died_in_the_middle_is_followed_by_another_with_the_same_id(
    webhook: Target, receiver: Receiver, anna: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was sent, and the process ended before it could be written down: the program sees the id it knows."""
    make_submission(anna)
    found = Handover.objects.get()

    def die(**_values: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(actions, "has_arrived", die)
        with pytest.raises(SystemExit):
            jobs.deliver._task.func(town="lage", handover=str(found.pk))
    in_the_middle = (states(), Attempt.objects.count(), receiver.ids)
    clock(MONDAY + actions.BUSY + timedelta(seconds=1))
    run_jobs()
    jobs.deliver._task.func(town="lage", handover=str(found.pk))

    assert in_the_middle == ([HandoverState.WAITING], 0, [str(found.pk)])
    assert receiver.ids == [str(found.pk)] * 2
    assert (states(), Attempt.objects.count()) == ([HandoverState.DONE], 1)
    assert Event.objects.filter(title__contains="weitergegeben").count() == 1


def test_what_is_switched_off_keeps_what_waits_until_it_is_on_again(
    webhook: Target, receiver: Receiver, anna: User, astrid_herself: User
) -> None:
    make_submission(anna)
    actions.switch_target(target=webhook, is_on=False, by=astrid_herself, now=MONDAY)
    make_submission(anna)
    run_jobs()
    off = (states(), receiver.calls[:])

    actions.switch_target(target=webhook, is_on=True, by=astrid_herself, now=MONDAY)
    run_jobs()

    assert off == ([HandoverState.WAITING], [])
    assert (states(), len(receiver.calls)) == ([HandoverState.DONE], 1)


def test_the_history_of_what_was_sent_cannot_be_changed(webhook: Target, anna: User) -> None:
    make_submission(anna)
    run_jobs()

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        Attempt.objects.update(text="anders")


def test_a_protected_address_is_handed_over_by_people_only(webhook: Target, receiver: Receiver, anna: User) -> None:
    case = make_submission(anna)
    Submission.objects.filter(pk=case.pk).update(is_protected=True)
    run_jobs()

    assert (receiver.calls, states()) == ([], [HandoverState.WAITING])
    assert Attempt.objects.get().text.startswith("Für die Person gilt eine Auskunftssperre.")


def test_the_case_and_the_inbox_show_what_did_not_arrive(
    lage: Town, webhook: Target, receiver: Receiver, anna: User, clock: Clock
) -> None:
    receiver.status = 500
    failed, fine = make_submission(anna), make_submission(anna)
    Handover.objects.filter(submission=fine).update(state=HandoverState.DONE, done_at=MONDAY, next_at=None)
    run_until(clock, MONDAY + timedelta(minutes=52))
    bernd = TownClient(lage).sign_in(make_bernd())

    rows = bernd.get("/rathaus/eingang/?status=weitergabe").context["rows"]
    page = bernd.get(f"/rathaus/vorgang/{failed.number}/").content.decode()

    assert [row.case.number for row in rows] == [failed.number]
    assert "Nicht bei „Hundesteuer-Programm“ angekommen" in page
    assert "Nicht bei" not in bernd.get(f"/rathaus/vorgang/{fine.number}/").content.decode()
    assert Submission.objects.get(pk=failed.pk).state == State.RECEIVED


def test_the_operator_learns_how_many_have_failed(
    lage: Town, webhook: Target, receiver: Receiver, anna: User, clock: Clock
) -> None:
    receiver.status = 500
    make_submission(anna)
    run_until(clock, MONDAY + timedelta(minutes=52))

    keep_summary(now=MONDAY)

    with at_operator():
        assert TownSummary.objects.get(town=lage).failed_handovers == 1
