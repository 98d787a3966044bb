"""What billing tells a submission: a step in its history, and a mail to the citizen."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from submissions import jobs
from submissions.casework import rules
from submissions.models import Submission
from submissions.steps import SubmissionRefused, locked, no_longer_possible, record


@transaction.atomic
def fee_requested(*, submission: Submission, text: str, by: User, now: datetime) -> Submission:
    """A case worker asks for a fee. Raises SubmissionRefused if the case is not in her hands."""
    current = locked(submission)
    if not current.is_open:
        raise no_longer_possible(current)
    if not rules.has_in_hand(rules.Desk.of(by, today=timezone.localdate(now)), current):
        raise SubmissionRefused(_("Übernehmen Sie den Vorgang zuerst."))
    record(current, by=by, now=now, title=_("Bitte bezahlen Sie die Gebühr"), text=text)
    jobs.send_notice.queue(submission=str(current.pk), notice="payment_requested")
    return current


@transaction.atomic
def fee_reminded(*, submission: Submission, now: datetime) -> None:
    """The day has passed without a payment."""
    record(submission, by=None, now=now, title=_("Wir haben Sie an die Zahlung erinnert"))
    jobs.send_notice.queue(submission=str(submission.pk), notice="payment_reminder")


@transaction.atomic
def fee_paid(*, submission: Submission, now: datetime) -> None:
    """What a case worker asked for has been paid."""
    record(submission, by=None, now=now, title=_("Gebühr bezahlt"))
    jobs.send_notice.queue(submission=str(submission.pk), notice="payment_arrived")


@transaction.atomic
def fee_no_longer_requested(*, submission: Submission, text: str, by: User | None, now: datetime) -> None:
    """Nothing is to be paid any more."""
    record(submission, by=by, now=now, title=_("Sie müssen nichts mehr bezahlen"), text=text)


@transaction.atomic
def transfer_announced(*, submission: Submission, text: str, now: datetime) -> None:
    """Somebody wants to pay by bank transfer; the page says where to."""
    record(submission, by=None, now=now, title=_("Sie bezahlen per Überweisung"), text=text)
    jobs.send_notice.queue(submission=str(submission.pk), notice="transfer_announced")


@transaction.atomic
def debit_failed(*, submission: Submission, now: datetime) -> None:
    """The bank did not pay a direct debit that had been under way."""
    record(
        submission,
        by=None,
        now=now,
        title=_("Die Lastschrift hat nicht geklappt"),
        text=_("Ihre Bank hat den Betrag nicht gezahlt. Bitte zahlen Sie noch einmal, gern auf anderem Weg."),
    )
    _tell_both(submission)


@transaction.atomic
def fee_taken_back(*, submission: Submission, now: datetime) -> None:
    """A payment that had arrived was taken back by bank or payer: the fee is owed again."""
    record(
        submission,
        by=None,
        now=now,
        title=_("Die Zahlung wurde zurückgebucht"),
        text=_("Der Betrag ist wieder an Ihre Bank zurückgegangen. Die Gebühr ist deshalb noch einmal zu bezahlen."),
    )
    _tell_both(submission)


@transaction.atomic
def fee_given_back(*, submission: Submission, text: str, now: datetime) -> None:
    """The provider has sent money back to the citizen."""
    record(submission, by=None, now=now, title=_("Wir haben Ihnen Geld erstattet"), text=text)
    jobs.send_notice.queue(submission=str(submission.pk), notice="refunded")


def _tell_both(submission: Submission) -> None:
    """A payment did not work: the citizen hears of it, and whoever works on the case."""
    jobs.send_notice.queue(submission=str(submission.pk), notice="payment_failed")
    current = Submission.objects.get(pk=submission.pk)
    if current.case_worker_id:
        jobs.tell_case_worker.queue(submission=str(submission.pk))
