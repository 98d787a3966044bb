"""All towns at once: what the operator sees of each, found, sorted and summed up by PostgreSQL."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Field,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Replace
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from operations.attention import Moment, Sign, Towns, having, signs_of, with_signs
from operations.models import TownSummary
from tenants.models import Host, Town, TownState
from tenants.municipalities import all_municipalities, is_named
from townhall.tables import german_table, moment_in_table

NONE = "–"

# --- Which towns ---------------------------------------------------------------------------------------------


def fleet(moment: Moment, *, q: str = "", county: str = "", state: str = "", watch: str = "", sort: str = "") -> Towns:
    """The towns that match, in the order that was asked for, else by name. Each comes with its summary and its signs.

    `q` is the beginning of a name, a key, a postal code, or a part of an address; `watch` a kind of sign, or ANYTHING;
    `sort` the key of a column, with a minus the other way round.
    """
    ends = Min("hosts__certificate__ends_at")
    towns = with_signs(Town.objects.select_related("summary").annotate(certificate_ends_at=ends), moment)
    if q:
        towns = towns.filter(_is_called(q))
    if county:
        towns = towns.filter(ars__in=[entry.ars for entry in all_municipalities() if entry.county == county])
    if state:
        towns = towns.filter(state=state)
    if watch:
        towns = having(towns, watch)
    return _sorted(towns, sort)


def with_hosts(towns: Towns) -> Towns:
    """The same with their hosts and certificates, the primary one first: signs tell of them."""
    hosts = Host.objects.select_related("certificate").order_by("-is_primary", "domain")
    return towns.prefetch_related(Prefetch("hosts", hosts))


def _is_called(q: str) -> Q:
    named = [entry.ars for entry in all_municipalities() if is_named(entry, q)]
    at_host = Exists(Host.objects.filter(tenant=OuterRef("pk"), domain__icontains=q))
    return Q(ars__in=named) | Q(at_host) | Q(pk__in=[] if q.isascii() else _towns_at(q))


def _towns_at(q: str) -> list[int]:
    """Where a host is written with other letters than DNS knows, people write it so, too."""
    unreadable = Host.objects.filter(domain__contains="xn--")
    return [host.tenant_id for host in unreadable if q.lower() in host.label]


def totals(towns: Towns) -> dict[str, Any]:
    """How many they are, how many of them are suspended, and their numbers together, in one statement."""
    summed = ("online", "received", "received_lately", "open_cases", "paid", "paid_sum")
    return towns.aggregate(
        number=Count("pk"),
        suspended=Count("pk", filter=Q(state=TownState.SUSPENDED)),
        **{name: Sum(f"summary__{name}", default=_nothing(name)) for name in summed},
    )


def _nothing(name: str) -> Value:
    field = cast("Field[Any, Any]", TownSummary._meta.get_field(name))
    return Value(field.to_python(0), field)


# --- Columns -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """Something that is told of each town. One more is one more entry of COLUMNS."""

    key: str  # as the address bar names it
    title: str | Promise  # short, above the list
    about: str | Promise  # spelled out
    field: str  # what it is sorted by
    first: str | Promise  # what comes first when it is sorted by this
    last: str | Promise  # what comes first the other way round
    descending: bool  # whether large ones come first
    text: Callable[[Town, Moment], str]  # in the list
    is_number: bool = True

    def order(self, *, turned: bool) -> Any:
        """What to order by; towns that have told nothing come last."""
        field = F(self.field)
        return field.desc(nulls_last=True) if self.descending != turned else field.asc(nulls_last=True)


def _number(name: str) -> Callable[[Town, Moment], str]:
    def text(town: Town, _moment: Moment) -> str:
        summary = summary_of(town)
        return str(intcomma(getattr(summary, name))) if summary else NONE

    return text


def _failures(name: str) -> Callable[[Town, Moment], str]:
    """A number that is best not there."""

    def text(town: Town, _moment: Moment) -> str:
        number = getattr(summary_of(town), name, 0)
        return str(intcomma(number)) if number else NONE

    return text


def _version(town: Town, moment: Moment) -> str:
    if moment.needed_level is None:
        return _("unbekannt")
    behind = moment.needed_level - town.level
    if behind > 0:
        return ngettext("ein Schritt zurück", "%(steps)d Schritte zurück", behind) % {"steps": behind}
    return _("aktuell")


def _seen(town: Town, _moment: Moment) -> str:
    summary = summary_of(town)
    if summary is None:
        return NONE
    if summary.staff_seen_at is None:
        return _("noch nie")
    return timezone.localtime(summary.staff_seen_at).strftime("%d.%m.%Y")


def _stored(town: Town, _moment: Moment) -> str:
    summary = summary_of(town)
    return str(filesizeformat(summary.stored_bytes)) if summary and summary.stored_bytes else NONE


def _certified(town: Town, _moment: Moment) -> str:
    ends_at: datetime | None = town.certificate_ends_at  # annotated in fleet
    return timezone.localtime(ends_at).strftime("%d.%m.%Y") if ends_at else NONE


_MOST, _FEWEST = gettext_lazy("meiste zuerst"), gettext_lazy("wenigste zuerst")
NAME = Column(
    "stadt", gettext_lazy("Stadt"), gettext_lazy("Name"), "sort_name", gettext_lazy("A bis Z"), gettext_lazy("Z bis A"),
    False, lambda town, _moment: town.name, is_number=False,
)  # fmt: skip
STATE = Column(
    "zustand", gettext_lazy("Zustand"), gettext_lazy("Zustand"), "sort_state", gettext_lazy("online zuerst"),
    gettext_lazy("beendet zuerst"), False, lambda town, _moment: str(town.get_state_display()), is_number=False,
)  # fmt: skip
# Those after name and state.
FIGURES = (
    Column(
        "version", gettext_lazy("Version"), gettext_lazy("Stand der Tabellen"), "level",
        gettext_lazy("älteste zuerst"), gettext_lazy("neueste zuerst"), False, _version, is_number=False,
    ),
    Column(
        "rathaus", gettext_lazy("Im Rathaus"), gettext_lazy("Letzte Anmeldung im Rathaus"), "summary__staff_seen_at",
        gettext_lazy("neueste zuerst"), gettext_lazy("älteste zuerst"), True, _seen, is_number=False,
    ),
    Column(
        "woche", gettext_lazy("7 Tage"), gettext_lazy("Anträge in 7 Tagen"), "summary__received_this_week",
        _MOST, _FEWEST, True, _number("received_this_week"),
    ),
    Column(
        "zahlungen", gettext_lazy("Zahlungen"), gettext_lazy("Fehlgeschlagene Zahlungen in 7 Tagen"),
        "summary__failed_payments", _MOST, _FEWEST, True, _failures("failed_payments"),
    ),
    Column(
        "mails", gettext_lazy("E-Mails"), gettext_lazy("E-Mails, die nicht ankamen"), "summary__failed_mails",
        _MOST, _FEWEST, True, _failures("failed_mails"),
    ),
    Column(
        "weitergaben", gettext_lazy("Weitergaben"), gettext_lazy("Gescheiterte Weitergaben an Fachverfahren"),
        "summary__failed_handovers", _MOST, _FEWEST, True, _failures("failed_handovers"),
    ),
    Column(
        "zertifikat", gettext_lazy("Zertifikat"), gettext_lazy("Erstes Zertifikat endet"), "certificate_ends_at",
        gettext_lazy("nächstes Ende zuerst"), gettext_lazy("spätestes Ende zuerst"), False, _certified, is_number=False,
    ),
    Column(
        "speicher", gettext_lazy("Speicher"), gettext_lazy("Speicher für Dateien"), "summary__stored_bytes",
        _MOST, _FEWEST, True, _stored,
    ),
)  # fmt: skip
COLUMNS = {column.key: column for column in (NAME, STATE, *FIGURES)}


def sort_choices() -> list[tuple[str, str]]:
    """All ways to sort, each column both ways."""
    return [
        (f"{sign}{column.key}", f"{column.about}: {words}")
        for column in COLUMNS.values()
        for sign, words in (("", column.first), ("-", column.last))
    ]


def _sorted(towns: Towns, sort: str) -> Towns:
    column = COLUMNS.get(sort.removeprefix("-"), NAME)
    order = column.order(turned=sort.startswith("-"))
    found: Towns = towns.annotate(sort_name=_german_name(), sort_state=_state_in_order())
    return found.order_by(order, "sort_name", "name")


# As DIN 5007-1 sorts: ä as a, ß as ss. PostgreSQL's own order of German is not there on every server.
_MARKED = "ÄÖÜäöüÁÀÂÉÈÊËÍÌÎÏÓÒÔÚÙÛÇÑáàâéèêëíìîïóòôúùûçñ"
_PLAIN = "aouaouaaaeeeeiiiiooouuucnaaaeeeeiiiiooouuucn"


def _german_name() -> Func:
    plain = Func(F("name"), Value(_MARKED), Value(_PLAIN), function="translate")
    return Func(Replace(plain, Value("ß"), Value("ss")), function="lower")


def _state_in_order() -> Case:
    order = (TownState.LIVE, TownState.TEST, TownState.LEAVING, TownState.SUSPENDED, TownState.LEFT)
    whens = [When(state=state, then=Value(place)) for place, state in enumerate(order)]
    return Case(*whens, output_field=IntegerField())


# --- Rows ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """What the list shows of a town."""

    town: Town
    signs: list[Sign]
    cells: list[tuple[Column, str]]  # of FIGURES


def rows_of(towns: Iterable[Town], moment: Moment) -> Iterator[Row]:
    """Of towns that come from `fleet`."""
    for town in towns:
        yield Row(town, signs_of(town, moment), [(column, column.text(town, moment)) for column in FIGURES])


def summary_of(town: Town) -> TownSummary | None:
    return getattr(town, "summary", None)


# --- As a table ----------------------------------------------------------------------------------------------


def table_of(towns: Iterable[Town], moment: Moment) -> str:
    """All of it for spreadsheets, a row for each town."""
    return german_table(
        [str(heading) for heading, _value in _CELLS],
        ([str(value(town, moment)) for _heading, value in _CELLS] for town in towns),
    )


def _plain(name: str) -> Callable[[Town, Moment], object]:
    """A number of the summary as it is; nothing if the town has told none."""
    return lambda town, _moment: getattr(summary_of(town), name, "")


def _moment_of(name: str) -> Callable[[Town, Moment], object]:
    return lambda town, _moment: moment_in_table(getattr(summary_of(town), name, None))


def _euros(town: Town, _moment: Moment) -> str:
    summary = summary_of(town)
    return f"{summary.paid_sum:.2f}".replace(".", ",") if summary else ""


_CELLS: tuple[tuple[str | Promise, Callable[[Town, Moment], object]], ...] = (
    (gettext_lazy("Stadt"), lambda town, _moment: town.full_name),
    (gettext_lazy("Kreis"), lambda town, _moment: town.municipality.county),
    (gettext_lazy("Schlüssel (ARS)"), lambda town, _moment: town.ars),
    (gettext_lazy("Kurzname"), lambda town, _moment: town.slug),
    (gettext_lazy("Zustand"), lambda town, _moment: town.get_state_display()),
    (gettext_lazy("Seit"), lambda town, _moment: moment_in_table(town.created_at)),
    (gettext_lazy("Stand der Tabellen"), _version),
    (gettext_lazy("Migriert zuerst"), lambda town, _moment: _("ja") if town.is_canary else _("nein")),
    (gettext_lazy("Letzte Anmeldung im Rathaus"), _moment_of("staff_seen_at")),
    (gettext_lazy("Leistungen online"), _plain("online")),
    (gettext_lazy("Anträge"), _plain("received")),
    (gettext_lazy("Anträge in 30 Tagen"), _plain("received_lately")),
    (gettext_lazy("Anträge in 7 Tagen"), _plain("received_this_week")),
    (gettext_lazy("Offene Vorgänge"), _plain("open_cases")),
    (gettext_lazy("Diesen Monat bezahlt"), _plain("paid")),
    (gettext_lazy("Diesen Monat bezahlt in Euro"), _euros),
    (gettext_lazy("Fehlgeschlagene Zahlungen in 7 Tagen"), _plain("failed_payments")),
    (gettext_lazy("Gescheiterte Aufträge"), _plain("failed_jobs")),
    (gettext_lazy("E-Mails, die nicht ankamen"), _plain("failed_mails")),
    (gettext_lazy("Speicher für Dateien in Byte"), _plain("stored_bytes")),
    (gettext_lazy("Erstes Zertifikat endet"), _certified),
    (gettext_lazy("Gezählt"), _moment_of("at")),
    (gettext_lazy("Auffälliges"), lambda town, moment: "; ".join(sign.text for sign in signs_of(town, moment))),
)
