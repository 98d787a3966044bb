"""Everything that can break is broken while somebody fills in a form. Not one answer or file may be missing.

An ordinary run shares the faults out: each strikes in one form, on a page chosen by a seed. FAULTS=all tries all faults
on all pages of all forms, FAULT_SEED=n other ones.
"""

import os
import random
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from config.local.stack import Stack
from tests.browser.journeys.forms import PAY, send
from tests.fault.faults import (
    ON_PAGES,
    WITHOUT_AN_ACCOUNT,
    Fault,
    the_identity_provider_dies,
    the_payment_page_dies,
    the_web_server_dies,
)
from tests.fault.forms import FORMS, Form, Page, make_files
from tests.fault.walk import Tally, Walk

ALL = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("FAULT_SEED", "7"))


def plan_for(form: Form) -> dict[str, list[Fault]]:
    """Which faults strike on which page of a form, by its path."""
    with_fields = [page for page in form.pages if page.typed]
    if ALL:
        return {page.path: list(possible_in(form)) for page in with_fields}
    faults = shared_out()[form.service]
    chance = random.Random(f"{SEED} {form.service}")  # noqa: S311 -- which pages, not a secret
    pages = chance.sample(with_fields, len(faults))
    return {page.path: [fault] for page, fault in zip(pages, faults, strict=True)}


def shared_out() -> dict[str, list[Fault]]:
    """Each fault for one of the forms in which it can strike, so that all have about as many, by service."""
    shares: dict[str, list[Fault]] = {form.service: [] for form in FORMS}
    chance = random.Random(SEED)  # noqa: S311 -- which form, not a secret
    for fault in sorted(ON_PAGES, key=lambda fault: fault in WITHOUT_AN_ACCOUNT):
        possible = [form.service for form in FORMS if fault in possible_in(form)]
        fewest = min(len(shares[service]) for service in possible)
        shares[chance.choice([one for one in possible if len(shares[one]) == fewest])].append(fault)
    return shares


def possible_in(form: Form) -> tuple[Fault, ...]:
    return WITHOUT_AN_ACCOUNT if form.signs_in_late else ON_PAGES


@pytest.mark.parametrize("seed", range(20))
def test_an_ordinary_run_meets_every_fault_and_every_form_meets_one(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr("tests.fault.test_faults.SEED", seed)

    shares = shared_out()

    assert sorted(one.__name__ for faults in shares.values() for one in faults) == sorted(
        one.__name__ for one in ON_PAGES
    )
    assert all(shares.values())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.service)
def test_whatever_breaks_no_answer_and_no_file_is_lost(
    broken_stack: Stack,
    playwright: Playwright,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    form: Form,
) -> None:
    make_files(tmp_path, form)
    walk, tally, plan = None, Tally(), plan_for(form)
    try:
        walk = Walk(broken_stack, playwright, form, tmp_path, tally)
        walk.begin()
        for page in form.before:
            fill_in(walk, page, [])
        for page in form.pages:
            fill_in(walk, page, plan.get(page.path, []))
        number = hand_in(walk)
        walk.compare_handed_in(number)
    finally:
        if walk:
            walk.close()

    with capsys.disabled():
        print(f"\n{form.service}: {tally} (seed {SEED})")  # noqa: T201 -- what the run was worth
    assert tally.faults >= sum(map(len, plan.values())) >= 1


def fill_in(walk: Walk, page: Page, faults: list[Fault]) -> None:
    for fault in faults:
        walk.open(page)
        fault(walk, page)
        walk.tally.faults += 1
        if fault is the_web_server_dies and not page.files:
            walk.saved()  # by itself, as soon as it is back
        walk.open(page)
        if not page.files:  # files go with the button
            walk.compare(page)
    walk.open(page)
    walk.type(page.typed)
    walk.go_on(page)
    walk.open(page)
    walk.compare(page)
    walk.go_on(page)


def hand_in(walk: Walk) -> str:
    """From the review to the number; where nobody has signed in yet, the provider dies first."""
    person, form = walk.person, walk.form
    person.open(f"/antrag/{form.service}/pruefen/")
    if form.signs_in_late:
        the_identity_provider_dies(walk)
        walk.tally.faults += 1
        person.sees(form.answers["vorname"], form.answers["nachname"], form.answers["strasse"])
        person.follow("Anmelden und weiter")
        person.signs_in(form.username)
    person.headline("Stimmt alles?")
    if not form.is_paid:
        send(person)
        person.headline("Ihr Antrag ist eingegangen")
        return person.number()
    send(person, PAY)
    person.press("Weiter zur Bezahlseite")
    the_payment_page_dies(walk)
    walk.tally.faults += 1
    person.choose("Karte")
    walk.page.get_by_role("button", name="bezahlen").last.click()
    person.headline("Ihr Antrag ist eingegangen")
    return person.number()
