"""What a town has about a citizen, for herself: to see, to take along, to have deleted (Art. 15, 17, 20 DSGVO)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import forget_citizen
from accounts.models import User
from catalogue.forms.current import form_definition
from submissions import retention
from submissions.bundle import Document, add_application, add_uploads, as_json
from submissions.models import Draft, Submission
from submissions.states import ENDED, State
from submissions.uploads.actions import forget_all


class AccountInUse(Exception):
    """The account cannot be deleted yet; the message says why, in German."""


@dataclass(frozen=True)
class Kept:
    """An application that stays when the account goes, and until when."""

    submission: Submission
    until: date  # at the earliest
    reasons: list[str]  # why it may take longer, in German


def handed_in(citizen: User) -> QuerySet[Submission]:
    """All her applications that are still there, the newest first."""
    return Submission.objects.filter(citizen=citizen).exclude(state=State.PURGED)


def open_cases(citizen: User) -> QuerySet[Submission]:
    """Those with which something is left to do."""
    return handed_in(citizen).exclude(state__in=ENDED)


def kept(citizen: User, *, today: date) -> list[Kept]:
    """What stays when the account goes."""
    found = retention.ended(until=today).filter(citizen=citizen).select_related("removal")
    return [Kept(one, _until(one, today), retention.holds_of(one, today=today)) for one in found]


def _until(submission: Any, today: date) -> date:
    removal = getattr(submission, "removal", None)
    if removal and removal.kept_until is None:
        planned: date = removal.delete_on
        return planned
    ended_on = timezone.localdate(submission.ended_at)
    begins = removal.kept_until if removal else ended_on + retention.KEPT
    return max(begins, today) + retention.UNDO


# --- To take along ----------------------------------------------------------------------------------------


def write_own_data(file: IO[bytes], citizen: User, *, also: Callable[[Submission], Iterable[Document]]) -> None:
    """Write the ZIP archive: the account, drafts and applications as JSON and PDF, and all files.

    `also` gives what else belongs to an application (receipts).
    """
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(_("Konto.json"), as_json(_account(citizen)))
        for draft in Draft.objects.filter(citizen=citizen):
            folder = f"{_('Entwuerfe')}/{draft.service_key}/"
            archive.writestr(folder + _("Entwurf.json"), as_json(_draft(draft)))
            add_uploads(archive, folder, draft.uploads.all())
        for submission in handed_in(citizen):
            add_application(archive, f"{_('Antraege')}/{submission.number}/", submission, also=also(submission))


def _account(citizen: User) -> dict[str, Any]:
    return {
        "given_name": citizen.given_name,
        "family_name": citizen.family_name,
        "email": citizen.email,
        "provider": citizen.issuer,
        "subject": citizen.subject,
        "attributes": citizen.attributes,
        "since": citizen.created_at.isoformat(),
    }


def _draft(draft: Draft) -> dict[str, Any]:
    return {
        "service": draft.service_key,
        "title": form_definition(draft.service_key, draft.form_version).title,
        "form_version": draft.form_version,
        "created_at": draft.created_at.isoformat(),
        "edited_at": draft.edited_at.isoformat(),
        "answers": draft.answers,
        "typed": draft.typed,
    }


# --- To have it deleted -----------------------------------------------------------------------------------


@transaction.atomic
def delete_account(*, citizen: User, now: datetime) -> None:
    """Delete drafts and account. What was handed in and has ended goes when its time is over. Raises AccountInUse."""
    current = User.objects.select_for_update().get(pk=citizen.pk)
    if open_cases(current).exists():
        raise AccountInUse(_("Sie haben noch offene Anträge. Danach können Sie Ihr Konto löschen."))
    if any(one.reasons for one in kept(current, today=timezone.localdate(now))):
        raise AccountInUse(_("Bei einem Antrag ist noch Geld oder eine Frist offen. Danach können Sie es löschen."))
    for draft in Draft.objects.select_for_update().filter(citizen=current):
        forget_all(draft)
        draft.delete()
    forget_citizen(citizen=current)
