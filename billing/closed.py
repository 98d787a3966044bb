"""What stands on daily statements: by day, month or year, and what it adds up to."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from billing.closing import OF_FEES
from billing.models import DailyStatement, StatementPost, method_label
from billing.states import MovementKind
from templates.components import german_date

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Total:
    """What one service, way to pay, budget line or kind of movement adds up to (EUR)."""

    name: str
    count: int
    received: Decimal
    returned: Decimal  # negative

    @property
    def amount(self) -> Decimal:
        return self.received + self.returned


@dataclass(frozen=True)
class Totals:
    """Totals of the same thing, such as of all services."""

    title: str
    heading: str
    each: tuple[Total, ...]

    @property
    def received(self) -> Decimal:
        return sum((one.received for one in self.each), NOTHING)

    @property
    def returned(self) -> Decimal:
        return sum((one.returned for one in self.each), NOTHING)

    @property
    def amount(self) -> Decimal:
        return self.received + self.returned


@dataclass(frozen=True)
class Period:
    """A day, a month or a year, with its daily statements."""

    year: int
    month: int | None = None
    day: int | None = None

    @cached_property
    def first(self) -> date:
        """Raises ValueError for a day that does not exist."""
        return date(self.year, self.month or 1, self.day or 1)

    @cached_property
    def last(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    @property
    def title(self) -> str:
        """Such as "27. November 2026", "November 2026", "2026"."""
        if self.day:
            return german_date(self.first)
        return f"{MONTHS[self.month]} {self.year}" if self.month else str(self.year)

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(part for part in (self.year, self.month, self.day) if part)

    @property
    def file_name(self) -> str:
        """Such as 2026-11-27; sorted by name they are sorted by time."""
        return "-".join(f"{part:02}" for part in self.parts)

    @cached_property
    def statements(self) -> list[DailyStatement]:
        return list(DailyStatement.objects.filter(day__range=(self.first, self.last)).order_by("day"))

    @property
    def posts(self) -> QuerySet[StatementPost]:
        found = StatementPost.objects.filter(statement__day__range=(self.first, self.last)).select_related("statement")
        return found.order_by("statement__day", "at", "movement_id", "part")

    @property
    def opening(self) -> Decimal:
        return self.statements[0].opening

    @property
    def closing(self) -> Decimal:
        return self.statements[-1].closing

    @property
    def change(self) -> Decimal:
        return self.closing - self.opening

    @property
    def month_title(self) -> str:
        """Of the month in which it lies."""
        return Period(self.year, self.month).title

    @property
    def last_closed(self) -> date:
        return self.statements[-1].day

    def is_over(self, today: date) -> bool:
        """Whether nothing more comes to it."""
        return self.last < today and bool(self.statements) and self.statements[-1].day == self.last

    @cached_property
    def by_kind(self) -> Totals:
        """All that moved: opening plus these is closing."""
        each = _totals(self.posts, "kind")
        order = list(MovementKind)
        each.sort(key=lambda one: order.index(MovementKind(one.name)))
        named = [Total(str(MovementKind(one.name).label), one.count, one.received, one.returned) for one in each]
        return Totals(_("Alle Bewegungen"), _("Art"), tuple(named))

    @cached_property
    def of_fees(self) -> tuple[Totals, Totals, Totals]:
        """What people have paid and got back, in three ways that add up to the same."""
        posts = self.posts.filter(kind__in=OF_FEES)
        methods = _totals(posts, "method")
        named = [Total(_method(one.name), one.count, one.received, one.returned) for one in methods]
        return (
            Totals(_("Nach Leistung"), _("Leistung"), _or(_totals(posts, "service"), _("Ohne Leistung"))),
            Totals(_("Nach Zahlweg"), _("Zahlweg"), tuple(named)),
            Totals(
                _("Nach Buchungsstelle"),
                _("Buchungsstelle"),
                _or(_totals(posts, "budget_line"), _("Keine Buchungsstelle hinterlegt")),
            ),
        )

    @property
    def has_posts(self) -> bool:
        return any(statement.count for statement in self.statements)


@dataclass(frozen=True)
class Month:
    """A month in the list of a year."""

    period: Period
    statements: int
    opening: Decimal
    closing: Decimal

    @property
    def change(self) -> Decimal:
        return self.closing - self.opening


def years() -> list[int]:
    """Years that have statements, the newest first."""
    return list(DailyStatement.objects.order_by("-year").values_list("year", flat=True).distinct())


def months(year: Period) -> list[Month]:
    """The months of a year that have statements."""
    found: dict[int, list[DailyStatement]] = {}
    for statement in year.statements:
        found.setdefault(statement.day.month, []).append(statement)
    return [
        Month(Period(year.year, month), len(each), each[0].opening, each[-1].closing) for month, each in found.items()
    ]


def newest_year() -> Period:
    """The year that somebody wants to see first."""
    return Period((years() or [timezone.localdate().year])[0])


def _totals(posts: QuerySet[StatementPost], name: str) -> list[Total]:
    rows = (
        posts.order_by()
        .values(name=F(name))
        .annotate(
            count=Count("movement_id", distinct=True),
            received=Sum("amount", filter=Q(amount__gt=0), default=NOTHING),
            returned=Sum("amount", filter=Q(amount__lt=0), default=NOTHING),
        )
        .order_by("name")
    )
    return [Total(**row) for row in rows]


def _or(totals: list[Total], without: str) -> tuple[Total, ...]:
    """The totals, with a name also for that which has none. It comes last."""
    named = [one for one in totals if one.name]
    rest = [Total(without, one.count, one.received, one.returned) for one in totals if not one.name]
    return (*named, *rest)


def _method(method: str) -> str:
    return method_label(method) if method else _("Unbekannt")
