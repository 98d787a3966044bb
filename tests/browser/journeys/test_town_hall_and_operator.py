"""What happens in the town hall and at the operator, from end to end: with real mails, codes and payments."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.local.inbox import totp
from tests.browser.journeys.conftest import Mails, Opened
from tests.browser.journeys.forms import PAY, fill_tag, send
from tests.browser.journeys.person import SAMPLE, Person, is_pdf
from tests.printed import Pdf, codes_of

WIDTHS = pytest.mark.parametrize("width", [390, 1280])
BY_LAW = "Satzung über Marken vom heutigen Tag"
PATIENCE = 30  # seconds that a mail may take


@WIDTHS
def test_a_case_goes_from_the_citizen_through_the_town_hall_and_back(
    opened: Opened, mails: Mails, insurance: Path, width: int
) -> None:
    oemer = opened("lage", width=width)
    old = str(width)  # the very same twice in ten minutes is taken for one
    number = _order_a_tag(oemer, tags="1", old=old)

    bernd = opened("lage", width=width)
    bernd.signs_in_as_staff("bernd@lage.example")
    bernd.open("/rathaus/eingang/")
    bernd.look("eingang")
    bernd.open(f"/rathaus/eingang/?q={number}")
    bernd.follow(re.compile("Ersatz-Hundemarke"))
    bernd.sees(old, "Ömer", "5,00")
    bernd.look("vorgang-neu")
    bernd.press("Übernehmen")
    bernd.unfold("Rückfrage stellen")
    bernd.type("Was brauchen Sie noch?", "Bitte schicken Sie ein Foto der alten Marke.")
    bernd.press("Rückfrage senden")
    bernd.sees("auf eine Antwort")
    bernd.look("vorgang-rueckfrage")

    oemer.open(f"/meine-antraege/{number}/")
    oemer.sees("Bitte schicken Sie ein Foto der alten Marke.")
    oemer.look("antwort")
    oemer.type("Ihre Antwort", "Hier ist es.")
    oemer.page.get_by_label("Dateien").set_input_files(insurance)
    oemer.press("Antwort abschicken")
    oemer.sees("Wir prüfen Ihre Angaben")

    bernd.page.reload()
    bernd.sees("Hier ist es.", insurance.name)
    bernd.look("vorgang-antwort")
    bernd.unfold("Entscheiden")
    bernd.tick("Erledigt und eingetragen")
    bernd.type("Text der Entscheidung", "Ihre neue Marke ist unterwegs.")
    bernd.press("Entscheidung mitteilen")
    bernd.press("Vorgang abschließen")
    bernd.sees("Ihre neue Marke ist unterwegs.")
    bernd.look("vorgang-abgeschlossen")

    oemer.page.reload()
    oemer.sees("Erledigt und eingetragen", "Ihre neue Marke ist unterwegs.")
    oemer.look("stand-entschieden")
    assert is_pdf(oemer.download("Quittung"))
    told = _soon(lambda: [one for one in mails("oemer.sahin@post.example") if number in one["text"]], at_least=3)
    assert not any("unterwegs" in one["text"] or "Foto" in one["text"] for one in told)  # only that there is news

    karin = opened("lage", width=width)
    karin.signs_in_as_staff("karin@lage.example")
    karin.open("/rathaus/kasse/")
    karin.sees(number, "Bezahlt")
    karin.look("kasse")
    karin.follow(re.compile(number))
    karin.sees("5,00", "Karte")
    karin.look("kasse-zahlung")
    assert karin.status_of(f"/rathaus/vorgang/{number}/") == 404  # the cash office needs no answers

    clara = opened("detmold", width=width)
    clara.signs_in_as_staff("clara@detmold.example")
    assert clara.status_of("/rathaus/eingang/") == 200
    assert clara.status_of(f"/rathaus/vorgang/{number}/") == 404
    assert clara.status_of(f"/rathaus/kasse/{number}-1/") == 404


@WIDTHS
def test_what_the_administrator_changes_people_see_within_a_moment(opened: Opened, width: int) -> None:
    town, administrator = ("lemgo", "anja@lemgo.example") if width == 390 else ("detmold", "arne@detmold.example")
    anna, anja = opened(town, width=width), opened(town, width=width)
    anja.signs_in_as_staff(administrator)
    anja.open("/rathaus/verwaltung/leistungen/")
    anja.look("verwaltung-leistungen")

    anja.open("/rathaus/verwaltung/leistungen/hundemarke-ersatz/")
    anja.look("verwaltung-leistung")
    anja.page.locator(".amounts").get_by_role("link").first.click()
    anja.look("verwaltung-betrag")
    _enter_amount(anja, "7,25")
    anna.finds("/leistungen/hundemarke-ersatz/", "7,25", BY_LAW)

    anja.open("/rathaus/verwaltung/leistungen/hundemarke-ersatz/")
    anja.tick("Angehalten")
    anja.type("Warum und bis wann?", "Die Marken sind ausgegangen. Ab Montag geht es weiter.")
    anja.press("Stand speichern")
    anja.sees("Der Stand ist jetzt „online, zurzeit angehalten“.")
    anna.finds("/leistungen/hundemarke-ersatz/", "Die Marken sind ausgegangen.")
    anna.look("leistung-angehalten")

    anja.tick("Nicht angeboten")
    anja.press("Stand speichern")
    anja.sees("Der Stand ist jetzt „nicht angeboten“.")
    anna.waits_for(404, "/leistungen/hundemarke-ersatz/")
    anja.page.get_by_role("radio", name=re.compile("^Online ")).check()
    anja.press("Stand speichern")
    anja.sees("Der Stand ist jetzt „online“.")
    anna.waits_for(200, "/leistungen/hundemarke-ersatz/")

    anja.open("/rathaus/verwaltung/aemter/")
    anja.follow(re.compile("Bürgerbüro"))
    anja.look("verwaltung-amt")
    anja.type("Telefon", "05261 213-0")
    anja.press("Stelle speichern")
    anna.finds("/aemter/", "05261 213-0")


def test_staff_come_in_with_their_account_at_the_town_and_nobody_else_does(opened: Opened) -> None:
    """At the town's own OpenID provider; the portal asks for the code from the app."""
    kai, oemer = opened("detmold", width=390), opened("detmold", width=390)
    kai.open("/rathaus/")
    kai.follow("Mit dem Konto der Stadt Detmold")
    kai.signs_in("kai")
    secret = next(one.totp_secret for one in SAMPLE.staff_with_account if one.username == "kai")
    kai.type("Code aus Ihrer App", totp.code(secret, time.time()))
    kai.press("Anmelden")
    kai.headline("Zahlungen")

    oemer.open("/rathaus/")
    oemer.follow("Mit dem Konto der Stadt Detmold")
    oemer.signs_in("oemer")
    oemer.look("rathaus-konto-unbekannt")
    assert oemer.status_of("/rathaus/eingang/") == 302


