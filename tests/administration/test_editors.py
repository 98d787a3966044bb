"""Edda writes what citizens read; what costs money or lets people in she neither sees nor changes."""

import re

import pytest
from django.urls import reverse

from tenants.models import Town
from tests.desk import errors_of
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient, make_edda
from townhall.actions import change_offer
from townhall.models import Offer, OfferState

TAG = "/rathaus/verwaltung/leistungen/hundemarke-ersatz/"
PUBLIC_TAG = "/leistungen/hundemarke-ersatz/"


@pytest.fixture
def edda(lage: Town, in_lage: Town) -> TownClient:
    """Edda at her desk, signed in with both factors."""
    return TownClient(lage).sign_in(make_edda())


@pytest.fixture
def paused(in_lage: Town) -> None:
    """A service that the administration has paused."""
    make_payable()
    change_offer(service_key="hundemarke-ersatz", state=OfferState.PAUSED, pause_note="Umzug.")


def test_she_sees_the_rooms_that_she_may_enter_and_no_others(edda: TownClient) -> None:
    page = edda.get("/rathaus/", follow=True)

    assert [room.title for room in page.context["navigation"]] == [
        "Leistungen",
        "Ämter und Zeiten",
        "Auftritt",
        "Karten und Schilder",
        "Ihre Website",
        "Barrieren",
        "Zahlen",
    ]


@pytest.mark.parametrize("name", ["services", "offices", "looks", "cards", "home_page", "figures", "barrier_reports"])
def test_no_link_of_her_pages_leads_nowhere(edda: TownClient, paused: None, name: str) -> None:
    pages = [reverse(f"administration:{name}")]
    if name == "services":
        pages += [TAG, "/rathaus/verwaltung/leistungen/hund-anmelden/"]
    if name == "offices":
        pages += [one for one in links_of(edda, pages[0]) if re.search(r"/aemter/\d+/$", one)][:1]

    found = {link: edda.get(link).status_code for page in pages for link in links_of(edda, page)}

    assert {link: status for link, status in found.items() if status not in (200, 302)} == {}
    assert len(found) > 7


def links_of(client: TownClient, page: str) -> set[str]:
    return set(re.findall(r'href="(/rathaus/[^"?#]*)', client.get(page).content.decode()))


def test_her_words_stand_on_the_page_of_the_service(edda: TownClient, visitor: TownClient) -> None:
    answer = edda.post(f"{TAG}angaben/", {"addition": "Marken gibt es im Bürgerbüro.", "processing_time": "drei Tage"})

    assert answer["Location"] == TAG
    page = text_of(visitor.get(PUBLIC_TAG))
    assert "Marken gibt es im Bürgerbüro." in page
    assert "drei Tage" in page


def test_her_words_leave_alone_who_has_to_sign(edda: TownClient) -> None:
    change_offer(service_key="hundemarke-ersatz", state=OfferState.INFO, needs_second_signature=True)

    assert "needs_second_signature" not in edda.get(TAG).content.decode()
    edda.post(f"{TAG}angaben/", {"addition": "Neu.", "needs_second_signature": ""})

    offer = Offer.objects.get(service_key="hundemarke-ersatz")
    assert (offer.addition, offer.needs_second_signature) == ("Neu.", True)


def test_she_rewords_a_pause(edda: TownClient, visitor: TownClient, paused: None) -> None:
    without = edda.post(f"{TAG}pause/", {"pause_note": " "})
    edda.post(f"{TAG}pause/", {"pause_note": "Wir ziehen um. Ab Montag geht es weiter."})

    assert errors_of(without) == ["Schreiben Sie in einem Satz, warum der Antrag angehalten ist."]
    assert "Wir ziehen um. Ab Montag geht es weiter." in text_of(visitor.get(PUBLIC_TAG))
    assert Offer.objects.get(service_key="hundemarke-ersatz").state == OfferState.PAUSED


def test_what_is_not_paused_has_no_such_sentence(edda: TownClient) -> None:
    assert edda.post(f"{TAG}pause/", {"pause_note": "Ich halte das an."}).status_code == 404
    assert not Offer.objects.filter(pause_note="Ich halte das an.").exists()
