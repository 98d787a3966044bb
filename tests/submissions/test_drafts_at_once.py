"""Two windows, two devices, a script and a person: all in the same moment, and nothing is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from accounts.models import User
from accounts.trust import TrustLevel
from catalogue.fees import NO_FEE
from catalogue.forms.context import Surroundings
from catalogue.forms.current import form_definition
from submissions import actions, draft_actions
from submissions.content import ChangedElsewhere, Content, Copy
from submissions.draft_actions import DraftIsGone
from submissions.drafts import OpenDraft
from submissions.journey import Place
from submissions.models import Draft, Submission
from submissions.sealing import BrowserKey
from tenants.context import in_town
from tenants.models import Town
from tests.factories import DOG_ANSWERS
from tests.people import MONDAY, make_anna
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "hund-anmelden"
AROUND = Surroundings(today=date(2026, 11, 16))
ROUNDS = 5  # the order of two threads is chance


@pytest.fixture
def lage() -> Town:
    found: Town = Town.objects.get(slug="lage")
    return found


@pytest.fixture
def anna(lage: Town) -> User:
    with in_town(lage):
        return make_anna()


def empty(citizen: User | None = None, key: BrowserKey | None = None) -> OpenDraft:
    return OpenDraft(KEY, form_definition(KEY), Content(), citizen, key=key, surroundings=AROUND)


def saved(citizen: User, **content: Any) -> OpenDraft:
    row = Draft(
        service_key=KEY, form_version=form_definition(KEY).version, citizen=citizen, created_at=MONDAY, edited_at=MONDAY
    )
    row.content = Content(**content)
    row.save()
    return replace(empty(citizen), row=row, content=row.content)


def place(key: str) -> Place:
    return next(Place(step) for step in form_definition(KEY).steps if step.key == key)  # type: ignore[arg-type]


def together(town: Town, *doings: Callable[[], Any]) -> list[Any]:
    """What each of them returned or raised, in this order."""
    numbers: Iterator[int] = iter(range(len(doings)))
    outcome: dict[int, Any] = {}

    def do() -> None:
        number = next(numbers)
        with in_town(town):
            try:
                outcome[number] = doings[number]()
            except Exception as problem:  # noqa: BLE001 -- what went wrong is an answer too
                outcome[number] = problem

    at_once(len(doings), do)
    return [outcome[number] for number in range(len(doings))]


def keep(draft: OpenDraft, page: str, text: str, copy: Copy) -> Callable[[], OpenDraft]:
    raw = {"vorname": [text]}
    return lambda: draft_actions.keep_typed(draft=draft, place=place(page), copy=copy, raw=raw, now=MONDAY)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_two_windows_on_one_page_the_second_is_told(lage: Town, anna: User, _round: int) -> None:
    with in_town(lage):
        draft = saved(anna)

    outcome = together(
        lage,
        keep(draft, "halter", "Anna", Copy("a1", number=1)),
        keep(draft, "halter", "Berta", Copy("b1", number=1)),
    )

    with in_town(lage):
        kept = Draft.objects.get().typed["halter"]["vorname"]
    assert [type(one) for one in outcome if isinstance(one, Exception)] == [ChangedElsewhere]
    assert kept == ["Berta" if isinstance(outcome[0], Exception) else "Anna"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_two_pages_both_stay(lage: Town, anna: User, _round: int) -> None:
    """Also the very first saves: there is one draft afterwards."""
    together(
        lage,
        keep(empty(anna), "halter", "Anna", Copy("a1", number=1)),
        keep(empty(anna), "anschrift", "Berta", Copy("b1", number=1)),
    )

    with in_town(lage):
        draft = Draft.objects.get()
    assert {page: raw["vorname"] for page, raw in draft.typed.items()} == {"halter": ["Anna"], "anschrift": ["Berta"]}


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_without_an_account_both_stay_too(lage: Town, _round: int) -> None:
    key = BrowserKey.new()

    together(
        lage,
        keep(empty(key=key), "halter", "Anna", Copy("a1", number=1)),
        keep(empty(key=key), "anschrift", "Berta", Copy("b1", number=1)),
    )

    with in_town(lage):
        opened = key.open(bytes(Draft.objects.get().sealed or b""))
    assert opened is not None
    assert set(opened["typed"]) == {"halter", "anschrift"}


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_save_on_its_way_does_not_open_the_page_that_the_button_has_sent(lage: Town, anna: User, _round: int) -> None:
    with in_town(lage):
        draft = saved(anna)
    values = {"vorname": "Anna Maria"}

    together(
        lage,
        keep(draft, "halter", "Ann", Copy("a1", number=3)),
        lambda: draft_actions.save_page(
            draft=draft, place=place("halter"), copy=Copy("a1"), values=values, raw=None, now=MONDAY
        ),
    )

    with in_town(lage):
        kept = Draft.objects.get()
    assert (kept.answers, kept.typed, kept.done) == ({"vorname": "Anna Maria"}, {}, ["halter"])


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_typing_while_handing_in_either_stops_it_or_comes_too_late(lage: Town, anna: User, _round: int) -> None:
    with in_town(lage):
        draft = saved(anna, answers=DOG_ANSWERS)
        journey = draft.journey()
    assert draft.row

    def hand_in() -> Submission:
        return actions.hand_in(
            draft=draft.row,  # type: ignore[arg-type]
            journey=journey,
            fee=NO_FEE,
            offered=actions.Offered("Hund anmelden", "steueramt", 28),
            by=anna,
            trust_level=TrustLevel.BASIC,
            verified=[],
            now=MONDAY,
        )

    sent, typed = together(lage, hand_in, keep(draft, "halter", "Annika", Copy("a1", number=1)))

    with in_town(lage):
        if isinstance(sent, Submission):
            assert isinstance(typed, DraftIsGone)
            assert not Draft.objects.exists()
        else:
            assert isinstance(sent, actions.DraftChanged)
            assert Draft.objects.get().typed["halter"] == {"vorname": ["Annika"]}
            assert not Submission.objects.exists()


def sealed(name: str) -> OpenDraft:
    key = BrowserKey.new()
    content = Content(answers={"vorname": name})
    row = Draft.objects.create(
        pk=key.draft_id,
        service_key=KEY,
        form_version=form_definition(KEY).version,
        sealed=key.seal(content.plain()),
        created_at=MONDAY,
        edited_at=MONDAY,
    )
    return replace(empty(key=key), row=row, content=content)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_devices_bring_a_draft_each_and_one_is_asked_about(lage: Town, anna: User, _round: int) -> None:
    with in_town(lage):
        first, second = sealed("Anna"), sealed("Berta")

    outcome = together(
        lage,
        lambda: draft_actions.adopt(draft=first, citizen=anna, now=MONDAY),
        lambda: draft_actions.adopt(draft=second, citizen=anna, now=MONDAY),
    )

    with in_town(lage):
        mine, left = Draft.objects.get(citizen=anna), Draft.objects.get(citizen=None)
    assert sorted(outcome) == [False, True]
    assert mine.answers["vorname"] == ("Anna" if outcome[0] else "Berta")
    assert left.pk == (second if outcome[0] else first).row.pk  # type: ignore[union-attr]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_windows_adopt_the_same_draft_once_and_what_was_typed_since_stays(
    lage: Town, anna: User, _round: int
) -> None:
    with in_town(lage):
        draft = sealed("Anna")

    def adopt_and_type() -> None:
        draft_actions.adopt(draft=draft, citizen=anna, now=MONDAY)
        mine = Draft.objects.get(citizen=anna)
        open_one = replace(empty(anna), row=mine, content=mine.content)
        keep(open_one, "kontakt", "Anna Maria", Copy("a1", number=1))()

    outcome = together(lage, adopt_and_type, lambda: draft_actions.adopt(draft=draft, citizen=anna, now=MONDAY))

    with in_town(lage):
        mine = Draft.objects.get()
    assert outcome == [None, True]
    assert (mine.answers, mine.typed) == ({"vorname": "Anna"}, {"kontakt": {"vorname": ["Anna Maria"]}})
