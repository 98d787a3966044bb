"""A town's bundle, made at the desk: asked for, packed by the worker, fetched."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from operations.access import is_let_in
from operations.history import record
from operations.jobs import make_export
from operations.models import EventKind, ExportState, TownExport
from tenants.actions import TownRefused
from tenants.context import in_town
from tenants.models import Town


@transaction.atomic
def ask_for_export(*, town: Town, reason: str, by: User, now: datetime) -> TownExport:
    """Let a town's bundle be made. Raises TownRefused if one is being made already."""
    name = f"{town.slug}-{timezone.localtime(now):%Y-%m-%d}-{secrets.token_hex(4)}.zip"
    try:
        with transaction.atomic():
            export = TownExport.objects.create(town=town, file=name, reason=reason, asked_by=by, asked_at=now)
    except IntegrityError:
        raise TownRefused(_("Für %(town)s wird schon ein Paket gepackt.") % {"town": town.name}) from None
    with in_town(town):
        make_export.queue(export=export.pk)
    record(town, EventKind.EXPORT_ASKED, text=reason, by=by, now=now)
    return export


def may_fetch(*, town: Town, by: User, now: datetime) -> bool:
    """Whether somebody of the operator may hold what people have handed in."""
    return town.has_left or is_let_in(by, town=town, now=now)


@transaction.atomic
def fetch_export(*, export: TownExport, by: User, now: datetime) -> None:
    """Note that somebody takes a bundle: all cases are in it, so the town must let her look, unless it has left.

    Raises TownRefused, also if it is not there (any more).
    """
    current = TownExport.objects.select_for_update(of=("self",)).select_related("town").get(pk=export.pk)
    if current.state != ExportState.READY:
        raise TownRefused(_("Dieses Paket gibt es nicht mehr."))
    if current.town and not may_fetch(town=current.town, by=by, now=now):
        raise TownRefused(_("Im Paket stehen alle Anträge. Bitten Sie zuerst die Stadt um Zugriff auf ihr Rathaus."))
    current.fetched_at = now
    current.save(update_fields=["fetched_at"])
    if current.town:
        record(current.town, EventKind.EXPORT_FETCHED, text=current.digest, by=by, now=now)
