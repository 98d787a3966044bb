"""What a page tells while somebody fills it in: what it costs so far, where the ways lead, all texts filled in."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from catalogue.content import Service
from catalogue.fees import Fee, FeeRule, MissingAmount, PayAt, compute
from catalogue.forms.definition import Estimate, Group, Page
from catalogue.forms.fields import Way
from catalogue.forms.texts import Reader
from submissions.builders import Maker
from submissions.journey import Journey
from submissions.page_form import PageForm
from templates.fields import Link
from townhall.shopfront import OfficeView, shopfront


@dataclass(frozen=True)
class ReadPage:
    """A page or group with its texts as they are read."""

    title: str
    short: str
    intro: str
    help: str
    document: str = ""  # what a PDF to take along is called


@dataclass(frozen=True)
class WayOn:
    """Where somebody can go from a page that ends the form."""

    service: Service | None = None
    office: OfficeView | None = None
    link: Link | None = None
    text: str = ""


@dataclass(frozen=True)
class Told:
    """Money, as far as the answers settle it."""

    fee: Fee | None
    is_paid_later: bool  # so that somebody may still set it differently
    estimates: tuple[tuple[Estimate, Fee], ...]


def read(step: Page | Group, answers: dict[str, Any], journey: Journey) -> ReadPage:
    """The texts of a page or group."""
    fill = Reader(answers, journey.context).fill
    document = fill(step.document.title) if isinstance(step, Page) and step.document else ""
    return ReadPage(fill(step.title), fill(step.short), fill(step.intro), fill(step.help), document)


def ways_on(page: Page, journey: Journey, service: Service) -> list[WayOn]:
    """Where somebody can go from here."""
    maker = Maker(journey.answers, journey.context)
    ways = [*(Way(service=key) for key in page.related), *page.ways]
    return [_way_on(way, maker, service) for way in ways if not way.town or journey.context.setting(way.town)]


def _way_on(way: Way, maker: Maker, service: Service) -> WayOn:
    front, text = shopfront(), maker.fill(way.text)
    if way.service:
        return WayOn(service=front.catalogue.services.get(way.service), text=text)
    if way.office:
        return WayOn(office=front.office_for(service), text=text)
    [link] = maker.links((way,))
    return WayOn(link=link, text=text)


def told_on(step: Page | Group, journey: Journey) -> Told:
    """What a page tells about money: all that its own answers have a say in."""
    definition = journey.definition
    has_say = [rule for rule in definition.rules if _decides(step, rule)]
    fee = _computed(definition.fee, journey) if definition.fee in has_say else None
    estimates = ((one, _computed(one.rule, journey)) for one in definition.estimates if one.rule in has_say)
    is_paid_later = bool(fee) and journey.pay_at == PayAt.DECISION
    return Told(fee, is_paid_later, tuple((one, found) for one, found in estimates if found))


def all_estimates(journey: Journey) -> list[tuple[Estimate, Fee]]:
    """All that is told for information; nothing where the town has entered no amounts."""
    found = ((one, _computed(one.rule, journey)) for one in journey.definition.estimates)
    return [(one, fee) for one, fee in found if fee]


def _decides(step: Page | Group, rule: FeeRule) -> bool:
    named = {name.rpartition("/")[2] for name in rule.named_fields()}
    own = {step.key} if isinstance(step, Group) else {one.id for one in step.fields}
    return bool(own & named)


def _computed(rule: FeeRule | None, journey: Journey) -> Fee | None:
    """What it comes to at the town's prices as pages show them; None for nothing or nothing known."""
    try:
        fee = compute(rule, journey.relevant_answers(), journey.context.prices, journey.context)
    except MissingAmount:
        return None
    return fee if fee.lines else None


def page_told(form: PageForm) -> Told:
    """The same for a page with what stands in its form right now."""
    own = {one.id: form.answers_shown.get(one.id) for one in form.asked if one.asks}
    return told_on(form.place.page, form.journey.with_values(form.place, own))


def is_live(form: PageForm) -> bool:
    """Whether an answer on the page changes something else on it."""
    return form.is_live or any(_decides(form.place.page, rule) for rule in form.journey.definition.rules)


def live_answer(request: HttpRequest, form: PageForm) -> HttpResponse:
    """What a script needs to show the page as it would be with these answers. Nothing is kept."""
    summary = render_to_string("submissions/_told.html", {"told": page_told(form)}, request)
    return JsonResponse({"called_for": form.called_for, "told": form.told, "summary": summary})


def without_errors(form: PageForm) -> PageForm:
    """The page with what was typed, but nothing complained about yet."""
    form.is_valid()
    form.errors.clear()
    return form
