"""A few questions that show the way, also to what is done online elsewhere or in person."""

import pytest

from tenants.models import Town
from tests.pages import text_of
from tests.people import TownClient
from tests.townhall.town import change
from townhall.models import OfferState
from townhall.offering import has_guide
from townhall.shopfront import shopfront

RECORD = "/leistungen/fuehrungszeugnis/"


def test_a_service_that_is_done_elsewhere_offers_its_questions(visitor: TownClient) -> None:
    page = visitor.get(RECORD)

    assert "Fragen beantworten" in text_of(page)
    assert "https://www.fuehrungszeugnis.bund.de/" in page.content.decode()
    assert visitor.get("/antrag/fuehrungszeugnis/")["Location"] == "/antrag/fuehrungszeugnis/zweck/"


def test_a_service_that_is_handed_in_has_no_guide(in_lage: Town) -> None:
    front = shopfront()

    assert not has_guide(front, front.services["hund-anmelden"])


@pytest.mark.parametrize("state", [OfferState.HIDDEN, OfferState.PAUSED])
def test_a_town_can_switch_a_guide_off(in_lage: Town, state: OfferState) -> None:
    service = shopfront().services["fuehrungszeugnis"]
    change("fuehrungszeugnis", state=state)

    assert not has_guide(shopfront(), service)


def test_a_guide_has_no_review_and_charges_nothing(visitor: TownClient, in_lage: Town) -> None:
    visitor.post("/antrag/fuehrungszeugnis/zweck/", {"zweck": "privat", "kinder": "nein"})
    visitor.post("/antrag/fuehrungszeugnis/kosten/", {"ehrenamt": "nein"})
    visitor.post("/antrag/fuehrungszeugnis/person/", {"alter": "ja", "eu": "nein"})
    end = visitor.post("/antrag/fuehrungszeugnis/ausweis/", {"online_ausweis": "ja"}, follow=True)

    assert "Sie können es online beantragen" in text_of(end)
    assert "Prüfen" not in text_of(end)
    assert "Schritt 5 von 5" in text_of(end)
    assert visitor.get("/antrag/fuehrungszeugnis/persoenlich/").status_code == 200
    review = visitor.post("/antrag/fuehrungszeugnis/pruefen/", {"complete": "on", "seen_fee": "0"})
    assert review["Location"] == "/antrag/fuehrungszeugnis/online/"
