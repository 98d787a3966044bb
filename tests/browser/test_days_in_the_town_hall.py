"""A day of each role, from the first page after signing in and by links and buttons alone: no address is typed."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from accounts import audit
from accounts.models import AuditAction, Role, User
from billing.closing import close_days
from billing.models import Refund
from billing.states import RefundState
from catalogue.fees import FeeLine
from config.local.configuration import Ports
from submissions import actions, figures, retention
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.states import Outcome
from templates.components import german_date
from tenants.models import Town
from tests.billing.test_closing import make_paid
from tests.browser.journeys.person import Person, is_pdf
from tests.factories import make_payable, make_submission
from tests.people import (
    MONDAY,
    TownClient,
    make_anna,
    make_astrid,
    make_bernd,
    make_edda,
    make_karin,
    make_staff,
    make_theresa,
)
from tests.submissions.test_retention import end
from townhall.actions import change_offer

# Somebody at the first page of the town hall, in a window of that width; without anybody: of the portal.
AtDesk = Callable[..., Person]


@pytest.fixture
def at_desk(browser: Browser, live_server: LiveServer, lage: Town, in_lage: Town) -> Iterator[AtDesk]:
    windows: list[BrowserContext] = []
    port = int(live_server.url.rsplit(":", 1)[1])

    def open_window(user: User | None = None, *, width: int) -> Person:
        context = browser.new_context(locale="de-DE", reduced_motion="reduce", viewport={"width": width, "height": 900})
        windows.append(context)
        if user:
            session = TownClient(lage).sign_in(user).cookies["session"].value
            context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])
        person = Person(context.new_page(), None, town="lage", ports=Ports(port, *[0] * 4))
        person.open("/rathaus/" if user else "/")
        return person

    yield open_window
    for window in windows:
        window.close()


def enter(person: Person, room: str) -> None:
    """By the navigation."""
    rooms = person.page.get_by_role("navigation", name="Bereiche")
    rooms.get_by_role("link", name=re.compile(rf"^{room}\b")).click()
    expect(person.page.get_by_role("navigation", name="Bereiche").locator("[aria-current]")).to_contain_text(room)


def search(person: Person, words: str) -> None:
    person.page.get_by_role("search").get_by_role("searchbox").fill(words)
    person.page.keyboard.press("Enter")
    person.headline(f"Suche nach „{words}“")


def test_the_case_worker_takes_a_case_asks_and_decides_it_with_the_keyboard(at_desk: AtDesk) -> None:
    anna = make_anna()
    case = make_submission(anna)
    bernd = at_desk(make_bernd(), width=1280)
    keyboard = bernd.page.keyboard

    bernd.page.get_by_role("link", name="Hund anmelden").focus()
    keyboard.press("Enter")
    press(bernd, "Übernehmen")
    bernd.sees("Sie bearbeiten jetzt den Vorgang")
    unfold(bernd, "Rückfrage stellen")
    bernd.page.get_by_label("Was brauchen Sie noch?").focus()
    keyboard.type("Wie heißt der Hund?")
    press(bernd, "Rückfrage senden")
    bernd.sees("Die Rückfrage ist gestellt.", "Wir warten bis")

    case.refresh_from_db()
    actions.answer_question(submission=case, answer="Bello.", files=[], by=anna, now=timezone.now())
    enter(bernd, "Meine Vorgänge")
    bernd.sees("Antwort ist da")
    bernd.follow("Hund anmelden")
    bernd.sees("Bello.")
    unfold(bernd, "Entscheiden")
    bernd.page.get_by_label("Bewilligt", exact=True).focus()
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.type("Bello ist angemeldet.")
    press(bernd, "Entscheidung mitteilen")
    bernd.sees("Entscheidung: Bewilligt", "Bello ist angemeldet.")


def press(person: Person, name: str) -> None:
    person.page.get_by_role("button", name=name, exact=True).focus()
    person.page.keyboard.press("Enter")


def unfold(person: Person, name: str) -> None:
    person.page.locator("summary", has_text=name).focus()
    person.page.keyboard.press("Enter")


def test_the_team_lead_assigns_a_case_signs_another_and_sees_figures(at_desk: AtDesk) -> None:
    anna, bernd = make_anna(), make_bernd()
    new, proposed = make_submission(anna), make_submission(anna)
    change_offer(service_key=proposed.service_key, needs_second_signature=True)
    casework.take(submission=proposed, by=bernd, now=MONDAY)
    casework.propose(submission=proposed, ruling=Ruling(Outcome.GRANTED, "Ja."), by=bernd, now=MONDAY)
    figures.count(now=timezone.now())
    theresa = at_desk(make_theresa(), width=390)

    filters = theresa.page.get_by_role("form", name="Vorgänge filtern")
    filters.get_by_label("Bearbeitung").select_option("Niemand")
    theresa.press("Filtern")
    theresa.follow("Hund anmelden")
    theresa.sees(new.number)
    theresa.unfold("Zuweisen")
    theresa.page.get_by_label("Wer soll den Vorgang bearbeiten?").select_option("Bernd Brinkmann")
    theresa.press("Zuweisen")
    theresa.sees(f"Der Vorgang {new.number} ist zugewiesen.")

    enter(theresa, "Eingang")
    filters.get_by_label("Status").select_option("Zur Unterschrift")
    theresa.press("Filtern")
    theresa.follow("Hund anmelden")
    theresa.sees("Bernd Brinkmann möchte so entscheiden")
    theresa.press("Unterschreiben und mitteilen")
    theresa.sees("Die Entscheidung ist unterschrieben.", "unterschrieben von Theresa Thiele")

    enter(theresa, "Zahlen")
    theresa.headline("Zahlen")
    theresa.page.get_by_role("table", name="Leistungen mit Online-Antrag").get_by_role(
        "link", name="Hund anmelden"
    ).click()
    theresa.headline("Hund anmelden")
    at_bernds = at_desk(bernd, width=390)
    enter(at_bernds, "Meine Vorgänge")
    at_bernds.sees(new.number)


def test_the_cash_office_gives_money_back_with_four_eyes_and_files_the_daily_statement(at_desk: AtDesk) -> None:
    payment = make_paid(FeeLine("Ersatz-Hundemarke", Decimal(1), Decimal(5), Decimal("5.00"), "hundemarke.ersatz"))
    close_days(now=MONDAY + timedelta(days=1))
    karin = at_desk(make_karin(), width=1280)

    search(karin, payment.reference)
    karin.follow(payment.reference)
    karin.unfold("Geld zurückgeben")
    karin.type("Betrag", "2,00")
    karin.page.get_by_label("Grund").select_option("Anderer Grund")
    karin.type("Erläuterung", "Kulanz")
    karin.press("Erstattung beantragen")
    karin.sees("ist beantragt. Freigeben muss sie jemand anderes aus der Kasse.")
    karin.follow("Zu den Erstattungen")
    karin.sees("Das haben Sie selbst beantragt.")
    expect(karin.page.get_by_role("button", name="Freigeben")).to_have_count(0)

    karl = at_desk(make_staff("karl", "Karl", "Kassel", Role.CASH_OFFICE), width=1280)
    enter(karl, "Erstattungen")
    karl.sees("Kulanz", "Beantragt von Karin Köster")
    karl.page.get_by_role("button", name=re.compile("^Freigeben")).click()
    karl.sees("Nichts zu erstatten")
    assert Refund.objects.get().state == RefundState.APPROVED

    enter(karin, "Tagesabschlüsse")
    karin.follow("November 2026")
    karin.follow("16. November 2026")
    karin.headline(re.compile("^Tagesabschluss"))
    assert is_pdf(karin.download("Abschluss als PDF"))
    assert payment.reference in karin.download("Buchungen für Excel").decode("utf-8-sig")


def test_the_administrator_invites_a_colleague_plans_a_switch_and_prints_a_card(at_desk: AtDesk) -> None:
    make_payable()
    next_week = timezone.localdate() + timedelta(days=7)
    astrid = at_desk(make_astrid(), width=390)

    enter(astrid, "Mitarbeitende")
    astrid.follow("Jemanden einladen")
    astrid.fill(Vorname="Nora", Nachname="Neumann")
    astrid.type("Dienstliche E-Mail-Adresse", "nora@rathaus.example")
    astrid.page.get_by_role("checkbox", name=re.compile("^Kasse")).check()
    astrid.press("Einladung senden")
    astrid.sees("Die Einladung an nora@rathaus.example ist unterwegs.", "Nora Neumann")

    enter(astrid, "Leistungen")
    search(astrid, "Ersatz-Hundemarke")
    astrid.follow(re.compile("^Ersatz-Hundemarke"))
    astrid.tick("Angehalten")
    astrid.type("Warum und bis wann?", "Die Marken sind ausgegangen.")
    enter_day(astrid, "Ab wann?", next_week)
    astrid.press("Stand speichern")
    astrid.sees("Eine Umstellung ist geplant", f"Ab {german_date(next_week)}: online, zurzeit angehalten.")

    astrid.follow("Karte oder Schild drucken")
    astrid.headline("Karten und Schilder")
    astrid.sees("Ersatz-Hundemarke")
    assert is_pdf(astrid.download("PDF herunterladen"))


def enter_day(person: Person, label: str, day: date) -> None:
    parts = person.page.get_by_role("group", name=label)
    for name, value in (("Tag", day.day), ("Monat", day.month), ("Jahr", day.year)):
        parts.get_by_label(name, exact=True).fill(str(value))


def test_what_the_editor_writes_citizens_read(at_desk: AtDesk) -> None:
    next_week = timezone.localdate() + timedelta(days=7)
    edda = at_desk(make_edda(), width=1280)

    search(edda, "Hund anmelden")
    edda.follow("Hund anmelden")
    edda.type("Was ist bei Ihnen besonders?", "Bringen Sie den Hund gern mit.")
    edda.press("Angaben speichern")
    edda.sees("Ihre Angaben sind gespeichert.")

    enter(edda, "Ämter und Zeiten")
    edda.page.locator(".office-card", has_text="Startseite").get_by_role("link").click()
    edda.unfold("Tag hinzufügen")
    enter_day(edda, "Tag", next_week)
    edda.choose("geschlossen")
    edda.type("Warum?", "Betriebsausflug")
    edda.press("Tag hinzufügen")
    edda.sees(f"Der {german_date(next_week)} ist eingetragen.")

    enter(edda, "Auftritt")
    edda.type("Begrüßung in einem Satz", "Schön, dass Sie da sind!")
    edda.press("Begrüßung speichern")
    edda.sees("Die Begrüßung ist gespeichert.")

    anna = at_desk(width=390)
    anna.sees("Schön, dass Sie da sind!", "Betriebsausflug")
    anna.page.get_by_label("Leistung oder Anliegen suchen").fill("Hund anmelden")
    anna.page.keyboard.press("Enter")
    anna.page.locator("main").get_by_role("link", name="Hund anmelden").first.click()
    anna.sees("Bringen Sie den Hund gern mit.")


def test_the_data_protection_officer_reads_the_register_and_the_calendar_and_checks_the_log(at_desk: AtDesk) -> None:
    make_payable()
    case = end(make_submission(make_anna()))
    retention.mark_due(now=MONDAY + retention.KEPT)
    audit.record(AuditAction.SEEN, by=None, now=MONDAY)
    dora = at_desk(make_staff("dora", "Dora", "Dreyer", Role.DATA_PROTECTION), width=390)

    dora.headline("Datenschutz")
    dora.unfold("Hund anmelden")
    register = dora.page.locator("details", has_text="Hund anmelden")
    expect(register.get_by_text("Aufbewahrung:")).to_be_visible()
    expect(register.get_by_text("Geburtsdatum").first).to_be_visible()
    dora.press("Jetzt prüfen")
    dora.sees("Das Protokoll ist unverändert")

    dora.follow("Alle Löschfristen und das Protokoll der Löschungen")
    dora.headline("Löschfristen")
    dora.sees(case.number, "Wird gelöscht am")
    expect(dora.page.get_by_text("Schröder")).to_have_count(0)
    enter(dora, "Datenschutz")
