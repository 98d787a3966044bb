"""A form on paper, to fill in by hand: made from the definition that the online form is made from.

What a document takes is long to make, so it is kept for each version of the town's pages, and one is made at a time.
"""

import hashlib
import threading
from datetime import date
from typing import Any

from django.core.cache import cache
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from accounts.trust import TrustLevel
from catalogue.content import Online, Responsible, Service
from catalogue.fees import PayAt
from catalogue.forms.conditions_in_words import when
from catalogue.forms.context import Context
from catalogue.forms.current import form_definition
from catalogue.forms.definition import Field, FormDefinition, Group, Kind, Page
from catalogue.forms.fields import CHOOSING, TICKED, Precision
from catalogue.forms.texts import Reader
from templates.components import euro
from townhall.pdf import render_pdf
from townhall.presentation import costs_of
from townhall.printing import qr_code
from townhall.shopfront import OfficeView, Shopfront
from townhall.surroundings import surroundings_in

LONG_LIST = 15  # entries; of more one writes down which
ENTRIES = 2  # how often a group stands there, if it may have so many and need not have more
KEPT_FOR = 24 * 60 * 60  # seconds

_one_at_a_time = threading.Lock()


def has_paper_form(front: Shopfront, service: Service) -> bool:
    """Whether there is something to print: the town does it, and it has a form."""
    return (
        service.key in front.services
        and service.key in front.forms
        and service.online == Online.FULL
        and front.responsible(service) == Responsible.TOWN
        and not front.town.is_leaving
    )


def paper_form(front: Shopfront, service: Service, today: date) -> bytes:
    """The form as PDF; the town must have one to print (`has_paper_form`)."""
    key = "paper:" + hashlib.sha256(f"{front.town.pk} {front.version} {today} {service.key}".encode()).hexdigest()
    kept: bytes | None = cache.get(key)
    if kept is None:
        with _one_at_a_time:
            kept = cache.get(key)
            if kept is None:
                kept = render_pdf("paper_form", **paper_of(front, service, form_definition(service.key), today))
                cache.set(key, kept, KEPT_FOR)
    return kept


def paper_of(front: Shopfront, service: Service, definition: FormDefinition, today: date) -> dict[str, Any]:
    """All that stands on the paper, in plain values."""
    context = definition.context(surroundings_in(front, today=today, trust=TrustLevel.NONE))
    address = f"{front.town.url}/leistungen/{service.key}/"
    code, modules = qr_code(address)
    return {
        "title": definition.title,
        "version": _("Formular %(key)s, Fassung %(version)s") % {"key": definition.key, "version": definition.version},
        "steps": [one for step in definition.steps for one in _steps(step, context)],
        "documents": [{"name": one.name, "note": one.note or ""} for one in service.documents],
        "costs": _costs(front, service, definition, today),
        "next_steps": [Reader({}, context).fill(one) for one in definition.next_steps],
        "office": _office(front, front.office_for(service)),
        "online": address.split("://", 1)[1],
        "qr": code,
        "modules": modules,
        "qr_alt": _("QR-Code: %(address)s") % {"address": address},
    }


def _steps(step: Page | Group, context: Context) -> list[dict[str, Any]]:
    """A page as a part of the paper; a group as many times as there is room for."""
    case = when(step.condition, context)
    if case is False:
        return []
    if isinstance(step, Page):
        return [_page(step, context, _only(case))]
    fewest, most = (int(limit.value({}, context)) for limit in (step.min, step.max))
    times = min(max(fewest, ENTRIES), most)
    more = _("Weitere bitte auf einem Zusatzblatt.") if most > times else ""
    fill = Reader({}, context).fill
    head = {
        "title": fill(step.title),
        "intro": " ".join(filter(None, [fill(step.intro), more])),
        "help": fill(step.help),
        "case": _only(case),
        "is_stop": False,
        "level": 1,
        "fields": [],
    }
    entries = []
    for number in range(1, times + 1):
        for page in step.pages:
            inner = when(page.condition, context)
            if inner is not False:
                told = _page(page, context, _only(inner))
                entries.append(told | {"title": f"{step.item} {number}: {told['title']}", "level": 2})
    return [head, *entries]


def _page(page: Page, context: Context, case: str) -> dict[str, Any]:
    reader = Reader({}, context)
    fill = reader.fill
    return {
        "title": fill(page.title),
        "intro": "" if reader.depends_on_answers(page.intro) else fill(page.intro),
        "help": fill(page.help),
        "case": case,
        "is_stop": page.stop,
        "level": 1,
        "fields": [told for field in page.fields if (told := _field(field, context))],
    }


