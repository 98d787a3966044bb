"""What somebody should look at: towns where something does not work as it should."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.failed_jobs import number_by_town
from tenants.models import Town

MANY_FAILED_PAYMENTS = 3  # in a week; single cards are refused every day
SILENT_AFTER = timedelta(hours=3)  # towns count each hour
UNUSED_AFTER = timedelta(days=14)


@dataclass(frozen=True)
class Sign:
    """One thing to look at."""

    text: str
    url: str = ""  # where there is more about it


def signs_of(towns: Sequence[Town], *, now: datetime) -> dict[int, list[Sign]]:
    """For each town that has any, by its key. One statement for all, beside what the towns bring along."""
    failed = number_by_town()
    found = {town.pk: _signs(town, failed.get(town.schema_name, 0), now) for town in towns}
    return {key: signs for key, signs in found.items() if signs}


def _signs(town: Town, failed_jobs: int, now: datetime) -> list[Sign]:
    return [*_of_jobs(town, failed_jobs), *_of_numbers(town, now), *_of_certificates(town, now)]


def _of_jobs(town: Town, failed: int) -> list[Sign]:
    if not failed:
        return []
    url = f"{reverse('operations:jobs')}?{urlencode({'town': town.schema_name})}"
    text = ngettext("ein Auftrag gescheitert", "%(number)d Aufträge gescheitert", failed) % {"number": failed}
    return [Sign(text, url)]


def _of_numbers(town: Town, now: datetime) -> list[Sign]:
    summary = getattr(town, "summary", None)
    if summary is None:
        return []  # the list says so already
    signs = []
    if summary.failed_payments >= MANY_FAILED_PAYMENTS:
        signs.append(Sign(_("%(number)d Zahlungen fehlgeschlagen") % {"number": summary.failed_payments}))
    if now - summary.at > SILENT_AFTER:
        signs.append(Sign(_("zählt nicht mehr")))
    if town.is_live and now - (summary.staff_seen_at or town.created_at) > UNUSED_AFTER:
        signs.append(Sign(_("seit zwei Wochen niemand im Rathaus angemeldet")))
    return signs


def _of_certificates(town: Town, now: datetime) -> list[Sign]:
    certificates = [(host.label, getattr(host, "certificate", None)) for host in town.hosts.all()]
    worries = [(label, certificate.worry(now=now)) for label, certificate in certificates if certificate]
    url = reverse("operations:hosts", args=[town.slug]) if any(worry for _label, worry in worries) else ""
    return [Sign(f"{label}: {worry}", url) for label, worry in worries if worry]
