"""A town stops a service while drafts are open: they can be sent until a day, and are never lost."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from submissions.models import Draft, Submission
from tenants.models import Town
from tests.factories import make_payable
from tests.files import is_pdf
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_astrid, make_oemer
from tests.submissions.filling import TAG, fill_in, fill_in_dog_registration
from tests.submissions.window import Window
from townhall.actions import change_offer
from townhall.models import Offer, OfferState
from townhall.shopfront import shopfront

START, REVIEW = "/antrag/hund-anmelden/", "/antrag/hund-anmelden/pruefen/"
PDF = "/antrag/hund-anmelden/entwurf.pdf"
SEND = {"complete": "on", "seen_fee": "0.00"}


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    """Anna has filled in her registration, but not sent it yet."""
    visitor.sign_in(make_anna())
    fill_in_dog_registration(visitor)
    return visitor


def switch_off(state: OfferState = OfferState.PAUSED, *, days: int | None = None) -> date | None:
    until = None if days is None else timezone.localdate() + timedelta(days=days)
    note = "Wir stellen auf ein neues Verfahren um." if state == OfferState.PAUSED else ""
    change_offer(service_key="hund-anmelden", state=state, pause_note=note, drafts_until=until)
    return until


@pytest.mark.parametrize("state", [OfferState.PAUSED, OfferState.INFO, OfferState.HIDDEN])
def test_until_the_day_a_draft_can_be_finished_and_its_pages_say_so(anna: TownClient, state: OfferState) -> None:
    switch_off(state, days=3)

    page = text_of(Window(anna, "/antrag/hund-anmelden/zahlung/").response)
    review = text_of(anna.get(REVIEW))
    sent = anna.post(REVIEW, SEND)

    assert "können Sie ihn noch bis" in page
    assert "können Sie ihn noch bis" in review
    assert sent.status_code == 302
    assert Submission.objects.count() == 1


def test_the_day_itself_still_counts(anna: TownClient) -> None:
    switch_off(days=0)

    assert anna.post(REVIEW, SEND).status_code == 302


@pytest.mark.parametrize("days", [-1, None])
@pytest.mark.parametrize("state", [OfferState.PAUSED, OfferState.HIDDEN])
def test_afterwards_it_is_there_as_a_pdf_with_whom_to_ask(
    anna: TownClient, days: int | None, state: OfferState
) -> None:
    switch_off(state, days=days)

    pages = [anna.get(address) for address in (START, "/antrag/hund-anmelden/zahlung/", REVIEW)]
    refused = anna.post(REVIEW, SEND)

    assert [page.status_code for page in pages] == [409, 409, 409]
    assert [PDF in page.content.decode() for page in pages] == [True, True, True]
    assert "Steuer" in text_of(pages[0])  # the office
    assert refused.status_code == 409
    assert not Submission.objects.exists()
    assert is_pdf(anna.get(PDF).content)
    assert Draft.objects.exists()
    assert "Hund anmelden" in text_of(anna.get("/meine-antraege/"))


def test_what_was_being_typed_when_it_stopped_is_kept(anna: TownClient) -> None:
    window = Window(anna, "/antrag/hund-anmelden/kontakt/")
    switch_off()

    told = window.types(email="neu@post.example")
    window.sends(email="neu@post.example")

    assert told["outcome"] == "saved"
    assert Draft.objects.get().answers["email"] == "neu@post.example"


@pytest.mark.parametrize("days", [3, None])
def test_nobody_begins_anew(anna: TownClient, days: int | None) -> None:
    switch_off(days=days)
    oemer = TownClient(anna.town).sign_in(make_oemer())

    assert oemer.get(START).status_code == 409
    assert oemer.get("/antrag/hund-anmelden/halter/").status_code == 409
    assert oemer.post("/antrag/hund-anmelden/halter/", {"halter_art": "privat"}).status_code == 409
    assert Draft.objects.count() == 1


def test_a_hidden_service_does_not_exist_for_who_has_not_begun(in_lage: Town, visitor: TownClient) -> None:
    switch_off(OfferState.HIDDEN, days=3)

    assert visitor.get(START).status_code == 404


def test_without_an_account_it_is_the_same(visitor: TownClient, in_lage: Town) -> None:
    make_payable()
    fill_in(visitor, "hundemarke-ersatz", TAG)
    Offer.objects.filter(service_key="hundemarke-ersatz").update(state=OfferState.PAUSED)
    switch_off()

    stopped = visitor.get("/antrag/hundemarke-ersatz/")

    assert stopped.status_code == 409
    assert is_pdf(visitor.get("/antrag/hundemarke-ersatz/entwurf.pdf").content)


def test_the_pdf_of_a_draft_is_for_its_owner(anna: TownClient, visitor_of_detmold: TownClient) -> None:
    oemer = TownClient(anna.town).sign_in(make_oemer())
    visitor_of_detmold.cookies = anna.cookies

    assert oemer.get(PDF)["Location"] == START
    assert TownClient(anna.town).get(PDF)["Location"] == START
    assert visitor_of_detmold.get(PDF)["Location"] == START


def test_the_administrator_says_until_when(anna: TownClient) -> None:
    astrid = TownClient(anna.town).sign_in(make_astrid())
    address = "/rathaus/verwaltung/leistungen/hund-anmelden/"
    until = timezone.localdate() + timedelta(days=5)
    typed = {"state": "paused", "pause_note": "Umstellung"}
    day = {f"drafts_until_{part}": str(getattr(until, part)) for part in ("day", "month", "year")}

    suggested = astrid.get(address).content.decode()
    astrid.post(f"{address}stand/", typed | day)
    paused = Offer.objects.get(service_key="hund-anmelden").drafts_until
    told = text_of(TownClient(anna.town).get("/leistungen/hund-anmelden/"))
    astrid.post(f"{address}stand/", {"state": "online"} | day)

    in_two_weeks = timezone.localdate() + timedelta(days=14)
    assert re.search(rf'name="drafts_until_day"[^>]* value="{in_two_weeks.day}"', suggested)
    assert paused == until
    assert "Haben Sie schon angefangen?" in told
    assert Offer.objects.get(service_key="hund-anmelden").drafts_until is None


def test_a_service_that_left_the_catalogue_leaves_a_pdf(anna: TownClient) -> None:
    catalogue = shopfront().catalogue
    services = {key: service for key, service in catalogue.services.items() if key != "hund-anmelden"}
    object.__setattr__(catalogue, "services", services)  # in memory, until the test is over

    stopped = anna.get(START)

    assert stopped.status_code == 409
    assert "Hund anmelden" in text_of(stopped)
    assert is_pdf(anna.get(PDF).content)
    assert "Hund anmelden" in text_of(anna.get("/meine-antraege/"))
