"""What the operator reads of the towns: numbers and states, never the contents of a case."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import ProgrammingError, connection, transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from psycopg import sql

from accounts.models import Kind, Role, User
from billing.states import PaymentState
from catalogue import german
from catalogue.models import FormVersion
from submissions.states import OPEN
from tenants.context import as_owner
from tenants.models import Host, Town
from townhall.models import OfferState

logger = logging.getLogger(__name__)

AT_ONCE = 100  # towns a statement asks about; more at once costs more than it saves
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Figures:
    """What goes on in a town, or in several."""

    online: int = 0  # services with a form that the town offers online
    received: int = 0  # submissions, ever
    received_lately: int = 0  # in the last 30 days
    open_cases: int = 0
    paid: int = 0  # payments of this month
    paid_sum: Decimal = Decimal("0.00")  # EUR

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


# One row: the columns of Figures, after the name of the schema.
_OF_ONE_TOWN = sql.SQL(
    """
    SELECT {name}, offers.*, submissions.*, payments.*
    FROM
      (SELECT count(*) FROM {schema}.townhall_offer
        WHERE state = {online} AND service_key = ANY({forms})) AS offers,
      (SELECT count(received_at),
          count(*) FILTER (WHERE received_at >= {lately}),
          count(*) FILTER (WHERE state = ANY({open}))
        FROM {schema}.submissions_submission) AS submissions,
      (SELECT count(*), coalesce(sum(amount), 0.00) FROM {schema}.billing_payment
        WHERE state = {paid} AND paid_at >= {month}) AS payments
    """
)


def figures_of(towns: Sequence[Town], *, now: datetime) -> dict[str, Figures]:
    """The figures of each town by its schema, in one statement for every hundred towns.

    A town whose tables cannot be read (an upgrade stopped half way) is left out, and logged.
    """
    month = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    values = {
        "online": OfferState.ONLINE.value,
        "forms": sorted(set(FormVersion.objects.values_list("key", flat=True))),
        "lately": now - LATELY,
        "open": sorted(state.value for state in OPEN),
        "paid": PaymentState.PAID.value,
        "month": month,
    }
    found: dict[str, Figures] = {}
    schemas = [town.schema_name for town in towns]
    for start in range(0, len(schemas), AT_ONCE):
        found |= _figures(schemas[start : start + AT_ONCE], values)
    return found


def total(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    return sum(figures, start=Figures())


def _figures(schemas: list[str], values: dict[str, Any]) -> dict[str, Figures]:
    try:
        with as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_statement(schemas, values))
            return {name: Figures(*numbers) for name, *numbers in cursor.fetchall()}
    except ProgrammingError as problem:
        if len(schemas) == 1:
            logger.error("figures of %s cannot be read: %s", schemas[0], type(problem.__cause__).__name__)
            return {}
        middle = len(schemas) // 2
        return _figures(schemas[:middle], values) | _figures(schemas[middle:], values)


def _statement(schemas: list[str], values: dict[str, Any]) -> sql.Composed:
    literals = {name: sql.Literal(value) for name, value in values.items()}
    return sql.SQL(" UNION ALL ").join(
        _OF_ONE_TOWN.format(name=sql.Literal(schema), schema=sql.Identifier(schema), **literals) for schema in schemas
    )


# --- Towns -----------------------------------------------------------------------------------------------


def towns_with_hosts() -> list[Town]:
    """All towns by name in German order, with their hosts, the primary one first."""
    hosts = Host.objects.order_by("-is_primary", "domain")
    towns = Town.objects.prefetch_related(Prefetch("hosts", hosts))
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
