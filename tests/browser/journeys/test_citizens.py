"""A citizen from the home page to the receipt, on a phone and on a laptop, in two towns, and without scripts."""

import re
from pathlib import Path

import pytest

from tests.browser.journeys.conftest import Mails, Opened
from tests.browser.journeys.forms import PAY, fill_dogs, fill_tag, send
from tests.browser.journeys.person import is_pdf

IN_TWO_TOWNS = pytest.mark.parametrize(("town", "width"), [("lage", 390), ("detmold", 1280)])


@IN_TWO_TOWNS
def test_dogs_are_registered(opened: Opened, mails: Mails, insurance: Path, town: str, width: int) -> None:
    anna = opened(town, width=width)

    anna.open("/")
    anna.look("start")
    anna.follow("Hund anmelden")
    anna.look("leistung-hund")
    anna.follow("Antrag starten")
    anna.open("/anmelden/?next=/antrag/hund-anmelden/")
    anna.signs_in("anna")
    fill_dogs(anna, insurance=insurance, looks=True)
    anna.sees("Bello, Rottweiler", "Hundesteuer im Jahr", "Lippische Landes-Brand", "versicherung.png")
    anna.look("hund-16-pruefen")
    send(anna)

    anna.headline("Ihr Antrag ist eingegangen")
    anna.look("hund-17-eingegangen")
    number = anna.number()
    assert number.startswith(f"{town.upper()}-2026-")
    assert is_pdf(anna.download("Antrag als PDF"))
    anna.follow("Zum Stand meines Antrags")
    anna.sees(number, "So steht Ihr Antrag")
    anna.look("hund-18-stand")
    mail = mails("anna.schroeder@post.example")[0]
    assert number in mail["text"]
    assert "Schröder" not in mail["text"]
    assert "Rottweiler" not in mail["text"]


@pytest.mark.parametrize(
    ("town", "width", "price", "way"),
    [("lage", 1280, "10,00", "Karte"), ("detmold", 390, "13,00", "PayPal"), ("lemgo", 390, "10,00", "PayPal")],
)
def test_a_tag_is_ordered_and_paid(opened: Opened, mails: Mails, town: str, width: int, price: str, way: str) -> None:
    """In Lemgo through a payment service that speaks XBezahldienste, elsewhere at Stripe."""
    oemer = opened(town, width=width)

    oemer.open("/suche/?q=hundemarke+verloren")
    oemer.look("suche")
    oemer.follow(re.compile("Ersatz-Hundemarke"))
    oemer.look("leistung-marke")
    oemer.follow("Antrag starten")
    fill_tag(oemer, looks=True)
    oemer.sees("Zum Absenden bitte anmelden", price)
    oemer.look("marke-7-vor-der-anmeldung")
    oemer.follow("Anmelden und weiter")
    oemer.signs_in("oemer")
    oemer.sees("Stimmt alles?", "4711")
    oemer.look("marke-8-pruefen")
    send(oemer, PAY)
    oemer.headline("Gebühr bezahlen")
    oemer.look("marke-9-bezahlen")
    number = oemer.number()

    oemer.press("Weiter zur Bezahlseite")
    oemer.press("Abbrechen und zurück")
    oemer.sees("Ihre Angaben sind gespeichert")
    oemer.look("marke-10-abgebrochen")
    oemer.press("Jetzt bezahlen")
    oemer.choose(way)
    oemer.press(f"{price} € bezahlen")

    oemer.headline("Ihr Antrag ist eingegangen")
    oemer.look("marke-11-eingegangen")
    assert is_pdf(oemer.download("Quittung"))
    assert is_pdf(oemer.download("Antrag als PDF"))
    oemer.open("/meine-antraege/")
    oemer.sees(number)
    oemer.look("meine-antraege")
    assert number in mails("oemer.sahin@post.example")[0]["text"]


def test_a_tag_is_ordered_and_paid_without_scripts(opened: Opened) -> None:
    oemer = opened("lage", width=390, javascript=False)

    oemer.open("/")
    oemer.type("Leistung oder Anliegen suchen", "hundemarke weg")
    oemer.press("Suchen")
    oemer.follow(re.compile("Ersatz-Hundemarke"))
    oemer.follow("Antrag starten")
    fill_tag(oemer, tags="1")
    oemer.follow("Anmelden und weiter")
    oemer.signs_in("oemer")
    send(oemer, PAY)
    oemer.press("Weiter zur Bezahlseite")
    oemer.choose("Karte")
    oemer.press("5,00 € bezahlen")

    oemer.headline("Ihr Antrag ist eingegangen")
    oemer.look("ohne-skripte")


def test_a_draft_waits_for_the_person_who_comes_back(opened: Opened) -> None:
    """On the server, page by page, once somebody is signed in; on another device too."""
    at_home = opened("lage")
    at_home.open("/anmelden/?next=/antrag/hundemarke-ersatz/")
    at_home.signs_in("dorde")
    at_home.go_on()
    at_home.go_on()
    at_home.type("Telefon", "05231 4711")
    at_home.go_on()

    on_the_bus = opened("lage", width=390)
    on_the_bus.open("/anmelden/?next=/meine-antraege/")
    on_the_bus.signs_in("dorde")
    on_the_bus.sees("Angefangen")
    on_the_bus.look("entwurf")
    on_the_bus.follow(re.compile("Ersatz-Hundemarke"))

    on_the_bus.look("weitermachen")
    on_the_bus.follow("Weitermachen")
    on_the_bus.headline("Um welchen Hund geht es?")


def test_what_one_person_sends_no_other_sees(opened: Opened) -> None:
    anna, oemer, anna_in_detmold = opened("lage"), opened("lage"), opened("detmold")
    for person, username in ((anna, "anna"), (oemer, "oemer"), (anna_in_detmold, "anna")):
        person.open("/anmelden/?next=/meine-antraege/")
        person.signs_in(username)
    anna.open("/antrag/hundemarke-ersatz/")
    fill_tag(anna, tags="1")
    send(anna, PAY)
    number = anna.number()

    pages = [f"/meine-antraege/{number}/", f"/meine-antraege/{number}/antrag.pdf", f"/zahlung/{number}/"]
    assert [anna.status_of(page) for page in pages] == [200, 200, 200]
    assert [oemer.status_of(page) for page in pages] == [404, 404, 404]
    assert [anna_in_detmold.status_of(page) for page in pages] == [404, 404, 404]
    carried_over = anna.page.context.cookies()
    assert anna.status_of("/meine-antraege/") == 200
    assert anna_in_detmold.status_of("/meine-antraege/", cookies=carried_over) == 302  # please sign in