def _field(field: Field, context: Context) -> dict[str, Any] | None:
    case = when(field.condition, context)
    reader = Reader({}, context)
    if case is False or (field.kind == Kind.INFO and reader.depends_on_answers(field.text)):
        return None
    entries = [one for one in context.choices.get(field.id, ()) if when(one.condition, context) is not False]
    is_long = len(entries) > LONG_LIST
    hints = [reader.fill(field.hint)]
    if is_long:
        hints.append(_("Bitte schreiben Sie auf, was zutrifft."))
    elif field.kind == Kind.MULTI:
        hints.append(_("Sie können mehreres ankreuzen."))
    elif field.kind == Kind.COUNTS:
        hints.append(_("Bitte schreiben Sie die Anzahl davor."))
    elif field.kind == Kind.FILE:
        hints.append(_("Bitte legen Sie eine Kopie bei und kreuzen Sie an."))
    return {
        "label": reader.fill(field.label),
        "is_optional": not field.required and field.kind not in (Kind.INFO, Kind.CHECKBOX),
        "hint": " ".join(_sentence(hint) for hint in hints if hint),
        "case": _only(case, info=field.kind == Kind.INFO),
        "text": reader.fill(field.text, field.computed),
        "shape": _shape(field, is_long=is_long),
        "choices": [] if is_long else [{"label": one.label, "hint": one.hint} for one in entries],
        "unit": field.unit or ("€" if field.kind == Kind.MONEY else ""),
        "lines": min(field.most, 4) if field.takes_several_lines else 1,
    }


def _sentence(hint: str) -> str:
    """A hint may stand without a full stop, unless another one follows."""
    return hint if hint.endswith((".", "!", "?", ":")) else f"{hint}."


def _shape(field: Field, *, is_long: bool) -> str:
    """How the place to answer looks."""
    if field.kind in CHOOSING and not is_long:
        return "counts" if field.kind == Kind.COUNTS else "choices"
    if field.kind in TICKED or field.kind == Kind.FILE:
        return "tick"
    match field.kind:
        case Kind.INFO:
            return "info"
        case Kind.TEXTAREA:
            return "area"
        case Kind.DATE:
            return "date" if field.precision == Precision.DAY else "short"
        case Kind.TIME | Kind.INT | Kind.DECIMAL | Kind.MONEY | Kind.PLATE:
            return "short"
        case _:
            return "line"


def _only(case: str | bool, *, info: bool = False) -> str:
    words = _("Gilt nur, %(case)s.") if info else _("Nur ausfüllen, %(case)s.")
    return words % {"case": case} if isinstance(case, str) else ""


def _costs(front: Shopfront, service: Service, definition: FormDefinition, today: date) -> dict[str, Any]:
    costs = costs_of(front, service, today)
    lines = [(cost.label, euro(cost.amount)) for cost in costs.lines if cost.amount is not None]
    pay = definition.fee.pay if definition.fee else PayAt.NEVER
    if pay == PayAt.NEVER:
        how = "" if lines else _("Mit diesem Antrag ist nichts zu bezahlen.")
    elif pay == PayAt.SUBMISSION:
        how = _("Bezahlen Sie, wenn Sie den Antrag abgeben. Schicken Sie ihn mit der Post, bekommen Sie eine Rechnung.")
    else:
        how = _("Sie bekommen eine Rechnung, wenn über Ihren Antrag entschieden ist.")
    return {"lines": lines, "note": costs.note, "how": how}


def _office(front: Shopfront, office: OfficeView | None) -> dict[str, Any]:
    """Where to bring or send it."""
    profile = front.profile
    place = office or profile
    week = office.week.days if office else ()
    return {
        "name": office.name if office else front.town.full_name,
        "street": place.street or profile.street,
        "city": f"{place.postal_code} {place.city}".strip() or f"{profile.postal_code} {profile.city}",
        "room": office.room if office else "",
        "phone": place.phone or profile.phone,
        "hours": [
            (
                str(WEEKDAYS[day]),
                _(" und ").join(f"{one.opens:%H:%M} bis {one.closes:%H:%M} Uhr" for one in stretches),
            )
            for day, stretches in enumerate(week)
            if stretches
        ],
    }
