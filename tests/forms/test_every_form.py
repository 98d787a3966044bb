"""Every form of the library, walked in every way. A new form is tested here without a line being written for it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import pytest
from django.http import QueryDict
from django.utils.html import escape

from accounts.trust import TrustLevel
from catalogue.forms.conditions import Condition
from catalogue.forms.context import Context
from catalogue.forms.definition import Check, FormDefinition, Group, Page
from catalogue.forms.fields import CHOOSING, Kind
from catalogue.forms.reachability import Solver
from catalogue.forms.walking import texts_of, walk
from submissions.documents import application_pdf
from submissions.models import Submission
from submissions.page_form import PageForm
from submissions.states import State
from tenants.models import Town
from tests.appointments.office import make_calendar
from tests.factories import make_amount, make_payable
from tests.forms import library
from tests.forms.inventing import NAME, Asked, mistakes
from tests.forms.library import context, shipped_form, shipped_forms
from tests.forms.walker import (
    SIGNED_IN,
    Plan,
    Rehearsal,
    Walk,
    branches,
    sent,
    walk_through_pages,
)
from tests.pages import text_of
from tests.people import TownClient, make_bernd, make_oemer
from townhall.models import FeeAmount

pytestmark = pytest.mark.usefixtures("in_lage")  # pages name other services of a town


@pytest.fixture(autouse=True)
def calendar(in_lage: Town) -> None:
    """Forms that ask for an appointment find one."""
    make_calendar(desks=50, hours=[(day, time(8), time(16)) for day in range(5)], is_on=False)


FORMS = sorted(shipped_forms())
SHORTEST, LONGEST = Plan(), Plan(everything=True)


def rehearsal(definition: FormDefinition, **changes: Any) -> Rehearsal:
    return Rehearsal(definition, context(definition, **changes))


@cache
def walks(key: str) -> dict[str, Walk]:
    """A walk for each branch of each condition of a form, and the shortest and the longest; by name."""
    definition = shipped_form(key)
    found = {"shortest": rehearsal(definition).walk(SHORTEST), "longest": rehearsal(definition).walk(LONGEST)}
    towns = [rehearsal(definition), rehearsal(definition, settings=_switches(definition, value=True))]
    for branch in branches(definition):
        for town, plan in product(towns, branch.plans):
            try:
                walked = town.walk(plan)
            except AssertionError:
                continue  # this alternative is not possible; another one is
            if branch.is_taken(walked):
                found[branch.name] = walked
                break
    return found


def _switches(definition: FormDefinition, *, value: bool) -> dict[str, bool]:
    """A town that has switched everything on, or off."""
    return {name: value for name, setting in definition.settings.items() if setting.kind == "switch"}


# --- Ways through, in memory ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", FORMS)
def test_the_shortest_and_the_longest_way_lead_to_the_end(key: str) -> None:
    found = walks(key)

    assert found["shortest"].ended
    assert found["longest"].ended
    assert len(found["longest"].asked) >= len(found["shortest"].asked)


@pytest.mark.parametrize("key", FORMS)
def test_every_page_is_reached_and_every_branch_can_be_taken(key: str) -> None:
    wanted = {branch.name for branch in branches(shipped_form(key))}

    assert wanted - walks(key).keys() == set()


@pytest.mark.parametrize("key", FORMS)
def test_every_question_is_asked_on_some_way(key: str) -> None:
    definition = shipped_form(key)
    asked = {name for walked in walks(key).values() for name in walked.asked}
    depends_on_town = {one.id for one in definition.all_fields() if _is_the_towns(one.condition)}

    assert {one.id for one in definition.all_fields()} - asked - depends_on_town == set()


def _is_the_towns(condition: Condition | None) -> bool:
    """Whether a switch of the town, the day or the way of signing in has a say."""
    return condition is not None and any(
        part.operation in ("town", "trust", "season") for _group, part in condition.walk()
    )


@pytest.mark.parametrize("key", FORMS)
def test_a_page_that_ends_the_form_shows_a_way_on(key: str) -> None:
    for one in shipped_form(key).all_pages():
        if one.stop:
            assert one.related or one.ways, one.key


@pytest.mark.parametrize("key", FORMS)
def test_each_switch_of_the_town_leaves_a_way_through(key: str) -> None:
    definition = shipped_form(key)
    for name, setting in definition.settings.items():
        if setting.kind == "switch":
            for value in (True, False):
                assert rehearsal(definition, settings={name: value}).walk(LONGEST).ended


# --- Mistakes ---------------------------------------------------------------------------------------------


def pages_of(key: str) -> Iterator[tuple[PageForm, dict[str, Any]]]:
    """Each page as somebody finds it on the longest way or on a branch, with right answers."""
    definition, seen = shipped_form(key), set()
    for walked in walks(key).values():
        assert walked.journey is not None
        for place in walked.journey.places():
            if place.page.stop or place.page.key in seen:
                continue
            page_form = PageForm(place, walked.journey, applicant=SIGNED_IN)
            wanted = {one.id for one in definition.all_fields()} & page_form.fields.keys()
            answers = {name: page_form.scope.get(name) for name in wanted}
            yield page_form, answers
            seen.add(place.page.key)


def bound(page_form: PageForm, data: dict[str, Any]) -> PageForm:
    query = QueryDict(mutable=True)
    for name, value in data.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return PageForm(page_form.place, page_form.journey, applicant=SIGNED_IN, data=query)


@pytest.mark.parametrize("key", FORMS)
def test_each_answer_that_is_missing_is_asked_for_in_the_forms_own_words(key: str) -> None:
    for page_form, _answers in pages_of(key):
        empty = bound(page_form, {})
        empty.is_valid()
        for one in page_form.asked:
            if one.required and one.asks and one.kind != Kind.CHECKBOX and one.condition is None and not one.prefill:
                may_be_later = f"{one.id}_later" in empty.fields
                box = " Oder kreuzen Sie an: „Ich reiche es nach.“" if may_be_later else ""
                assert empty.errors[one.id] == [f"{one.error}{box}"], one.id


@pytest.mark.parametrize("key", FORMS)
def test_each_wrong_answer_is_refused_where_it_was_given_and_stays(key: str) -> None:
    for page_form, answers in pages_of(key):
        right = sent(page_form, answers)
        for one in page_form.asked:
            if one.condition is not None and not one.condition.holds(page_form.scope, page_form.context):
                continue
            for wrong in mistakes(Asked(one, page_form.scope, page_form.context)):
                typed = {name: value for name, value in right.items() if name != one.id} | wrong
                again = bound(page_form, typed)
                assert not again.is_valid(), (one.id, wrong)
                assert one.id in again.errors, (one.id, wrong, again.errors)
                [message, *_more] = again.errors[one.id]
                assert str(message).endswith((".", "?")), (one.id, message)
                assert one.kind in CHOOSING | {Kind.SLOT} or all(
                    escape(str(value)) in str(again) for value in wrong.values()
                )


@pytest.mark.parametrize("key", FORMS)
def test_each_check_complains_at_its_field(key: str) -> None:
    definition = shipped_form(key)
    solver = Solver(definition)
    for step in definition.steps:
        for page in step.pages if isinstance(step, Group) else (step,):
            for number, check in enumerate(page.checks):
                group = step if isinstance(step, Group) else None
                assert _complains(definition, solver, page, group, check), f"{page.key}, {number}"


def _complains(definition: FormDefinition, solver: Solver, page: Page, group: Group | None, check: Check) -> bool:
    """Whether some answers bring the complaint; the page is filled in otherwise rightly."""
    forbidden = replace(page, checks=tuple(one for one in page.checks if one is not check))
    lenient = _with_page(definition, page, forbidden)
    ways = solver.ways_to(*solver.on_the_way_to(page, group), (check.condition, True))
    for everything, wishes in product((False, True), list(ways)):  # also what only much of something brings
        try:
            walked = rehearsal(lenient).walk(Plan(everything, wishes))
        except AssertionError:
            continue
        assert walked.journey is not None
        journey = replace(walked.journey, definition=definition)
        for place in journey.places():
            if place.page.key != page.key:
                continue
            page_form = PageForm(place, journey, applicant=SIGNED_IN)
            answers = {one.id: page_form.scope.get(one.id) for one in page_form.asked if one.kind != Kind.FILE}
            again = bound(page_form, sent(page_form, {k: v for k, v in answers.items() if k in page_form.fields}))
            again.is_valid()
            if any(check.error in messages or "{" in check.error for messages in again.errors.values()):
                return True
    return False


def _with_page(definition: FormDefinition, old: Page, new: Page) -> FormDefinition:
    steps = [
        replace(step, pages=tuple(new if page is old else page for page in step.pages))
        if isinstance(step, Group)
        else new
        if step is old
        else step
        for step in definition.steps
    ]
    return replace(definition, steps=tuple(steps))


# --- Words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", FORMS)
def test_texts_are_sentences_for_people(key: str) -> None:
    """No placeholder is left, nobody is addressed as "du", nothing is "bitte auswählen"."""
    for at, node in walk(shipped_form(key)):
        for name, text in texts_of(node):
            assert text.strip() == text, (at, name)
            assert not any(word in text for word in ("TODO", "Lorem", "XXX", "  ")), (at, name)
        if isinstance(node, Check):
            assert node.error.endswith((".", "?", "0")), at


# --- Through the pages ------------------------------------------------------------------------------------


@pytest.fixture
def oemer(visitor: TownClient, in_lage: Town) -> TownClient:
    """Ömer, signed in at the highest level, about whom nothing is known beforehand; everything has a price."""
    make_payable()
    for definition in shipped_forms().values():
        amounts = [rule.keys_in(context(definition).settings) for rule in definition.rules]
        for name in set().union(*amounts, definition.amount_keys) - {"hundemarke.ersatz"}:
            _make_amount_once(name)
    return visitor.sign_in(make_oemer(), TrustLevel.HIGH)


def _make_amount_once(key: str) -> None:
    if not FeeAmount.objects.filter(key=key).exists():
        make_amount(key, "7.50")


def hand_in(client: TownClient, key: str) -> Submission:
    """Send what was filled in."""
    review = client.get(f"/antrag/{key}/pruefen/")
    assert review.status_code == 200
    answer = client.post(f"/antrag/{key}/pruefen/", {"complete": "on", "seen_fee": review.context["fee"].total})
    assert answer.status_code == 302, answer.context and answer.context["form"].errors
    return Submission.objects.latest("frozen_at")


@pytest.mark.parametrize("key", FORMS)
def test_it_is_filled_in_and_handed_in_through_its_pages(oemer: TownClient, key: str) -> None:
    definition = shipped_form(key)
    walked = walk_through_pages(oemer, definition, SHORTEST)
    if walked.ended != "review":  # a form that only advises ends with a way on
        assert walked.ended
        return

    submission = hand_in(oemer, key)

    assert submission.state in (State.RECEIVED, State.AWAITING_PAYMENT)
    expected = rehearsal(definition, trust=TrustLevel.HIGH).walk(SHORTEST).answers
    assert _without_ids(submission.answers).keys() == _without_ids(expected).keys()


def _without_ids(answers: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [_without_ids(one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, list)
        else value
        for name, value in answers.items()
        if name != "_id"
    }


@pytest.mark.parametrize("key", FORMS)
def test_what_was_handed_in_is_shown_to_the_person_and_the_town_hall_and_in_the_pdf(
    oemer: TownClient, key: str, in_lage: Town
) -> None:
    walked = walk_through_pages(oemer, shipped_form(key), LONGEST)
    if walked.ended != "review":
        return
    submission = hand_in(oemer, key)
    bernd = TownClient(in_lage).sign_in(make_bernd())

    mine = text_of(oemer.get(f"/meine-antraege/{submission.number}/"))
    case = text_of(bernd.get(f"/rathaus/vorgang/{submission.number}/"))

    names = [one for one in shipped_form(key).all_fields() if one.pattern == "name" and one.id in submission.answers]
    for text in (mine, case):
        assert not names or NAME in text
        assert "{" not in text
    assert application_pdf(submission).startswith(b"%PDF")


@pytest.mark.parametrize("key", FORMS)
def test_every_list_takes_as_many_entries_as_it_says_and_no_more(oemer: TownClient, key: str) -> None:
    definition = shipped_form(key)
    walked = walk_through_pages(oemer, definition, LONGEST)
    groups = [step for step in definition.steps if isinstance(step, Group) and step.key in walked.visited]

    for group in groups:
        most = int(group.max.value({}, context(definition)))
        page = oemer.get(f"/antrag/{key}/{group.key}/")
        assert len(page.context["entries"]) == most
        assert page.context["add_url"] == ""
        assert oemer.get(f"/antrag/{key}/{group.key}/{most + 1}/{group.pages[0].key}/").status_code == 302


@pytest.mark.parametrize("key", FORMS)
def test_what_costs_nothing_is_handed_in_without_a_payment(visitor: TownClient, in_lage: Town, key: str) -> None:
    definition = shipped_form(key)
    make_payable()
    for name in {
        *definition.amount_keys,
        *(definition.fee.keys_in(context(definition).settings) if definition.fee else ()),
    }:
        if name != "hundemarke.ersatz":
            make_amount(name, "0.00")
    FeeAmount.objects.filter(key="hundemarke.ersatz").update(amount=Decimal(0))
    oemer = visitor.sign_in(make_oemer(), TrustLevel.HIGH)
    walked = walk_through_pages(oemer, definition, SHORTEST)
    if walked.ended != "review":
        return

    assert hand_in(oemer, key).state == State.RECEIVED


def test_the_walker_notices_a_form_that_cannot_be_filled_in() -> None:
    """So that the tests above can fail."""
    check = {"if": {"field": "zahl", "at_least": 1}, "field": "zahl", "error": "Nie richtig."}
    number = library.question("zahl", "int", min=1)
    broken = library.read(library.form(library.page("eins", number, checks=[check])))

    with pytest.raises(AssertionError, match="a check of eins cannot be passed"):
        Rehearsal(broken, Context(context(broken).today, fields=broken.fields_by_id)).walk(SHORTEST)
