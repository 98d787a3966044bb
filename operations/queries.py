"""What the operator reads of the towns: numbers and states, never the contents of a case."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Kind, Role, User
from catalogue import german
from tenants.models import Host, Town

_COUNTED = ("online", "received", "received_lately", "open_cases", "paid")


def total(towns: Iterable[Town]) -> dict[str, int | Decimal]:
    """The numbers of these towns together, by their names in TownSummary."""
    summaries = [town.summary for town in towns if hasattr(town, "summary")]
    counts = {name: sum(getattr(one, name) for one in summaries) for name in _COUNTED}
    return {**counts, "paid_sum": sum((one.paid_sum for one in summaries), Decimal("0.00"))}


# --- Towns -----------------------------------------------------------------------------------------------


def towns_with_hosts() -> list[Town]:
    """All towns by name in German order, with their summaries and their hosts, the primary one first."""
    hosts = Host.objects.order_by("-is_primary", "domain")
    towns = Town.objects.select_related("summary").prefetch_related(Prefetch("hosts", hosts))
    return sorted(towns, key=lambda town: german.sort_key(town.name))


# --- Administrators --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Administrator:
    """Somebody who sets a town up, and how far she has got."""

    user: User
    has_app: bool

    @property
    def is_ready(self) -> bool:
        """Whether she can sign in with both factors."""
        return self.user.has_usable_password() and self.has_app

    @property
    def state(self) -> str:
        """In German, for a list."""
        if self.is_ready:
            return _("aktiv")
        if self.user.has_usable_password():
            return _("Passwort gewählt, App fehlt noch")
        return _("eingeladen") if self.user.link_sent_at else _("Einladung wird verschickt")


def administrators() -> list[Administrator]:
    """The administrators of the town that is at work, in the order in which they were invited."""
    users = User.objects.filter(kind=Kind.STAFF, is_active=True, roles__contains=[Role.ADMINISTRATOR])
    has_app = Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True))
    return [Administrator(user, user.has_app) for user in users.annotate(has_app=has_app).order_by("pk")]
