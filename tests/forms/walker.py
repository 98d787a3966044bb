"""Walks through any form: the shortest way, the longest, and one for each branch of each condition.

`Rehearsal` walks in memory, through the same page forms as the server; `walk_through_pages` walks over HTTP. Both ask
a `Plan` for the answers. tests/forms/test_every_form.py walks all forms of the library, also new ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.http import QueryDict
from django.urls import resolve
from django.utils.datastructures import MultiValueDict

from catalogue.forms.conditions import Condition, parse_condition
from catalogue.forms.context import Context
from catalogue.forms.definition import FormDefinition, Group, Page
from catalogue.forms.fields import NUMBERS, Field, Kind
from catalogue.forms.formulas import is_empty
from catalogue.forms.reachability import Solver, TooManyWays, Wish, Wishes
from catalogue.forms.walking import walk
from submissions.journey import ENTRY_ID, Journey, Place
from submissions.page_form import Applicant, PageForm
from submissions.typed import as_sent
from tests.files import pdf
from tests.forms.inventing import NO_WISH, Asked, answer, candidates
from tests.people import TownClient

SIGNED_IN = Applicant(is_signed_in=True)


@dataclass(frozen=True)
class Plan:
    """How to answer: as little or as much as possible, and what some answers must be."""

    everything: bool = False
    wishes: Wishes = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)  # entries of groups
    otherwise: frozenset[str] = (
        frozenset()
    )  # fields that are answered with as much (or as little) as possible all the same

    def wish(self, place: Place, field_id: str) -> Wish:
        name = f"{place.group.key}/{field_id}" if place.group else field_id
        return self.wishes.get(name, NO_WISH)

    def wants_much_of(self, one: Field) -> bool:
        return self.everything is not (one.id in self.otherwise)

    def entries(self, group: Group, journey: Journey) -> int:
        """How many entries of a group there are to be."""
        least, most = journey.least(group), journey.most(group)
        if group.key in self.counts:
            return min(max(self.counts[group.key], least), most)
        wish = self.wishes.get(group.key, NO_WISH)
        inside = any(name.startswith(f"{group.key}/") for name in self.wishes)
        counted = [number for number in range(least, most + 1) if _counts(wish, number)]
        wanted = counted or list(range(least, most + 1))
        if wish.filled or (inside and wish.filled is None):
            wanted = [number for number in wanted if number] or wanted
        return wanted[-1] if self.everything else wanted[0]


def _counts(wish: Wish, number: int) -> bool:
    """Whether so many entries pass what is asked of their number."""
    entries: list[dict[str, Any]] = [{} for _one in range(number)]
    if wish.filled is not None and bool(entries) is not wish.filled:
        return False
    names = {test.field for _holds, test in wish.tests}
    answers = dict.fromkeys(names, entries)
    return all(test.holds(answers, Context(date(2026, 11, 16))) is holds for holds, test in wish.tests)


@dataclass
class Walk:
    """How a walk went: where it led and what was answered."""

    visited: list[str] = field(default_factory=list)  # keys of pages and groups
    asked: set[str] = field(default_factory=set)  # ids of fields
    ended: str = ""  # "review", or the key of the page that ended it
    journey: Journey | None = None

    @property
    def answers(self) -> dict[str, Any]:
        assert self.journey is not None
        return self.journey.relevant_answers()


# --- Answering one page -----------------------------------------------------------------------------------


def answers_for(page_form: PageForm, plan: Plan) -> dict[str, Any]:
    """Answers to all that a page asks, so that none of its checks complains. Files are left out.

    Raises AssertionError if the plan cannot be carried out.
    """
    place, context = page_form.place, page_form.context
    solver = Solver(page_form.journey.definition)
    extra: dict[str, Wish] = {}
    for _attempt in range(2 * len(place.page.checks) + 1):
        values = _values(page_form, plan, extra)
        answers = {**page_form.scope, **values}
        broken = next((one for one in place.page.checks if one.condition.holds(answers, context)), None)
        if broken is None:
            return values
        found = _way_out(solver, broken.condition, page_form, plan, extra)
        named = {name.rpartition("/")[2] for name in broken.condition.named_fields()}
        if not found and named <= plan.otherwise:
            raise AssertionError(f"a check of {place.key} cannot be passed")
        extra |= found
        plan = plan if found else replace(plan, otherwise=plan.otherwise | named)
    raise AssertionError(f"no answers to {place.key} pass its checks")


def _values(page_form: PageForm, plan: Plan, extra: Mapping[str, Wish]) -> dict[str, Any]:
    answers = dict(page_form.scope)
    values: dict[str, Any] = {}
    for one in page_form.asked:
        if not one.asks or one.kind == Kind.FILE or not _is_called_for(one, answers, page_form.context):
            continue
        if page_form.fields[one.id].disabled:
            values[one.id] = page_form.initial[one.id]
        else:
            values[one.id] = _answer(page_form, one, answers, plan, extra)
        answers[one.id] = values[one.id]
    return values


def _answer(page_form: PageForm, one: Field, answers: dict[str, Any], plan: Plan, extra: Mapping[str, Wish]) -> Any:
    wish: Wish | None = plan.wish(page_form.place, one.id)
    if one.id in extra:
        wish = extra[one.id].and_also(wish or NO_WISH)
    assert wish is not None, f"{one.id}: what the branch wants is what a check forbids"
    asked = Asked(one, answers, page_form.context)
    if one.kind == Kind.SLOT:
        return _first_free(page_form.fields[one.id])
    if one.id.endswith("_later") and wish == NO_WISH:
        return not plan.everything
    if one.kind in (Kind.RADIO, Kind.SELECT) and wish.among is None and len(asked.offered) <= 12:
        return _best_choice(page_form, asked, wish, plan)
    if one.kind in NUMBERS and one.required:
        return _number_that_leads_on(page_form, asked, wish, plan)
    return answer(asked, wish, everything=plan.wants_much_of(one))


def _first_free(field: Any) -> str:
    """The first time that a page offers."""
    found: str = next(value for _day, times in field.choices for value, _label in times)
    return found


def _best_choice(page_form: PageForm, asked: Asked, wish: Wish, plan: Plan) -> Any:
    """Of some choices the one that calls for least (or most), and for no page that ends the form."""
    if (
        not asked.field.required
        and not plan.wants_much_of(asked.field)
        and asked.fulfils(None, wish)
        and not wish.wants_answer
    ):
        return None
    journey = page_form.journey

    def asks(value: str) -> tuple[bool, int]:
        answers = {**asked.answers, asked.field.id: value}
        tried = journey.with_values(page_form.place, answers)
        ends = _ends(page_form, answers)
        scope = tried.scope(page_form.place)
        called = sum(_is_called_for(one, scope, tried.context) for one in tried.definition.all_fields())
        return ends, -called if plan.everything else called

    values = [one.value for one in asked.offered if asked.fulfils(one.value, wish)]
    assert values, f"no choice of {asked.field.id} fulfils {wish}"
    return min(values, key=asks)


def _number_that_leads_on(page_form: PageForm, asked: Asked, wish: Wish, plan: Plan) -> Any:
    """The likeliest right number, if there is one that does not end the form."""
    numbers = [
        one for one in candidates(asked, wish, everything=plan.wants_much_of(asked.field)) if asked.fulfils(one, wish)
    ]
    assert numbers, f"no number for {asked.field.id} fulfils {wish}"
    return next((one for one in numbers if not _ends(page_form, {**asked.answers, asked.field.id: one})), numbers[0])


def _ends(page_form: PageForm, answers: dict[str, Any]) -> bool:
    """Whether these answers lead to a page that ends the form."""
    steps = page_form.journey.with_values(page_form.place, answers).steps
    return any(isinstance(step, Page) and step.stop for step in steps)


def _way_out(
    solver: Solver, condition: Condition, page_form: PageForm, plan: Plan, extra: Mapping[str, Wish]
) -> dict[str, Wish]:
    """Wishes for this page's fields under which a check does not complain; none if they cannot be told."""
    own = {one.id for one in page_form.asked}
    for wishes in solver.ways_to((condition, False)):
        mine = {name.rpartition("/")[2]: wish for name, wish in wishes.items() if name.rpartition("/")[2] in own}
        new = {name: _besides(extra.get(name), wish) for name, wish in mine.items() if extra.get(name) != wish}
        merged = {name: wish.and_also(plan.wish(page_form.place, name)) for name, wish in new.items()}
        if new and None not in merged.values():
            try:
                values = _values(page_form, plan, {**extra, **new})
            except AssertionError:
                continue
            if not condition.holds({**page_form.scope, **values}, page_form.context):
                return new
    return {}


