"""How people fill in the forms, page by page."""

from pathlib import Path

from tests.browser.journeys.person import Person

PAY = "Jetzt kostenpflichtig absenden"


def fill_tag(person: Person, *, tags: str = "2", old: str = "4711", looks: bool = False) -> None:
    """*Ersatz-Hundemarke* from its first page to the review. Somebody who is signed in finds her data there."""
    if not person.page.get_by_label("Vorname(n)").input_value():
        person.fill(Vorname="Ömer", Familienname="Şahin")
        person.date("2", "11", "1988")
    _next(person, "marke-1-person", looks)
    if not person.page.get_by_label("Straße").input_value():
        person.fill(Straße="Friedrich-Petri-Straße", Hausnummer="7a", Postleitzahl="32791", Ort="Lage")
    _next(person, "marke-2-anschrift", looks)
    if not person.page.get_by_label("E-Mail-Adresse").input_value():
        person.type("E-Mail-Adresse", "oemer.sahin@post.example")
    _next(person, "marke-3-kontakt", looks)
    person.choose("Ja")
    person.type("Nummer der alten Marke", old)
    _next(person, "marke-4-hund", looks)
    person.tick("Sie ist verloren")
    person.tick("Taucht die alte Marke")
    _next(person, "marke-5-grund", looks)
    person.type("Wie viele Marken", tags)
    person.tick("Mit der Post")
    _next(person, "marke-6-bestellung", looks)


def fill_dogs(person: Person, *, insurance: Path, looks: bool = False) -> None:
    """*Hund anmelden*: a Rottweiler with papers and a small dog, paid by direct debit. Signed in, up to the review."""
    person.tick("mir oder meiner Familie")
    _next(person, "hund-01-halter", looks)
    person.choose("Ja")
    _next(person, "hund-02-anschrift", looks)
    _next(person, "hund-03-kontakt", looks)
    person.follow("Person hinzufügen")
    person.fill(Vorname="Jürgen", Familienname="Schröder")
    person.date("1", "2", "1959")
    _next(person, "hund-04-person", looks)
    _next(person, "hund-05-weitere", looks)
    person.type("So viele Hunde", "0")
    _next(person, "hund-06-bestand", looks)
    _fill_big_dog(person, insurance, looks)
    person.follow("Weiteren Hund hinzufügen")
    _fill_small_dog(person)
    person.sees("Bello, Rottweiler", "Fips, Mischling")
    _next(person, "hund-13-hunde", looks)
    person.tick("Ich beantrage eine Ermäßigung")
    person.page.get_by_label("Grund", exact=True).select_option(label="Hund aus dem Tierheim")
    person.tick("Ich reiche es nach")
    _next(person, "hund-14-verguenstigung", looks)
    person.tick("mit Lastschrift")
    person.type("Kontoinhaberin", "Anna Schröder")
    person.type("IBAN", "DE02 1203 0000 0000 2020 51")
    person.tick("Ich erlaube das und bin berechtigt")
    _next(person, "hund-15-zahlung", looks)


def send(person: Person, button: str = "Jetzt absenden") -> None:
    """Declare that all is true and hand in, also when much the same was handed in a moment ago."""
    person.tick("Meine Angaben sind vollständig")
    again = person.page.get_by_label("Das ist ein weiterer Antrag.")
    if again.count():
        again.check()
    person.press(button)


def _fill_big_dog(person: Person, insurance: Path, looks: bool) -> None:
    _fill_breed(person, name="Bello", breed="Rottweiler")
    _next(person, "hund-07-rasse", looks)
    person.date("10", "10", "2026")
    person.tick("aus einem Tierheim")
    person.type("Name und Anschrift der", "Tierheim Lippe, Am Wall 1, Detmold")
    _next(person, "hund-08-herkunft", looks)
    person.fill(Höhe_bis="60", Gewicht="40")
    _next(person, "hund-09-groesse", looks)
    person.tick("Nein, noch nicht")
    _next(person, "hund-10-chip", looks)
    person.type("Name der Haftpflichtversicherung", "Lippische Landes-Brand")
    person.type("Nummer der Versicherung", "HV 12-345")
    person.page.get_by_label("Bestätigung der Versicherung").set_input_files(insurance)
    person.page.get_by_label("Ich reiche es nach").last.check()
    _next(person, "hund-11-nachweise", looks)
    person.tick("Ich weiß, dass ich für diesen Hund")
    _next(person, "hund-12-erlaubnis", looks)


def _fill_small_dog(person: Person) -> None:
    _fill_breed(person, name="Fips", breed="Mischling")
    person.go_on()
    person.date("1", "11", "2026")
    person.tick("von einer Züchterin")
    person.type("Name und Anschrift der", "Berta Beispiel, Lemgo")
    person.go_on()
    person.fill(Höhe_bis="25", Gewicht="8")
    person.go_on()
    person.tick("Nein, noch nicht")
    person.go_on()


def _fill_breed(person: Person, *, name: str, breed: str) -> None:
    person.type("Name des Hundes", name)
    person.type("Rasse", breed)
    person.page.keyboard.press("ArrowDown")
    person.page.keyboard.press("Enter")
    person.tick("Rüde")
    person.date("", "3", "2026")


def _next(person: Person, picture: str, looks: bool) -> None:
    if looks:
        person.look(picture)
    person.go_on()