def test_an_administrator_tries_the_towns_own_sign_in(opened: Opened) -> None:
    arne = opened("detmold")
    arne.signs_in_as_staff("arne@detmold.example")
    arne.open("/rathaus/verwaltung/anmeldung/")
    arne.look("verwaltung-anmeldung")
    arne.follow("Zur Probe anmelden")
    arne.signs_in("arne")
    arne.sees("Die Probe hat geklappt.", "Nach dem zweiten Faktor fragt das Portal selbst.")


@WIDTHS
def test_a_printed_card_brings_people_to_its_service(opened: Opened, width: int) -> None:
    astrid, anna = opened("lage", width=width), opened("lage", width=width)
    astrid.signs_in_as_staff("astrid@lage.example")
    astrid.open("/rathaus/verwaltung/karten/")
    astrid.page.get_by_role("combobox", name="Noch etwas dazunehmen").press_sequentially("Hund anm")
    astrid.page.get_by_role("option", name="Hund anmelden").click()
    astrid.press("Dazunehmen")
    astrid.page.get_by_role("link", name=re.compile("Weglassen.*Das ganze Serviceportal")).click()
    astrid.look("verwaltung-karten")

    pdf = Pdf(astrid.download("PDF herunterladen"))
    preview = astrid.page.locator(".printing__page")
    assert preview.evaluate("image => image.complete && image.naturalWidth > 900")
    codes = set(codes_of(astrid.fetched(preview.get_attribute("src") or "")))
    assert codes == {f"{astrid.address}/hund/k"}
    assert (pdf.is_for_everybody, pdf.texts[0].count("Hund anmelden")) == (True, 10)

    anna.page.goto(codes.pop())
    anna.headline("Hund anmelden")
    astrid.finds(astrid.page.url.removeprefix(astrid.address), "QR-Code K")

    astrid.tick("Türschild A4")
    astrid.press("Vorschau zeigen")
    astrid.look("verwaltung-schild")
    astrid.open("/rathaus/verwaltung/website/")
    astrid.look("verwaltung-website")


