"""Hosts of a town's own: from the day somebody asks for one until it answers, and its end.

DNS is asked before the transaction begins: it may be slow.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.jobs import register_return_addresses
from accounts.models import User
from operations.history import record
from operations.models import EventKind, WaitingHost
from tenants import actions as tenants
from tenants.actions import TownRefused
from tenants.context import in_town
from tenants.host_check import Finding, check
from tenants.models import Town, readable_host


def refuse_host(host: str) -> None:
    """Raises TownRefused if no town can have this host (as `clean_host` gives it), or one waits for it already."""
    tenants.refuse_host(host)
    waiting = WaitingHost.objects.select_related("town").filter(domain=host).first()
    if waiting:
        message = _("Auf die Adresse „%(host)s“ wartet schon %(town)s.")
        raise TownRefused(message % {"host": waiting.label, "town": waiting.town.full_name})


def ask_for_host(*, town: Town, host: str, by: User, now: datetime) -> Finding:
    """Let a town answer at a host of its own, or let the host wait until DNS leads to us. Raises TownRefused."""
    refuse_host(host)
    findings = look_up([host], target=town.host_with_us)
    keep_hosts(town=town, findings=findings, by=by, now=now)
    return findings[host]


def look_up(hosts: Iterable[str], *, target: str) -> dict[str, Finding]:
    """What DNS says about each of the hosts that a town wants; `target` is the town's host with us."""
    return {host: check(host, target=target) for host in hosts}


@transaction.atomic
def keep_hosts(*, town: Town, findings: Mapping[str, Finding], by: User | None, now: datetime) -> None:
    """Take those hosts that are right, and let the others wait. Raises TownRefused."""
    for host, finding in findings.items():
        refuse_host(host)
        if finding.is_right:
            _take(town, host, text=readable_host(host), by=by, now=now)
        else:
            _wait(town, host, finding, by=by, now=now)


def look_up_again(*, waiting: WaitingHost, now: datetime) -> Finding:
    """Ask DNS once more, and take the host if it is right by now. Raises TownRefused if another town has it."""
    finding = check(waiting.domain, target=waiting.town.host_with_us)
    with transaction.atomic():
        current = WaitingHost.objects.select_for_update().select_related("town").filter(pk=waiting.pk).first()
        if current is None:  # somebody else was faster
            return finding
        if finding.is_right:
            text = _("%(host)s: Der DNS-Eintrag ist da") % {"host": current.label}
            _take_waiting(current, text=text, by=None, now=now)
        else:
            current.looked_up_at, current.verdict, current.seen = now, finding.verdict, finding.seen
            current.save(update_fields=["looked_up_at", "verdict", "seen"])
    return finding


@transaction.atomic
def take_unchecked(*, waiting: WaitingHost, reason: str, by: User, now: datetime) -> None:
    """Take a host although DNS does not say so, such as where it cannot be asked from here. Raises TownRefused."""
    text = _("%(host)s, ohne Prüfung: %(reason)s") % {"host": waiting.label, "reason": reason}
    _take_waiting(waiting, text=text, by=by, now=now)


@transaction.atomic
def remove_host(*, town: Town, host: str, by: User, now: datetime) -> None:
    """A town no longer answers at this host, or no longer waits for it. Raises TownRefused."""
    deleted, _rows = WaitingHost.objects.filter(town=town, domain=host).delete()
    if not deleted:
        tenants.remove_host(town=town, host=host)
    record(town, EventKind.HOST_REMOVED, text=readable_host(host), by=by, now=now)


def _wait(town: Town, host: str, finding: Finding, *, by: User | None, now: datetime) -> None:
    found = {"looked_up_at": now, "verdict": finding.verdict, "seen": finding.seen}
    try:
        with transaction.atomic():
            WaitingHost.objects.create(town=town, domain=host, since=now, **found)
    except IntegrityError:  # somebody else was faster
        refuse_host(host)
        raise
    record(town, EventKind.HOST_WAITS, text=readable_host(host), by=by, now=now)


def _take_waiting(waiting: WaitingHost, *, text: str, by: User | None, now: datetime) -> None:
    waiting.delete()
    _take(waiting.town, waiting.domain, text=text, by=by, now=now)


def _take(town: Town, host: str, *, text: str, by: User | None, now: datetime) -> None:
    tenants.add_host(town=town, host=host)
    with in_town(town):
        register_return_addresses.queue()
    record(town, EventKind.HOST_ADDED, text=text, by=by, now=now)
