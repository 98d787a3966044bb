"""What is typed into which form, page by page, in a way that nothing of it could stand there by chance.

To try another form, write down its pages and name it in FORMS.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.files import PNG

Typed = dict[str, str]  # by the name of an input: text, value of a choice, "on"; of a file its name


@dataclass(frozen=True)
class Page:
    """A page of a form: its address within the form, what is typed there, and the button that leads on."""

    path: str
    typed: Typed = field(default_factory=dict)
    button: str = "Weiter"

    @property
    def files(self) -> list[str]:
        return [value for value in self.typed.values() if value.endswith(".png")]


@dataclass(frozen=True)
class Form:
    """`username` fills it in: from the start, or (`signs_in_late`) only to hand in. `answers` are handed in."""

    service: str
    username: str
    pages: tuple[Page, ...]
    answers: dict[str, Any]
    signs_in_late: bool = False
    is_paid: bool = False
    before: tuple[Page, ...] = ()  # answered first and changed afterwards, so that other questions were asked too

    def address(self, page: Page) -> str:
        return f"/antrag/{self.service}/{page.path}"

    @property
    def typed(self) -> Typed:
        """Everything that is typed anywhere, by the name of its input."""
        return {name: value for page in (*self.before, *self.pages) for name, value in page.typed.items()}

    @property
    def files(self) -> list[str]:
        return [name for page in self.pages for name in page.files]


def make_files(folder: Path, form: Form) -> None:
    """The files that are added to the form."""
    for name in form.files:
        (folder / name).write_bytes(PNG)


ADDRESS = {"strasse": "Kiebitzgrundstraße", "hausnummer": "4711b", "zusatz": "bei Zwirbelmann", "plz": "32791"}

DOGS = Form(
    service="hund-anmelden",
    username="oemer",
    before=(
        Page("halter/", {"halter_art": "firma", "firma": "Zwirbelmann Tierfutter GmbH"}),
        Page(
            "anschrift/", ADDRESS | {"ort": "Lage-Zwirbelheide", "ort_haltung": "nein", "hund_strasse": "Hofzwirbel 3"}
        ),
    ),
    pages=(
        Page(
            "halter/",
            {
                "halter_art": "privat",
                "anrede": "herr",
                "vorname": "Ömerzwirbel",
                "nachname": "Şahinblaschke",
                "geburtsdatum_day": "2",
                "geburtsdatum_month": "11",
                "geburtsdatum_year": "1988",
            },
        ),
        Page("anschrift/", ADDRESS | {"ort": "Lage-Zwirbelheide", "ort_haltung": "ja"}),
        Page("kontakt/", {"email": "oemer.blaschke@post.example", "telefon": "05232 9998877"}),
        Page(
            "weitere-halter/1/person/",
            {
                "person_vorname": "Jürgenzwirbel",
                "person_nachname": "Mitbewohnerin",
                "person_geburtsdatum_day": "1",
                "person_geburtsdatum_month": "2",
                "person_geburtsdatum_year": "1959",
            },
        ),
        Page("weitere-halter/"),
        Page("bestand/", {"vorhandene": "17"}),
        Page(
            "hunde/1/rasse/",
            {
                "hund_name": "Zottelzwirbel",
                "rasse_typed": "Mischling",
                "geschlecht": "ruede",
                "farbe": "zwirbelgrau mit Stern",
                "geboren_month": "3",
                "geboren_year": "2026",
            },
        ),
        Page(
            "hunde/1/herkunft/",
            {
                "aufnahme_day": "10",
                "aufnahme_month": "10",
                "aufnahme_year": "2026",
                "herkunft": "zuzug",
                "vorherige_stadt": "Zwirbelshausen an der Werre",
                "dort_abgemeldet": "ja",
            },
        ),
        Page(
            "hunde/1/herkunft/",
            {
                "aufnahme_day": "10",
                "aufnahme_month": "10",
                "aufnahme_year": "2026",
                "herkunft": "tierheim",
                "vorhalter": "Tierheim Zwirbelshausen, Am Wall 1",
            },
        ),
        Page("hunde/1/groesse/", {"hoehe": "63", "gewicht": "41"}),
        Page("hunde/1/chip/", {"hat_chip": "ja", "chip": "276098102345678"}),
        Page(
            "hunde/1/grosser-hund/",
            {
                "versicherung": "Zwirbelversicherung",
                "versicherungsnummer": "HV-900417-Z",
                "haftpflicht": "Police_Blaschke.png",
                "sachkunde": "Sachkunde_Blaschke.png",
            },
        ),
        Page("hunde/"),
        Page(
            "verguenstigung/",
            {
                "verguenstigung": "ermaessigung",
                "verguenstigung_grund": "tierheim",
                "verguenstigung_nachweis": "Vertrag_Blaschke.png",
            },
        ),
        Page(
            "zahlung/",
            {
                "zahlungsweg": "lastschrift",
                "kontoinhaber": "Ömerzwirbel Şahinblaschke",
                "iban": "DE02120300000000202051",
                "mandat": "on",
            },
        ),
    ),
    answers={
        "halter_art": "privat",
        "anrede": "herr",
        "vorname": "Ömerzwirbel",
        "nachname": "Şahinblaschke",
        "geburtsdatum": "1988-11-02",
        **ADDRESS,
        "ort": "Lage-Zwirbelheide",
        "ort_haltung": "ja",
        "email": "oemer.blaschke@post.example",
        "telefon": "05232 9998877",
        "weitere-halter": [
            {
                "person_vorname": "Jürgenzwirbel",
                "person_nachname": "Mitbewohnerin",
                "person_geburtsdatum": "1959-02-01",
            }
        ],
        "vorhandene": 17,
        "hunde": [
            {
                "hund_name": "Zottelzwirbel",
                "rasse": "mischling",
                "geschlecht": "ruede",
                "farbe": "zwirbelgrau mit Stern",
                "geboren": "2026-03",
                "aufnahme": "2026-10-10",
                "herkunft": "tierheim",
                "vorhalter": "Tierheim Zwirbelshausen, Am Wall 1",
                "hoehe": 63,
                "gewicht": 41,
                "hat_chip": "ja",
                "chip": "276098102345678",
                "versicherung": "Zwirbelversicherung",
                "versicherungsnummer": "HV-900417-Z",
                "haftpflicht_later": False,
                "sachkunde_later": False,
            }
        ],
        "verguenstigung": "ermaessigung",
        "verguenstigung_grund": "tierheim",
        "verguenstigung_nachweis_later": False,
        "zahlungsweg": "lastschrift",
        "kontoinhaber": "Ömerzwirbel Şahinblaschke",
        "iban": "DE02120300000000202051",
        "mandat": True,
    },
)

TAG = Form(
    service="hundemarke-ersatz",
    username="dorde",
    signs_in_late=True,
    is_paid=True,
    pages=(
        Page(
            "halter/",
            {
                "vorname": "Annegretzwirbel",
                "nachname": "Blaschkewitz",
                "geburtsdatum_day": "14",
                "geburtsdatum_month": "3",
                "geburtsdatum_year": "1961",
            },
        ),
        Page("anschrift/", ADDRESS | {"ort": "Lage-Zwirbelheide"}),
        Page("kontakt/", {"email": "annegret.blaschke@post.example", "telefon": "05232 1112233"}),
        Page(
            "hund/",
            {
                "angemeldet": "ja",
                "kassenzeichen": "KZ-900-417-Z",
                "markennummer": "90041799",
                "hund_name": "Zottelbärchen",
                "rasse_typed": "Beagle",
            },
        ),
        Page("grund/", {"grund": "gestohlen", "fund": "on"}),
        Page("bestellung/", {"anzahl": "3", "ausgabe": "abholung"}),
    ),
    answers={
        "vorname": "Annegretzwirbel",
        "nachname": "Blaschkewitz",
        "geburtsdatum": "1961-03-14",
        **ADDRESS,
        "ort": "Lage-Zwirbelheide",
        "email": "annegret.blaschke@post.example",
        "telefon": "05232 1112233",
        "angemeldet": "ja",
        "kassenzeichen": "KZ-900-417-Z",
        "markennummer": "90041799",
        "unbekannt": False,
        "hund_name": "Zottelbärchen",
        "rasse": "beagle",
        "grund": "gestohlen",
        "fund": True,
        "anzahl": 3,
        "ausgabe": "abholung",
    },
)


def day(name: str, on: date) -> Typed:
    """A date as it is typed."""
    return {f"{name}_day": str(on.day), f"{name}_month": str(on.month), f"{name}_year": str(on.year)}


SOON, LATER = date.today() + timedelta(days=60), date.today() + timedelta(days=64)  # noqa: DTZ011 -- to be typed

CONTAINER_IS_FOR = Page("antragsteller/", {"antragsteller_art": "privat"})
CONTAINER_IS = Page("was/", {"art": "container", "anzahl": "7"})

CONTAINER = Form(
    service="sondernutzung-container",
    username="oemer",
    before=(
        CONTAINER_IS,
        Page("antragsteller/", {"antragsteller_art": "firma"}),
        Page(
            "firma/",
            {
                "firma_firma": "Zwirbelmann Bauschutt GmbH",
                "firma_rechtsform": "gmbh",
                "firma_registergericht": "Amtsgericht Zwirbelshausen",
                "firma_registernummer": "HRB 900417Z",
                "firma_strasse": "Bauzwirbelweg",
                "firma_hausnummer": "4711-4719c",
                "firma_zusatz": "Zwirbelhinterhaus",
                "firma_plz": "32791",
                "firma_ort": "Lage-Zwirbelbruch",
            },
        ),
    ),
    pages=(
        CONTAINER_IS,
        CONTAINER_IS_FOR,
        Page(
            "person/",
            {
                "vorname": "Đorđezwirbel",
                "nachname": "Kőrösiblaschke",
                "geburtsdatum_day": "30",
                "geburtsdatum_month": "7",
                "geburtsdatum_year": "1974",
            },
        ),
        Page("anschrift/", ADDRESS | {"ort": "Lage-Zwirbelheide"}),
        Page("kontakt/", {"email": "dorde.blaschke@post.example", "telefon": "05232 7778899"}),
        Page(
            "ort/",
            {
                "ort_strasse": "Containerzwirbelallee",
                "ort_hausnummer": "9004-9017d",
                "ort_punkt": "neben der Zwirbeleiche",
                "flaeche_art": "gehweg",
            },
        ),
        Page("masse/", {"laenge": "3,57", "breite": "1,93", "hoehe": "1,41"}),
        Page("zeit/", day("von", SOON) | day("bis", LATER)),
        Page(
            "verkehr/",
            {
                "restbreite": "unsicher",
                "verkehr": "ja",
                "beschilderung": "plan",
                "beschilderungsplan": "Schilder_Blaschke.png",
            },
        ),
        Page(
            "aufsteller/",
            {
                "aufsteller": "firma",
                "aufsteller_firma": "Muldenzwirbel und Söhne",
                "aufsteller_strasse": "Muldenzwirbelgasse",
                "aufsteller_hausnummer": "4712-4718e",
                "aufsteller_zusatz": "Zwirbeltor Nord",
                "aufsteller_plz": "32756",
                "aufsteller_ort": "Detmold-Zwirbelfeld",
            },
        ),
        Page("rechnung/", {"rechnung_an": "firma"}),
        Page(
            "verantwortlich/",
            {"verantwortlich_name": "Polierzwirbel Maurermann", "verantwortlich_telefon": "0151 90041799"},
        ),
        Page("unterlagen/", {"skizze": "Skizze_Blaschke.png", "fotos": "Gehweg_Blaschke.png"}),
        Page("erklaerungen/", {"haftung": "on", "beleuchtung": "on", "bekanntgabe": "post"}),
    ),
    answers={
        "art": "container",
        "anzahl": 7,
        "antragsteller_art": "privat",
        "vorname": "Đorđezwirbel",
        "nachname": "Kőrösiblaschke",
        "geburtsdatum": "1974-07-30",
        **ADDRESS,
        "ort": "Lage-Zwirbelheide",
        "email": "dorde.blaschke@post.example",
        "telefon": "05232 7778899",
        "ort_strasse": "Containerzwirbelallee",
        "ort_hausnummer": "9004-9017d",
        "ort_punkt": {"place": "neben der Zwirbeleiche"},
        "flaeche_art": ["gehweg"],
        "laenge": "3.57",
        "breite": "1.93",
        "hoehe": "1.41",
        "von": SOON.isoformat(),
        "bis": LATER.isoformat(),
        "restbreite": "unsicher",
        "verkehr": "ja",
        "beschilderung": "plan",
        "aufsteller": "firma",
        "aufsteller_firma": "Muldenzwirbel und Söhne",
        "aufsteller_strasse": "Muldenzwirbelgasse",
        "aufsteller_hausnummer": "4712-4718e",
        "aufsteller_zusatz": "Zwirbeltor Nord",
        "aufsteller_plz": "32756",
        "aufsteller_ort": "Detmold-Zwirbelfeld",
        "rechnung_an": "firma",
        "verantwortlich_name": "Polierzwirbel Maurermann",
        "verantwortlich_telefon": "0151 90041799",
        "haftung": True,
        "beleuchtung": True,
        "bekanntgabe": "post",
    },
)

FESTIVAL_SERVES = Page("ausschank/", {"staende_alkohol": "3"})
FESTIVAL_PERSON = Page(
    "person/",
    {
        "anrede": "herr",
        "vorname": "Ömerzwirbel",
        "nachname": "Festblaschkowitz",
        "geburtsdatum_day": "2",
        "geburtsdatum_month": "11",
        "geburtsdatum_year": "1988",
    },
)
CLUB = {
    "firma_firma": "Schützenzwirbel von 1871 e. V.",
    "firma_rechtsform": "ev",
    "firma_registergericht": "Amtsgericht Zwirbelsen",
    "firma_registernummer": "VR 9004171",
    "firma_strasse": "Schützenzwirbelweg",
    "firma_hausnummer": "5811-5819f",
    "firma_zusatz": "Zwirbelhalle",
    "firma_plz": "32791",
    "firma_ort": "Lage-Zwirbelberg",
}

FESTIVAL = Form(
    service="gestattung",
    username="oemer",
    before=(
        FESTIVAL_SERVES,
        Page("antragsteller/", {"antragsteller_art": "privat"}),
        FESTIVAL_PERSON,
        Page("anschrift/", ADDRESS | {"ort": "Lage-Zwirbelheide"}),
    ),
    pages=(
        FESTIVAL_SERVES,
        Page("antragsteller/", {"antragsteller_art": "verein"}),
        Page("firma/", CLUB),
        FESTIVAL_PERSON,
        Page("kontakt/", {"email": "fest.blaschke@post.example", "telefon": "05232 3334455"}),
        Page(
            "verantwortlich/",
            {
                "verantwortlich_vorname": "Annegretzwirbel",
                "verantwortlich_nachname": "Thekenblaschke",
                "verantwortlich_geburtsdatum_day": "14",
                "verantwortlich_geburtsdatum_month": "3",
                "verantwortlich_geburtsdatum_year": "1961",
                "verantwortlich_telefon": "0151 90041733",
            },
        ),
        Page(
            "anlass/",
            {
                "anlass": "Sommerzwirbelfest mit Vogelschießen",
                "ort_punkt": "an der Zwirbelmühle",
                "grundstueck": "Wiese hinter dem Zwirbelhof",
                "eigentuemer_zustimmung": "oeffentlich",
            },
        ),
        Page("tage/1/tag/", day("datum", SOON) | {"beginn": "17:30", "ende": "1:30"}),
        Page("tage/"),
        Page(
            "gaeste/",
            {
                "teilnehmer": "917",
                "sicherheitsdienst": "ja",
                "sicherheitsfirma": "Wachzwirbel Lippe mit vierzehn Leuten",
            },
        ),
        Page("angebot/", {"getraenke": "alkoholfrei", "speisen": "grill", "mindestens_ein_alkoholfrei": "on"}),
        Page("zelt/", {"zelt": "ja", "zelt_groesse": "97"}),
        Page("musik/", {"musik": "dj", "musik_von": "18:30", "musik_bis": "23:30", "musik_draussen": "ja"}),
        Page("toiletten/", {"toiletten_damen": "6", "toiletten_herren": "5", "toiletten_barrierefrei": "2"}),
        Page(
            "unterlagen/",
            {
                "lageplan": "Lageplan_Blaschke.png",
                "mietvertrag": "Miete_Blaschke.png",
                "jugendschutz": "on",
                "bekanntgabe": "online",
            },
        ),
    ),
    answers={
        "staende_alkohol": 3,
        "antragsteller_art": "verein",
        **CLUB,
        "anrede": "herr",
        "vorname": "Ömerzwirbel",
        "nachname": "Festblaschkowitz",
        "geburtsdatum": "1988-11-02",
        "email": "fest.blaschke@post.example",
        "telefon": "05232 3334455",
        "verantwortlich_vorname": "Annegretzwirbel",
        "verantwortlich_nachname": "Thekenblaschke",
        "verantwortlich_geburtsdatum": "1961-03-14",
        "verantwortlich_telefon": "0151 90041733",
        "anlass": "Sommerzwirbelfest mit Vogelschießen",
        "ort_punkt": {"place": "an der Zwirbelmühle"},
        "grundstueck": "Wiese hinter dem Zwirbelhof",
        "eigentuemer_zustimmung": "oeffentlich",
        "tage": [{"datum": SOON.isoformat(), "beginn": "17:30", "ende": "01:30"}],
        "teilnehmer": 917,
        "sicherheitsdienst": "ja",
        "sicherheitsfirma": "Wachzwirbel Lippe mit vierzehn Leuten",
        "getraenke": ["alkoholfrei"],
        "speisen": ["grill"],
        "mindestens_ein_alkoholfrei": True,
        "zelt": "ja",
        "zelt_groesse": 97,
        "musik": "dj",
        "musik_von": "18:30",
        "musik_bis": "23:30",
        "musik_draussen": "ja",
        "toiletten_damen": 6,
        "toiletten_herren": 5,
        "toiletten_barrierefrei": 2,
        "jugendschutz": True,
        "bekanntgabe": "online",
    },
)

FORMS = (DOGS, TAG, CONTAINER, FESTIVAL)
