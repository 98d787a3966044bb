"""What somebody should look at: towns where something does not work as it should.

PostgreSQL finds them among all towns; each sign is told only of the towns that a page shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from operations.failed_jobs import Failed, number_by_town
from operations.models import HostCertificate
from tenants import hosts
from tenants.models import Town, TownState

MANY_FAILED_PAYMENTS = 3  # in a week; single cards are refused every day
SILENT_AFTER = timedelta(hours=3)  # towns count each hour
UNUSED_AFTER = timedelta(days=14)
ANYTHING = "anything"  # stands for all kinds of signs where one is chosen


Towns = QuerySet[Any]  # rows of Town, with a flag for each kind of sign


@dataclass(frozen=True)
class Moment:
    """What is the case now, beside the numbers of the towns."""

    now: datetime
    needed_level: int | None
    failed: dict[str, Failed]  # jobs, by schema

    @classmethod
    def at(cls, now: datetime) -> "Moment":
        """One statement, for all towns."""
        return cls(now, hosts.needed_level(), number_by_town())


@dataclass(frozen=True)
class Sign:
    """One thing to look at."""

    text: str
    url: str = ""  # where there is more about it


@dataclass(frozen=True)
class Watch:
    """A kind of sign: which towns have it, and what it says about one of them."""

    key: str  # as the address bar names it
    label: str | Promise
    condition: Callable[[Moment], Q]
    tell: Callable[[Town, Moment], Sign]


def _of_jobs(town: Town, moment: Moment) -> Sign:
    failed = moment.failed[town.schema_name]
    text = ngettext("ein Auftrag gescheitert", "%(number)d Aufträge gescheitert", failed.jobs) % {"number": failed.jobs}
    if failed.mails:
        mails = ngettext("eine E-Mail", "%(number)d E-Mails", failed.mails) % {"number": failed.mails}
        text = _("%(jobs)s, davon %(mails)s") % {"jobs": text, "mails": mails}
    return Sign(text, f"{reverse('operations:jobs')}?{urlencode({'town': town.schema_name})}")


def _of_handovers(number: int) -> str:
    text = ngettext("ein Antrag nicht weitergegeben", "%(number)d Anträge nicht weitergegeben", number)
    return text % {"number": number}


def _worrying(moment: Moment) -> Q:
    certificates = HostCertificate.objects.filter(host__tenant=OuterRef("pk"))
    return Q(Exists(certificates.filter(HostCertificate.worrying(now=moment.now))))


def _of_certificates(town: Town, moment: Moment) -> Sign:
    certificates = [(host.label, getattr(host, "certificate", None)) for host in town.hosts.all()]
    worries = [(label, certificate.worry(now=moment.now)) for label, certificate in certificates if certificate]
    text = "; ".join(f"{label}: {worry}" for label, worry in worries if worry)
    return Sign(text, reverse("operations:hosts", args=[town.slug]))


def _unused(moment: Moment) -> Q:
    long_ago = moment.now - UNUSED_AFTER
    never = Q(summary__staff_seen_at=None, summary__at__isnull=False, created_at__lt=long_ago)
    return Q(state=TownState.LIVE) & (Q(summary__staff_seen_at__lt=long_ago) | never)


# All of them; one more is one more entry.
WATCHES = (
    Watch(
        "behind",
        gettext_lazy("nicht auf dem neuesten Stand"),
        lambda moment: Q(pk__gt=0) if moment.needed_level is None else Q(level__lt=moment.needed_level),
        lambda _town, _moment: Sign(_("Tabellen sind nicht auf dem neuesten Stand")),
    ),
    Watch(
        "jobs",
        gettext_lazy("Aufträge gescheitert"),
        lambda moment: Q(schema_name__in=list(moment.failed)),
        _of_jobs,
    ),
    Watch(
        "payments",
        gettext_lazy("viele Zahlungen fehlgeschlagen"),
        lambda _moment: Q(summary__failed_payments__gte=MANY_FAILED_PAYMENTS),
        lambda town, _moment: Sign(_("%(number)d Zahlungen fehlgeschlagen") % {"number": town.summary.failed_payments}),
    ),
    Watch(
        "handovers",
        gettext_lazy("Anträge nicht weitergegeben"),
        lambda _moment: Q(summary__failed_handovers__gt=0),
        lambda town, _moment: Sign(_of_handovers(town.summary.failed_handovers)),
    ),
    Watch("certificates", gettext_lazy("Zertifikat endet oder fehlt"), _worrying, _of_certificates),
    Watch(
        "uncounted",
        gettext_lazy("noch keine Zahlen"),
        lambda _moment: Q(summary__isnull=True),
        lambda _town, _moment: Sign(_("noch keine Zahlen")),
    ),
    Watch(
        "silent",
        gettext_lazy("zählt nicht mehr"),
        lambda moment: Q(summary__at__lt=moment.now - SILENT_AFTER),
        lambda _town, _moment: Sign(_("zählt nicht mehr")),
    ),
    Watch(
        "unused",
        gettext_lazy("niemand im Rathaus angemeldet"),
        _unused,
        lambda _town, _moment: Sign(_("seit zwei Wochen niemand im Rathaus angemeldet")),
    ),
)


def with_signs(towns: Towns, moment: Moment) -> Towns:
    """The towns, so that `signs_of` can tell their signs and `having` choose among them."""
    flagged: Towns = towns.annotate(
        **{_flag(watch): ExpressionWrapper(watch.condition(moment), output_field=BooleanField()) for watch in WATCHES}
    )
    return flagged


def having(towns: Towns, key: str) -> Towns:
    """Those of `with_signs` with a certain sign, or with ANYTHING."""
    chosen = [watch for watch in WATCHES if key in (watch.key, ANYTHING)]
    wanted = Q()
    for watch in chosen:
        wanted |= Q(**{_flag(watch): True})
    return towns.filter(wanted)


def signs_of(town: Town, moment: Moment) -> list[Sign]:
    """The signs of a town that comes from `with_signs`."""
    return [watch.tell(town, moment) for watch in WATCHES if getattr(town, _flag(watch))]


def _flag(watch: Watch) -> str:
    return f"is_{watch.key}"
