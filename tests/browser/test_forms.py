"""Forms in a real browser: what answers change at once, with and without scripts, for eyes, keyboard and reader."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tenants.models import Town
from tests.browser.conftest import Axe
from tests.browser.looking import picture, trouble_with_the_tab_key
from tests.forms.publishing import EVERY_KIND, published_sample

PAGES = ["fuer-wen", "person", "texte", "zahlen", "wahl", "dinge", "dinge/1/ding", "nachweise", "pruefen"]
LATER = timezone.localdate() + timedelta(days=60)


@pytest.fixture
def form(live_server: LiveServer, in_lage: Town) -> Iterator[str]:
    """The address of the sample form."""
    with published_sample():
        yield f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}/antrag/{EVERY_KIND}"


def go_on(page: Page) -> None:
    with page.expect_navigation():  # what was typed last is saved first
        page.get_by_role("button", name="Weiter").last.click()


def fill(page: Page, **values: str) -> None:
    """By the name of the input."""
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)


def day(page: Page, name: str, value: Any) -> None:
    fill(page, **{f"{name}_day": str(value.day), f"{name}_month": str(value.month), f"{name}_year": str(value.year)})


def to_person(page: Page, form: str) -> None:
    page.goto(f"{form}/fuer-wen/")
    page.get_by_label("für mich selbst").check()
    go_on(page)


def to_texts(page: Page, form: str) -> None:
    to_person(page, form)
    fill(page, vorname="Łucja", nachname="Schröder", strasse="Lange Straße", hausnummer="72", plz="32791", ort="Lage")
    fill(page, geburtsdatum_day="14", geburtsdatum_month="3", geburtsdatum_year="1961", email="anna@post.example")
    go_on(page)


def to_numbers(page: Page, form: str) -> None:
    to_texts(page, form)
    fill(page, zeile="Łucja", zeilen="4711", absatz="Weil es so ist.", kennzeichen="lip ab 123", ort_genau="hier")
    fill(page, iban="DE02 1203 0000 0000 2020 51")
    go_on(page)


def to_choices(page: Page, form: str) -> None:
    to_numbers(page, form)
    fill(page, anzahl="2", laenge="2,5", betrag="10", monat_month="3", monat_year="2027", geboren_year="2020")
    fill(page, ende_year=str(LATER.year), beginn="22:30")
    day(page, "von", LATER)
    day(page, "bis", LATER + timedelta(days=2))
    go_on(page)


def to_review(page: Page, form: str) -> None:
    to_choices(page, form)
    page.get_by_label("Tausch").check()
    page.locator("[name=jahr]").select_option(index=1)
    page.get_by_role("combobox", name="Grund").fill("Bürgergeld oder Sozialhilfe")
    fill(page, stuecke_sofa="2")
    go_on(page)
    go_on(page)
    page.get_by_label("Ich reiche es nach").check()
    page.get_by_label("Ich halte die Ordnung ein").check()
    go_on(page)


def test_an_answer_changes_the_page_at_once(strict_page: Page, form: str, axe: Axe) -> None:
    to_numbers(strict_page, form)
    late = strict_page.get_by_text("Nach 22 Uhr brauchen Sie eine Ausnahme.")
    span = strict_page.get_by_text("Das sind 3 Tage")
    expect(late).to_be_hidden()
    expect(span).to_be_hidden()
    expect(strict_page.get_by_role("button", name="Seite aktualisieren")).to_have_count(0)

    fill(strict_page, laenge="2,5", beginn="22:30", anzahl="3")
    day(strict_page, "von", LATER)
    day(strict_page, "bis", LATER + timedelta(days=2))

    expect(late).to_be_visible()
    expect(span).to_be_visible()
    expect(strict_page.locator("[data-summary]")).to_contain_text("22,50")
    assert axe(strict_page) == []


def test_the_fee_so_far_follows_the_choice(strict_page: Page, form: str) -> None:
    to_choices(strict_page, form)
    summary = strict_page.locator("[data-summary]")
    strict_page.get_by_label("neu", exact=True).check()
    expect(summary).to_contain_text("Ausweis: neu")
    fill(strict_page, stuecke_sofa="2")
    expect(summary).to_contain_text("22,50")
    expect(strict_page.get_by_text("Das sind etwa 5 m³.")).to_be_visible()

    strict_page.get_by_role("combobox", name="Grund").fill("Rettungshund mit Prüfung")
    strict_page.keyboard.press("Tab")

    expect(summary).to_contain_text("Gebührenfrei: Rettungshund mit Prüfung")
    picture(strict_page, "formular-gebuehr-bisher")


def test_a_question_that_the_answers_do_not_call_for_is_hidden_until_they_do(strict_page: Page, form: str) -> None:
    to_choices(strict_page, form)
    marks = strict_page.get_by_role("group", name="Merkzeichen")
    expect(marks).to_be_hidden()

    strict_page.get_by_role("combobox", name="Grund").fill("Assistenzhund oder Blindenführhund")
    strict_page.keyboard.press("Tab")

    expect(marks).to_be_visible()


def test_the_bank_is_named_and_the_town_asks_back_about_the_postal_code(strict_page: Page, form: str) -> None:
    to_person(strict_page, form)
    fill(strict_page, plz="32657")
    expect(strict_page.get_by_text("Diese Postleitzahl liegt außerhalb.")).to_be_visible()
    fill(strict_page, plz="32791")
    expect(strict_page.get_by_text("Diese Postleitzahl liegt außerhalb.")).to_be_hidden()

    to_texts(strict_page, form)
    fill(strict_page, iban="DE02 1203 0000 0000 2020 51")

    expect(strict_page.get_by_text("Ihre Bank: Deutsche Kreditbank Berlin")).to_be_visible()


def test_the_position_of_the_device_is_added_and_taken_away(strict_page: Page, form: str, axe: Axe) -> None:
    strict_page.context.grant_permissions(["geolocation"], origin=form.partition("/antrag")[0])
    strict_page.context.set_geolocation({"latitude": 51.99172, "longitude": 8.79391, "accuracy": 20})
    to_texts(strict_page, form)
    strict_page.get_by_role("button", name="Meinen Standort hinzufügen").click()

    told = "Ihr Standort ist dabei: 51,99172° Nord, 8,79391° Ost, auf etwa 20 Meter genau"
    expect(strict_page.get_by_text(told)).to_be_visible()
    assert strict_page.locator("[name=ort_genau_latitude]").input_value() == "51.991720"
    assert axe(strict_page) == []
    picture(strict_page, "formular-standort")
    strict_page.get_by_role("button", name="Standort entfernen").click()
    expect(strict_page.get_by_text(told)).to_be_hidden()
    assert strict_page.locator("[name=ort_genau_latitude]").input_value() == ""


def test_without_leave_to_ask_the_device_words_are_enough(strict_page: Page, form: str) -> None:
    to_texts(strict_page, form)
    strict_page.evaluate("() => { navigator.geolocation.getCurrentPosition = (_found, refused) => refused(); }")
    strict_page.get_by_role("button", name="Meinen Standort hinzufügen").click()

    expect(strict_page.get_by_text("Das macht nichts: Beschreiben Sie den Ort in Worten.")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_barrier_on_any_page(strict_page: Page, form: str, axe: Axe, width: int) -> None:
    strict_page.set_viewport_size({"width": width, "height": 900})
    to_review(strict_page, form)
    found = {}
    for name in PAGES:
        strict_page.goto(f"{form}/{name}/")
        expect(strict_page.locator("h1")).to_be_visible()
        picture(strict_page, f"formular-{name.replace('/', '-')}-{width}")
        found[name] = axe(strict_page)
        assert strict_page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name

    assert found == {name: [] for name in PAGES}


def test_axe_finds_no_barrier_where_everything_is_wrong(strict_page: Page, form: str, axe: Axe) -> None:
    to_choices(strict_page, form)
    for name in ("texte", "zahlen", "wahl"):
        strict_page.goto(f"{form}/{name}/")
        for box in strict_page.locator("form.form input[type=text]:visible, form.form textarea:visible").all():
            box.fill("?")
        go_on(strict_page)
        expect(strict_page.locator(".error-summary")).to_be_visible()
        picture(strict_page, f"formular-{name}-falsch")
        assert axe(strict_page) == []


def test_everything_can_be_reached_with_the_tab_key(strict_page: Page, form: str) -> None:
    to_choices(strict_page, form)

    assert trouble_with_the_tab_key(strict_page, f"{form}/wahl/", width=390) == []


def test_a_form_is_filled_in_without_scripts(browser: Browser, form: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    to_numbers(page, form)
    fill(page, anzahl="3", beginn="22:30")
    page.get_by_role("button", name="Seite aktualisieren").click()

    expect(page.get_by_text("Nach 22 Uhr brauchen Sie eine Ausnahme.")).to_be_visible()
    expect(page.locator("[data-summary]")).to_contain_text("22,50")
    expect(page.locator(".error-summary")).to_have_count(0)
    assert page.locator("[name=anzahl]").input_value() == "3"
    page.get_by_label("Wie viele?").fill("4")
    go_on(page)
    expect(page.locator(".error-summary")).to_contain_text("Geben Sie die Länge an.")
