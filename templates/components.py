"""Components: the parts that pages are put together from, as template tags and filters.

Loaded in every template (settings: TEMPLATES, "builtins"). Their HTML lies in `templates/components/`, their
looks in `static/css/`, and the styleguide page shows each of them. What a person reads comes in translated:
`{% button _("Weiter") %}`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, Protocol

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from templates import charts
from templates.charts import Column
from templates.icons import ICONS

register = template.Library()

NO_BREAK_SPACE = "\u00a0"
FEWEST_TOLD = 5  # people; fewer could be known to somebody

Tone = Literal["", "info", "success", "warning", "danger"]
Progress = Literal["done", "now", "next"]


@dataclass(frozen=True)
class Answer:
    """A question and what was answered; `source` says where a verified answer comes from."""

    label: str
    value: str
    source: str = ""


class Charge(Protocol):
    """One line of a fee, in EUR: so many times the amount of one. `low` and `high`: somebody decides in between."""

    @property
    def label(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_amount(self) -> Decimal: ...
    @property
    def low(self) -> Decimal | None: ...
    @property
    def high(self) -> Decimal | None: ...


class Charges(Protocol):
    """A whole fee, in EUR: its lines, and the least and most that it comes to."""

    @property
    def lines(self) -> Sequence[Charge]: ...
    @property
    def span(self) -> tuple[Decimal, Decimal]: ...


@dataclass(frozen=True)
class Event:
    """What happened to a case, is happening, or comes next."""

    title: str
    state: Progress
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Step:
    """A page of a form in the list of all pages; `url` leads back to one that is done."""

    title: str
    state: Progress
    url: str = ""


@dataclass(frozen=True)
class NavigationItem:
    """A line of the side navigation of staff; `count` says how much waits there."""

    title: str
    url: str
    icon: str
    count: int | None = None
    is_current: bool = False


class Stretch(Protocol):
    """Open without a break."""

    @property
    def opens(self) -> time: ...

    @property
    def closes(self) -> time: ...


# --- Small parts -----------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """A decorative icon: `{% icon "pets" %}`. Raises ValueError for one that the sprite does not hold."""
    if name not in ICONS:
        raise ValueError(f"no such icon: {name!r}; templates/icons.py lists them")
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {css_class}" if css_class else "",
        static("vendor/material-symbols/icons.svg"),
        name,
    )


@register.inclusion_tag("components/button.html")
def button(
    label: str,
    style: Literal["primary", "secondary", "tertiary"] = "primary",
    *,
    icon: str = "",
    icon_after: str = "",
    name: str = "",
    value: str = "",
    about: str = "",
    block: bool = False,
) -> dict[str, Any]:
    """A button that sends the form it stands in.

    `about` is read aloud only and tells several equal buttons apart ("Entfernen: Ausweis.pdf").
    """
    return {
        "label": label,
        "style": style,
        "icon": icon,
        "icon_after": icon_after,
        "name": name,
        "value": value,
        "about": about,
        "block": block,
    }


@register.inclusion_tag("components/button.html")
def link_button(
    label: str,
    url: str,
    style: Literal["primary", "secondary", "tertiary"] = "primary",
    *,
    icon: str = "",
    icon_after: str = "",
    about: str = "",
    block: bool = False,
) -> dict[str, Any]:
    """A link that looks like a button: it leads on and changes nothing."""
    return {
        "label": label,
        "url": url,
        "style": style,
        "icon": icon,
        "icon_after": icon_after,
        "about": about,
        "block": block,
    }


@register.simple_block_tag
def notice(content: str, kind: Literal["info", "success", "warning", "error"] = "info", title: str = "") -> SafeString:
    """A framed message: `{% notice kind="error" %}One sentence.{% endnotice %}`.

    With a `title` the content stands below it and may be any HTML. Errors and successes are read aloud when
    they appear.
    """
    tone = "danger" if kind == "error" else kind  # KERN's word
    return _render("components/notice.html", content=content, kind=kind, tone=tone, title=title)


@register.simple_block_tag
def note(content: str) -> SafeString:
    """A remark in passing: `{% note %}…{% endnote %}`."""
    return _render("components/note.html", content=content)


@register.inclusion_tag("components/badge.html")
def badge(label: str, tone: Tone = "") -> dict[str, Any]:
    """The state of one thing, large, with an icon: for the head of a page."""
    return {"label": label, "tone": tone}


@register.inclusion_tag("components/pill.html")
def pill(label: str, tone: Tone = "") -> dict[str, Any]:
    """The state of one thing among many: for tables and lists."""
    return {"label": label, "tone": tone}


@register.simple_block_tag
def empty_state(content: str, title: str, icon: str = "inbox") -> SafeString:
    """Nothing here: why, and what to do. `{% empty_state _("…") %}<p>…</p>{% endempty_state %}`."""
    return _render("components/empty_state.html", content=content, title=title, icon=icon)


# --- Ways to go ------------------------------------------------------------------------------------------


@register.inclusion_tag("components/tile.html")
def tile(title: str, url: str, icon: str, description: str = "") -> dict[str, Any]:
    """A life situation. Goes into `<ul class="tiles">`, one per `<li>`."""
    return {"title": title, "url": url, "icon": icon, "description": description}


@register.inclusion_tag("components/row.html")
def row(
    title: str, url: str, facts: Sequence[str] = (), text: str = "", badge: str = "", tone: Tone = ""
) -> dict[str, Any]:
    """A service or a case in a list, with what matters most as a badge. One per `<li>` of `<ul class="rows">`."""
    return {"title": title, "url": url, "facts": facts, "text": text, "badge": badge, "tone": tone}


@register.inclusion_tag("components/letters.html")
def letters(present: Iterable[str], url: str, chosen: str = "") -> dict[str, Any]:
    """A to Z; a letter in `present` leads to `url?buchstabe=letter`, the `chosen` one is marked."""
    present = frozenset(present)
    return {
        "letters": [(letter, letter in present) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
        "url": url,
        "chosen": chosen,
    }


@register.inclusion_tag("components/breadcrumb.html")
def breadcrumb(*trail: str) -> dict[str, Any]:
    """Where this page lies, from the town's home page: titles and addresses in turn, last the title of this page.

    `{% breadcrumb _("Leistungen A–Z") services_url service.title %}`
    """
    return desk_breadcrumb(_("Startseite"), reverse("townhall:home"), *trail)


@register.inclusion_tag("components/breadcrumb.html")
def desk_breadcrumb(*trail: str) -> dict[str, Any]:
    """The same for staff, whose rooms lie side by side: from the room that the page belongs to."""
    *links, here = trail
    return {"links": list(zip(links[::2], links[1::2], strict=True)), "here": here}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: "Page[Any]") -> dict[str, Any]:
    """Previous and next page of a list, keeping all filters of the address. Needs `request`."""
    return {"request": context["request"], "page": page}


@register.inclusion_tag("components/side_navigation.html")
def side_navigation(items: Iterable[NavigationItem]) -> dict[str, Any]:
    """The rooms of staff, beside the page."""
    return {"items": items}


# --- Forms -----------------------------------------------------------------------------------------------


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """All errors of a form above it, each with a link to its field. Shows nothing without errors."""
    links = [(error, getattr(field, "first_id", field.id_for_label)) for field in form for error in field.errors]
    return {"general": form.non_field_errors(), "links": links}


@register.inclusion_tag("components/progress.html")
def progress(step: int, total: int, name: str) -> dict[str, Any]:
    """How far one is in a form: page `step` (from 1) of `total`."""
    return {"step": step, "total": total, "name": name}


@register.inclusion_tag("components/step_list.html")
def step_list(steps: Iterable[Step]) -> dict[str, Any]:
    """All pages of a form, on screens with room for them."""
    return {"steps": steps}


@register.inclusion_tag("components/description_list.html")
def description_list(answers: Iterable[Answer]) -> dict[str, Any]:
    """Questions and answers below each other."""
    return {"answers": answers}


@register.inclusion_tag("components/review.html")
def review(title: str, answers: Iterable[Answer], change_url: str = "") -> dict[str, Any]:
    """The answers of one page, with the way back to change them."""
    return {"title": title, "answers": answers, "change_url": change_url}


@register.inclusion_tag("components/fee_table.html")
def fee_table(fee: Charges, basis: str = "", title: str = "", note: str = "") -> dict[str, Any]:
    """What a case costs, line by line (EUR), and on what ground."""
    return {"fee": fee, "basis": basis, "title": title or _("Gebühr"), "note": note}


# --- Cases and services ----------------------------------------------------------------------------------


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[Event]) -> dict[str, Any]:
    """How a case went so far and what comes next."""
    return {"events": events}


@register.simple_block_tag
def trust_level(content: str, level: int) -> SafeString:
    """How sure the town must be of who somebody is (1 to 3), and below it what that means for her."""
    return _render("components/trust_level.html", content=content, level=level)


# --- Figures ---------------------------------------------------------------------------------------------


@register.inclusion_tag("components/column_chart.html")
def column_chart(name: str, title: str, description: str, columns: Sequence[Column], heading: str) -> dict[str, Any]:
    """Numbers over time as columns, with the same numbers as a table. `heading` is that of the table's first column.

    `name` tells several charts of a page apart (letters only).
    """
    return {
        "name": name,
        "title": title,
        "description": description,
        "heading": heading,
        "columns": columns,
        "chart": charts.column_chart(columns),
    }


@register.inclusion_tag("components/bar.html")
def bar(value: int | None, largest: int | None) -> dict[str, Any]:
    """A number of a table as a bar beside it: decoration, the number says the same. Nothing for one not shown."""
    return {"width": f"{100 * value / largest:.1f}%" if value and largest else ""}


def _render(name: str, **context: Any) -> SafeString:
    """A component with content between its tags. The content was rendered, and so escaped, before."""
    return mark_safe(get_template(name).render(context))  # noqa: S308 -- the template escapes what it shows


# --- Filters ---------------------------------------------------------------------------------------------


@register.filter
def euro(amount: Decimal) -> str:
    """`Decimal("1230.7")` as "1.230,70 €". Raises TypeError for anything but a Decimal: never guess money."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"not an amount of money: {amount!r}")
    return f"{number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)}{NO_BREAK_SPACE}€"


