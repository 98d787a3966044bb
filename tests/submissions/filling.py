"""Fills in forms as a browser would: open the page, send what is in it with the answers, follow."""

from typing import Any

from tests.people import TownClient

PERSON = {
    "vorname": "Anna",
    "nachname": "Schröder",
    "geburtsdatum_day": "14",
    "geburtsdatum_month": "3",
    "geburtsdatum_year": "1961",
}
ADDRESS = {"strasse": "Lange Straße", "hausnummer": "72", "plz": "32791", "ort": "Lage"}
CONTACT = {"email": "anna@post.example"}

TAG = {
    "halter": PERSON,
    "anschrift": ADDRESS,
    "kontakt": CONTACT,
    "hund": {"angemeldet": "ja", "markennummer": "4711", "hund_name": "Bello"},
    "grund": {"grund": "verloren", "fund": "on"},
    "bestellung": {"anzahl": "2", "ausgabe": "post"},
}

DOG = {
    "rasse": {
        "hund_name": "Bello",
        "rasse": "beagle",
        "geschlecht": "ruede",
        "geboren_month": "3",
        "geboren_year": "2026",
    },
    "herkunft": {
        "aufnahme_day": "10",
        "aufnahme_month": "11",
        "aufnahme_year": "2026",
        "herkunft": "tierheim",
        "vorhalter": "Tierheim Lippe",
    },
    "groesse": {"hoehe": "38", "gewicht": "12"},
    "chip": {"hat_chip": "ja", "chip": "276 0981 0234 5678"},
}

DAMAGE = {
    "schaden": {"kategorie": "laterne", "gefahr": "nein", "text": "Die Laterne ist seit drei Tagen dunkel."},
    "ort": {"ort": "Sedanstraße 4"},
    "kontakt": {"name": "Łucja Őzdemir", "email": "lucja@post.example"},
}


def fill_in(client: TownClient, service: str, pages: dict[str, dict[str, Any]], *, until: str = "") -> str:
    """Answer page after page; returns where the last one led to. Stops before the page `until`."""
    address = f"/antrag/{service}/"
    for key, answers in pages.items():
        if key == until:
            break
        answer = client.post(f"/antrag/{service}/{key}/", answers)
        assert answer.status_code == 302, errors_of(answer)
        address = answer["Location"]
    return address


def fill_in_dog(client: TownClient, number: int = 1, **changes: Any) -> str:
    """Answer the pages of one dog."""
    address = ""
    for key, answers in (DOG | changes).items():
        answer = client.post(f"/antrag/hund-anmelden/hunde/{number}/{key}/", answers)
        assert answer.status_code == 302, errors_of(answer)
        address = answer["Location"]
    return address


def fill_in_dog_registration(client: TownClient, **dog: Any) -> str:
    """The whole form with one dog; returns where it ends, which is the review."""
    fill_in(
        client,
        "hund-anmelden",
        {
            "halter": {"halter_art": "privat"} | PERSON,
            "anschrift": ADDRESS | {"ort_haltung": "ja"},
            "kontakt": CONTACT,
            "weitere-halter": {},
            "bestand": {"vorhandene": "0"},
        },
    )
    fill_in_dog(client, **dog)
    return fill_in(
        client,
        "hund-anmelden",
        {"hunde": {}, "verguenstigung": {"verguenstigung": "keine"}, "zahlung": {"zahlungsweg": "ueberweisung"}},
    )


def errors_of(answer: Any) -> Any:
    """What a page says is wrong, by field."""
    form = answer.context and answer.context.get("form")
    return dict(form.errors) if form is not None else answer.status_code
