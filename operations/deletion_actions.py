"""Deleting a town at the desk: one person asks for it, another confirms, the worker does it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from operations.history import record
from operations.jobs import delete_town
from operations.models import DeletionRequest, EventKind, ExportState, TownExport
from tenants.actions import TownRefused
from tenants.models import Town


def export_for_deletion(town: Town) -> TownExport | None:
    """The newest bundle of a town, if it is there and somebody has fetched it: else its data would be nowhere."""
    newest = TownExport.objects.filter(town=town, state=ExportState.READY).first()
    return newest if newest and newest.fetched_at else None


@transaction.atomic
def ask_for_deletion(*, town: Town, confirmed: str, reason: str, by: User, now: datetime) -> DeletionRequest:
    """Ask that a town that has left is deleted; `confirmed` is its name, typed once more. Raises TownRefused."""
    current = _left(town)
    _refuse_other_name(current, confirmed)
    export = export_for_deletion(current)
    if export is None:
        raise TownRefused(_("Bitte laden Sie zuerst ein neues Paket herunter und übergeben Sie es der Stadt."))
    try:
        with transaction.atomic():
            request = DeletionRequest.objects.create(
                town=current, export=export, reason=reason, asked_by=by, asked_at=now
            )
    except IntegrityError:
        raise TownRefused(_("Die Löschung ist schon beantragt.")) from None
    record(current, EventKind.DELETION_ASKED, text=reason, by=by, now=now)
    return request


@transaction.atomic
def withdraw_deletion(*, town: Town, by: User, now: datetime) -> None:
    """Take it back, as long as nobody has confirmed it. Raises TownRefused."""
    request = _open_request(town)
    request.delete()
    record(town, EventKind.DELETION_WITHDRAWN, by=by, now=now)


@transaction.atomic
def confirm_deletion(*, town: Town, confirmed: str, by: User, now: datetime) -> None:
    """Confirm it as the second person; the worker deletes the town at once. Raises TownRefused."""
    _left(town)
    request = _open_request(town)
    if request.asked_by_id == by.pk:
        raise TownRefused(_("Sie haben die Löschung selbst beantragt. Bestätigen muss sie eine andere Person."))
    if not request.export.is_ready:
        raise TownRefused(_("Das Paket ist abgelaufen. Bitte nehmen Sie den Antrag zurück und beginnen Sie von vorn."))
    _refuse_other_name(town, confirmed)
    request.confirmed_by, request.confirmed_at = by, now
    request.save(update_fields=["confirmed_by", "confirmed_at"])
    record(town, EventKind.DELETION_CONFIRMED, text=request.reason, by=by, now=now)
    delete_town.queue(pk=town.pk)


def _left(town: Town) -> Town:
    current: Town = Town.objects.select_for_update().get(pk=town.pk)
    if not current.has_left:
        message = _("%(town)s ist %(state)s. Löschen lässt sich nur eine Stadt, deren Portal beendet ist.")
        raise TownRefused(message % {"town": current.name, "state": current.get_state_display()})
    return current


def _open_request(town: Town) -> DeletionRequest:
    request = DeletionRequest.objects.select_for_update(of=("self",)).select_related("export").filter(town=town).first()
    if request is None:
        raise TownRefused(_("Die Löschung ist nicht (mehr) beantragt."))
    if request.is_confirmed:
        raise TownRefused(_("Die Löschung ist schon bestätigt."))
    return request


def _refuse_other_name(town: Town, confirmed: str) -> None:
    if confirmed.strip() != town.name:
        raise TownRefused(_("Zur Bestätigung bitte genau so schreiben: %(town)s") % {"town": town.name})