@register.filter
def price(line: Charge) -> str:
    """What a line of a fee costs: "5,00 €", or from what to what."""
    if line.low is None or line.high is None:
        return euro(line.amount)
    return euro_span((line.low, line.high))


@register.filter
def euro_span(span: tuple[Decimal, Decimal]) -> str:
    """From what to what: "25,00 € bis 200,00 €"; of equal amounts one."""
    low, high = span
    return euro(low) if low == high else _("%(low)s bis %(high)s") % {"low": euro(low), "high": euro(high)}


@register.filter
def german_date(day: date | str | None) -> str:
    """A day as "28. September 2026"; "2026-09" as "September 2026", "2026" as itself, nothing as ""."""
    if not day:
        return ""
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    if isinstance(day, date):
        day = day.isoformat()
    year, *rest = day.split("-")
    match [int(part) for part in rest]:
        case [month, number]:
            return f"{number}.{NO_BREAK_SPACE}{MONTHS[month]} {year}"
        case [month]:
            return f"{MONTHS[month]} {year}"
        case _:
            return year


@register.filter
def german_datetime(moment: datetime | None) -> str:
    """A moment, in local time, as "28. September 2026, 9:12 Uhr"; nothing as ""."""
    if moment is None:
        return ""
    return f"{german_date(moment)}, {clock(timezone.localtime(moment).time())}{NO_BREAK_SPACE}{_('Uhr')}"


