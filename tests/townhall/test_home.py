"""The home page of a town."""

from datetime import date, datetime

import pytest

from tenants.models import Town
from tests.conftest import Clock
from tests.factories import make_payable
from tests.pages import links_of, text_of
from tests.people import BERLIN, TownClient
from tests.townhall.town import AFTERNOON, MORNING, change, change_office, close_on, hide_all_but
from townhall.actions import change_profile
from townhall.models import OfferState
from townhall.presentation import OFTEN_WANTED
from townhall.shopfront import shopfront


def test_the_home_page_leads_everywhere(visitor: TownClient) -> None:
    page = visitor.get("/")

    assert page.status_code == 200
    assert {
        "/leistungen/",
        "/lebenslagen/hund-und-tiere/",
        "/leistungen/?buchstabe=H",
        "/leistungen/hund-anmelden/",
        "/aemter/",
        "/hilfe/",
        "/impressum/",
        "/datenschutz/",
        "/barrierefreiheit/",
        "/barriere-melden/",
    } <= set(links_of(page))


def test_only_life_situations_with_a_service_of_the_town_are_shown(in_lage: Town, visitor: TownClient) -> None:
    hide_all_but("fundtier-melden", "reisepass")

    shown = [link for link in links_of(visitor.get("/")) if link.startswith("/lebenslagen/")]

    assert shown == [
        "/lebenslagen/hund-und-tiere/",
        "/lebenslagen/ausweis-und-urkunden/",
        "/lebenslagen/ordnung-schaeden-fund/",
    ]
    assert visitor.get("/lebenslagen/todesfall/").status_code == 404


def test_only_letters_with_a_service_lead_somewhere(in_lage: Town, visitor: TownClient) -> None:
    hide_all_but("hund-abmelden", "reisepass")

    assert [link for link in links_of(visitor.get("/")) if "buchstabe" in link] == [
        "/leistungen/?buchstabe=H",
        "/leistungen/?buchstabe=R",
    ]


def test_what_is_done_online_comes_first_among_the_often_used(in_lage: Town, visitor: TownClient) -> None:
    make_payable()

    text = text_of(visitor.get("/"))

    often_used = text[text.index("Häufig genutzt") : text.index("Alle 151 Leistungen ansehen")]
    assert often_used.startswith("Häufig genutzt Hund anmelden Online etwa 8 Minuten kostenfrei ")
    assert "Ersatz-Hundemarke bestellen Online etwa 5 Minuten 5,00 €" in often_used
    assert "Personalausweis" not in often_used  # wanted more often than these, but done in person


def test_what_people_want_most_is_in_the_catalogue(in_lage: Town) -> None:
    assert set(OFTEN_WANTED) <= set(shopfront().catalogue.services)


def test_what_the_town_hides_is_nowhere_on_its_pages(in_lage: Town, visitor: TownClient) -> None:
    change("hund-anmelden", state=OfferState.HIDDEN)

    for path in (
        "/",
        "/leistungen/",
        "/lebenslagen/hund-und-tiere/",
        "/suche/?q=Hund+anmelden",
        "/leistungen/hund-abmelden/",
    ):
        assert "/leistungen/hund-anmelden/" not in links_of(visitor.get(path)), path
    assert visitor.get("/leistungen/hund-anmelden/").status_code == 404


@pytest.mark.parametrize(
    ("hour", "told"),
    [
        (10, "Jetzt geöffnet – heute bis 12:30 Uhr"),
        (13, "Geschlossen – heute ab 14 Uhr"),
        (19, "Geschlossen – wieder am Donnerstag ab 8 Uhr"),
    ],
)
def test_the_box_says_whether_the_office_is_open_now(
    in_lage: Town, visitor: TownClient, clock: Clock, hour: int, told: str
) -> None:
    change_office("buergerbuero", (0, *MORNING), (0, *AFTERNOON), (3, *MORNING), phone="05232 601-330")
    clock(datetime(2026, 11, 16, hour, tzinfo=BERLIN))

    text = text_of(visitor.get("/"))

    assert told in text
    assert "Montag (heute) 8–12:30 und 14–18 Uhr Dienstag geschlossen" in text
    assert "05232 601-330" in text


def test_days_that_differ_are_announced(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    change_office("buergerbuero", (0, *MORNING))
    close_on("buergerbuero", date(2026, 11, 23), "Personalversammlung")

    announced = "Montag, 23. November 2026: geschlossen (Personalversammlung)"

    assert announced in text_of(visitor.get("/"))
    clock(datetime(2026, 11, 24, 9, tzinfo=BERLIN))
    assert announced not in text_of(visitor.get("/"))


def test_a_town_without_hours_and_phone_promises_neither(visitor: TownClient) -> None:
    text = text_of(visitor.get("/"))

    box = text[text.index("Lieber persönlich?") :]
    assert "geöffnet" not in box
    assert "Geschlossen" not in box
    assert "115 Behördennummer" in box


def test_each_town_has_its_name_its_colour_and_its_crest(
    in_lage: Town, visitor: TownClient, visitor_of_detmold: TownClient
) -> None:
    change_profile(colour="#9d2235")

    lage, detmold = visitor.get("/"), visitor_of_detmold.get("/")

    assert "Anträge und Auskünfte der Stadt Lage" in text_of(lage)
    assert "Anträge und Auskünfte der Stadt Detmold" in text_of(detmold)
    assert "Lage" not in text_of(detmold).replace("Lebenslagen", "")
    of_lage = next(link for link in links_of(lage) if link.startswith("/farbe-"))
    of_detmold = next(link for link in links_of(detmold) if link.startswith("/farbe-"))
    assert "--town-brand:#9d2235" in visitor.get(of_lage).content.decode()
    assert visitor_of_detmold.get(of_detmold).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert visitor_of_detmold.get(of_lage).status_code == 404


# --- The crest -------------------------------------------------------------------------------------------


def test_a_town_without_a_crest_gets_a_drawn_one(visitor: TownClient) -> None:
    crest = visitor.get("/wappen.svg")

    assert crest.headers["Content-Type"] == "image/svg+xml"
    assert crest.content.startswith(b"<svg")
    assert crest.headers["Cache-Control"] == "no-cache"


def test_an_uploaded_crest_can_neither_run_nor_load_anything(in_lage: Town, visitor: TownClient) -> None:
    change_profile(crest=b"\x89PNG crest", crest_type="image/png")

    address = next(link for link in links_of(visitor.get("/")) if link.startswith("/wappen.svg"))
    crest = visitor.get(address)

    assert (crest.content, crest.headers["Content-Type"]) == (b"\x89PNG crest", "image/png")
    assert crest.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert crest.headers["X-Content-Type-Options"] == "nosniff"
    assert crest.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_old_browsers_find_the_crest_too(visitor: TownClient) -> None:
    answer = visitor.get("/favicon.ico")

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/wappen.svg")