def test_the_operator_brings_a_town_live_and_people_pay_there(opened: Opened, mails: Mails) -> None:
    """The citizen has her account from before and needs no other; the town is paid on its own."""
    olga = opened("betrieb")
    olga.signs_in_as_staff("olga@betrieb.example")
    olga.open("/")
    olga.sees("Lage", "Detmold", "Lemgo")
    olga.look("betrieb")
    olga.open("/staedte/neu/")
    olga.page.get_by_role("combobox").press_sequentially("Blom")
    olga.page.get_by_role("option", name=re.compile("Blomberg")).click()
    olga.headline("Stadt Blomberg")
    olga.look("betrieb-neu")
    olga.fill(Vorname="Beate", Nachname="Blum")
    olga.type("E-Mail-Adresse", "beate@blomberg.example")
    olga.type("Farbe der Stadt", "#7a1f5c")
    olga.press("Weiter zum Prüfen")
    olga.look("betrieb-pruefen")
    began = time.monotonic()
    olga.press("Stadt anlegen")
    olga.headline("Die Stadt Blomberg ist im Probebetrieb")
    assert time.monotonic() - began < 60
    olga.look("betrieb-angelegt")
    olga.follow("Zur Checkliste")
    olga.look("betrieb-checkliste")
    olga.follow("Trotzdem online stellen")
    olga.look("betrieb-online-stellen")
    olga.type("Grund", "Der Rat hat zugestimmt")
    olga.press("Online stellen")
    olga.sees("Stadt Blomberg ist online.", "Beim Start noch offen", "Der Rat hat zugestimmt")
    olga.look("betrieb-stadt")

    anna = opened("blomberg", width=390)
    anna.waits_for(200, "/leistungen/hund-anmelden/")
    anna.open("/leistungen/hund-anmelden/")
    anna.look("blomberg")
    anna.sees("Stadt Blomberg", "Hund anmelden")
    anna.open("/anmelden/?next=/meine-antraege/")
    anna.signs_in("anna")
    anna.sees("Angemeldet als Anna Schröder", "Stadt Blomberg", "Noch nichts abgeschickt")

    beate = opened("blomberg")
    _accept_invitation(beate, mails)
    beate.open("/rathaus/verwaltung/leistungen/")
    beate.look("blomberg-verwaltung")
    assert beate.status_of("/rathaus/eingang/") == 404  # she has not said that she works on cases
    assert "Antrag starten" not in anna.text_of("/leistungen/hundemarke-ersatz/")
    beate.open("/rathaus/verwaltung/betraege/hundemarke.ersatz/")
    _enter_amount(beate, "4,50")
    beate.open("/rathaus/verwaltung/bezahlen/")
    beate.look("blomberg-konto")
    beate.press("Konto verbinden")
    beate.press("Angaben bestätigen")
    beate.sees("Das Konto ist verbunden.")

    anna.open("/antrag/hundemarke-ersatz/")
    fill_tag(anna, tags="2")
    send(anna, PAY)
    anna.press("Weiter zur Bezahlseite")
    anna.choose("Karte")
    anna.press("9,00 € bezahlen")
    anna.headline("Ihr Antrag ist eingegangen")
    assert anna.number() == "BLOMBERG-2026-000001"


def _order_a_tag(person: Person, *, tags: str, old: str) -> str:
    person.open("/anmelden/?next=/antrag/hundemarke-ersatz/")
    person.signs_in("oemer")
    fill_tag(person, tags=tags, old=old)
    send(person, PAY)
    person.press("Weiter zur Bezahlseite")
    person.choose("Karte")
    person.press("5,00 € bezahlen")
    person.headline("Ihr Antrag ist eingegangen")
    return person.number()


def _enter_amount(person: Person, amount: str) -> None:
    """On the page of an amount, valid from today."""
    person.type("Betrag", amount)
    person.date(*time.strftime("%d %m %Y").split())
    person.type("Satzung", BY_LAW)
    person.press("Betrag speichern")
    person.sees(amount, BY_LAW)


def _accept_invitation(person: Person, mails: Mails) -> None:
    """Follow the link, choose a password, connect the app."""
    (invitation,) = _soon(lambda: mails("beate@blomberg.example"), at_least=1)
    link = re.search(r"http://\S+", invitation["text"])
    assert link
    person.page.goto(link[0])
    person.look("passwort")
    for label in ("Neues Passwort", "Neues Passwort noch einmal"):
        person.page.get_by_label(label, exact=True).fill("Der Nelkenweg blüht im Mai 2026")
    person.press("Passwort speichern")
    person.look("app-einrichten")
    person.unfold("Ohne Kamera einrichten")
    key = person.page.locator(".set-up__key").inner_text().replace(" ", "")
    person.type("Code aus Ihrer App", totp.code(key, time.time()))
    person.press("App verbinden")
    person.page.locator(".staff-person").wait_for()


def _soon(found: Callable[[], list[dict[str, str]]], *, at_least: int) -> list[dict[str, str]]:
    """What the worker sends a moment later."""
    deadline = time.monotonic() + PATIENCE
    while len(found()) < at_least and time.monotonic() < deadline:
        time.sleep(0.2)
    return found()