@register.filter
def clock(moment: time) -> str:
    """A time of day as people say it: "8", "8:30"."""
    return f"{moment.hour}:{moment.minute:02d}" if moment.minute else str(moment.hour)


@register.filter
def local_clock(moment: datetime) -> str:
    """The time of day of a moment, with minutes: "8:05"."""
    return timezone.localtime(moment).strftime("%H:%M").removeprefix("0")


@register.filter
def weekday(moment: datetime | date) -> str:
    """The weekday of a moment or day: "Montag"."""
    day = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return str(WEEKDAYS[day.weekday()])


@register.filter
def opening_hours(stretches: Iterable[Stretch]) -> str:
    """The hours of a day as "8–12 und 14–18 Uhr"; none as "geschlossen"."""
    spans = [f"{clock(stretch.opens)}–{clock(stretch.closes)}" for stretch in stretches]
    if not spans:
        return _("geschlossen")
    return f"{_(' und ').join(spans)}{NO_BREAK_SPACE}{_('Uhr')}"


@register.filter
def phone_address(number: str) -> str:
    """A German phone number as a link: "05232 601-0" as "tel:+4952326010", "115" as "tel:115"."""
    digits = re.sub(r"[^\d+]", "", number.replace("(0)", ""))
    return "tel:" + re.sub(r"^0(?=[1-9])", "+49", re.sub(r"^00", "+", digits))


@register.filter
def coarse_count(number: int) -> str:
    """How many people did something, without telling of the few: 3 as "<5", 12 as "12"."""
    return str(number) if number >= FEWEST_TOLD else f"<{FEWEST_TOLD}"