def _besides(before: Wish | None, wish: Wish) -> Wish:
    """What another check wants too, where both can be had."""
    return (before and before.and_also(wish)) or wish


def _is_called_for(one: Field, answers: Mapping[str, Any], context: Context) -> bool:
    return one.condition is None or one.condition.holds(answers, context)


def sent(page_form: PageForm, values: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as a browser sends them."""
    data: dict[str, Any] = {}
    for name, value in values.items():
        data |= as_sent(page_form[name], value)
    return data


def files_for(page_form: PageForm, values: Mapping[str, Any]) -> dict[str, Any]:
    """A file for each question that wants one and is not told that it comes later."""
    answers = {**page_form.scope, **values}
    return {
        one.id: pdf(f"{one.id}.pdf")
        for one in page_form.asked
        if one.kind == Kind.FILE
        and _is_called_for(one, answers, page_form.context)
        and not page_form.initial.get(one.id)
        and not values.get(f"{one.id}_later")
    }


# --- In memory --------------------------------------------------------------------------------------------


class Rehearsal:
    """Walks through a form in memory, through the forms of its pages."""

    def __init__(self, definition: FormDefinition, context: Context, *, applicant: Applicant = SIGNED_IN) -> None:
        self.definition = definition
        self.context = context
        self.applicant = applicant

    def walk(self, plan: Plan) -> Walk:
        """From the first page to the review or a page that ends the form. Raises AssertionError."""
        going = Walk(journey=Journey(self.definition, {}, frozenset(), self.context))
        position = 0
        while True:
            assert going.journey is not None
            steps = going.journey.steps
            if position == len(steps):
                going.ended = "review"
                return going
            step = steps[position]
            going.visited.append(step.key)
            if isinstance(step, Group):
                self._group(going, step, plan)
            elif step.stop:
                going.ended = step.key
                return going
            else:
                self._page(going, Place(step), plan)
            position += 1

    def _group(self, going: Walk, group: Group, plan: Plan) -> None:
        assert going.journey is not None
        for number in range(1, plan.entries(group, going.journey) + 1):
            place: Place | None = going.journey.place(group, number, group.pages[0].key)
            while place is not None:
                entry_id = self._page(going, place, plan)
                here = replace(place, entry_id=entry_id)
                place = going.journey.next_in_entry(here)

    def _page(self, going: Walk, place: Place, plan: Plan) -> str:
        journey = going.journey
        assert journey is not None
        page_form = PageForm(place, journey, applicant=self.applicant)
        values = answers_for(page_form, plan)
        data, files = QueryDict(mutable=True), files_for(page_form, values)
        for name, value in sent(page_form, values).items():
            data.setlist(name, value if isinstance(value, list) else [value])
        uploads = MultiValueDict({name: [file] for name, file in files.items()})
        bound = PageForm(place, journey, applicant=self.applicant, data=data, files=uploads)
        assert bound.is_valid(), f"{place.key}: {bound.errors.as_json()} for {values}"
        assert _said(bound.values) == _said(values)
        if place.group:
            going.visited.append(f"{place.group.key}/{place.page.key}")
        going.asked |= {one.id for one in place.page.visible_fields(bound.answers, self.context)}
        going.journey = journey.with_values(
            place, {**bound.values, **({ENTRY_ID: place.entry_id} if place.group else {})}
        )
        return place.entry_id


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered, without what was left open."""
    return {name: value for name, value in values.items() if not is_empty(value)}


# --- Branches ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Branch:
    """One outcome of one condition, or one page, and plans of which one leads there."""

    name: str
    plans: tuple[Plan, ...]
    condition: Condition | None = None  # None: it is enough to come to the page
    holds: bool = True
    page: str = ""

    def is_taken(self, walked: Walk) -> bool:
        """Whether a walk has come along here."""
        if self.condition is None:
            return self.page in walked.visited
        assert walked.journey is not None
        answers, context = walked.answers, walked.journey.context
        entries = [entry for value in answers.values() if isinstance(value, list) for entry in value]
        named = {name.rpartition("/")[2] for name in self.condition.named_fields()}
        inside = [{**answers, **entry} for entry in entries if isinstance(entry, dict) and named & entry.keys()]
        return any(self.condition.holds(scope, context) is self.holds for scope in inside or [answers])


def branches(definition: FormDefinition) -> Iterator[Branch]:
    """Each page of a form, and each condition, once so that it holds and once so that it does not.

    Checks are left out: what they forbid is a mistake, not a way; also conditions that no answer decides, but the day,
    the town or the way in which somebody has signed in.
    """
    solver = Solver(definition)
    for step in definition.steps:
        for page in step.pages if isinstance(step, Group) else (step,):
            inside = step if isinstance(step, Group) else None
            counts = {inside.key: 1} if inside else {}
            ways = _first_ways(solver, solver.on_the_way_to(page, inside))
            plans = tuple(Plan(wishes=wishes, counts=counts) for wishes in ways)
            key = f"{step.key}/{page.key}" if inside else page.key
            yield Branch(f"page {key}", plans, page=key)
    seen: set[tuple[Condition, bool, str]] = set()
    for at, node in walk(definition):
        if not isinstance(node, Condition) or "checks" in at:
            continue
        way = _way_to(definition, solver, at)
        for holds in (True, False):
            if (node, holds, repr(way)) in seen or not list(node.named_fields()):
                continue
            seen.add((node, holds, repr(way)))
            ways = _first_ways(solver, [*way, (node, holds)])
            plans = tuple(plan for wishes in ways for plan in _variations(solver, node, wishes))
            if plans:
                yield Branch(f"{'.'.join(map(str, at))}={holds}", plans, node, holds)


def _way_to(definition: FormDefinition, solver: Solver, at: tuple[Any, ...]) -> list[tuple[Condition, bool]]:
    """What must hold for a place of the definition to matter at all."""
    if at[0] != "steps":
        return []
    step = definition.steps[at[1]]
    if isinstance(step, Group) and len(at) > 4 and at[2] == "pages":
        page = step.pages[at[3]]
        return solver.on_the_way_to(page, step) if at[4] != "if" else solver.on_the_way_to(step)
    return solver.on_the_way_to(step) if at[2] != "if" else []


def _first_ways(solver: Solver, conditions: list[tuple[Condition, bool]]) -> Iterator[Wishes]:
    """Some alternatives, without those that want what must be answered to be left open."""
    try:
        for wishes in islice(solver.ways_to(*conditions), 20):
            names = [name.rpartition("/")[2] for name, wish in wishes.items() if wish.filled is False]
            fields = filter(None, map(solver.definition.field, names))
            if not any(one.required and not solver.asked[one.id] for one in fields):
                yield wishes
    except TooManyWays:
        return


def _variations(solver: Solver, condition: Condition, wishes: Wishes) -> Iterator[Plan]:
    """Plans for an alternative: plain, and with numbers and days that computed conditions may want."""
    yield Plan(wishes=wishes)
    named = {name.rpartition("/")[2] for name in condition.named_fields()}
    for step in solver.definition.steps:
        if isinstance(step, Group) and step.key in named:
            yield from (Plan(wishes=wishes, counts={step.key: number}) for number in (1, 2, 3, 5))
    for one in filter(None, map(solver.definition.field, sorted(named))):
        name = f"{solver.group_of[one.id]}/{one.id}".removeprefix("/")
        for wish in _other_answers(one):
            both = wish.and_also(wishes.get(name, NO_WISH))
            if both:
                yield Plan(wishes={**wishes, name: both})
    yield Plan(everything=True, wishes=wishes)


def _other_answers(one: Field) -> Iterator[Wish]:
    """Wishes for answers that lie apart: days around today and long before or after, small and large numbers."""
    if one.kind == Kind.DATE:
        for first, last in ((-2, 0), (0, 2), (-40, -20), (20, 40), (200, 400), (-400, -200)):
            span = {"field": one.id, "from": {"days": first}, "to": {"days": last}}
            yield Wish(tests=frozenset((True, part) for part in parse_condition(span).parts))
    if one.kind in NUMBERS:
        yield from (Wish(least=Decimal(number)) for number in (1, 2, 5, 10, 50, 100, 1000))


# --- Over HTTP --------------------------------------------------------------------------------------------


def walk_through_pages(client: TownClient, definition: FormDefinition, plan: Plan) -> Walk:
    """From the start of a form to its review or a page that ends it, as a browser does without scripts."""
    going = Walk()
    address = f"/antrag/{definition.key}/"
    for _page in range(500):
        shown = client.get(address)
        if shown.status_code == 302:
            address = shown["Location"]
            continue
        assert shown.status_code == 200, f"{address}: {shown.status_code}"
        route = resolve(address.partition("?")[0])
        if route.url_name == "review":
            going.ended = "review"
            return going
        if "group" in shown.context and "entries" in shown.context:
            address = _leave_or_add(client, address, shown, plan)
            going.visited.append(shown.context["group"].key)
            continue
        page = shown.context["page"]
        going.visited.append(page.key)
        if page.stop:
            going.ended = page.key
            return going
        page_form = shown.context["form"]
        values = answers_for(page_form, plan)
        answer_ = client.post(address, {**sent(page_form, values), **files_for(page_form, values)})
        assert answer_.status_code == 302, f"{address}: {_errors(answer_)} for {values}"
        address = answer_["Location"]
    raise AssertionError("the form does not end")


def _leave_or_add(client: TownClient, address: str, shown: Any, plan: Plan) -> str:
    """From the list of entries to another entry, or on."""
    group, count = shown.context["group"], len(shown.context["entries"])
    journey: Journey = shown.context["journey"]
    if count < plan.entries(group, journey):
        return str(shown.context["add_url"])
    return str(client.post(address)["Location"])


def _errors(answer_: Any) -> Any:
    found = answer_.context and answer_.context.get("form")
    return dict(found.errors) if found is not None else answer_.status_code
