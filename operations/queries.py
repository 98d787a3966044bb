"""What the operator reads of the towns: numbers and states, never the contents of a case."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import ACCESS_ASKED_FOR, OperatorAccess, User
from accounts.states import AccessState
from operations.models import HostCertificate
from tenants.models import Host, Town

# --- Hosts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HostRow:
    """A host at which a town answers, and how its certificate stands."""

    host: Host
    certificate: HostCertificate | None  # None: nobody has looked yet, or there is no TLS
    worry: str  # in German; nothing if nobody needs to look


def hosts_of(town: Town, *, now: datetime) -> list[HostRow]:
    """The hosts of a town, the primary one first."""
    rows = []
    for host in town.hosts.select_related("certificate").order_by("-is_primary", "domain"):
        certificate = getattr(host, "certificate", None)
        rows.append(HostRow(host, certificate, certificate.worry(now=now) if certificate else ""))
    return rows


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
    has_app = Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True))
    users = User.objects.administrators().annotate(has_app=has_app).order_by("pk")
    return [Administrator(user, user.has_app) for user in users]


# --- Access --------------------------------------------------------------------------------------------------


def count_open_requests(*, now: datetime) -> int:
    """How many people of the operator wait for the town at work to let them look into it."""
    return OperatorAccess.objects.filter(state=AccessState.ASKED, asked_at__gt=now - ACCESS_ASKED_FOR).count()
