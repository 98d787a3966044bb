"""Services are hidden, shown, put online and paused; the public page changes at once and the reasons are told."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk import errors_of
from tests.factories import make_amount, make_payable
from tests.pages import text_of
from tests.people import TownClient
from townhall.models import Offer, OfferState, Office

LIST = "/rathaus/verwaltung/leistungen/"
TAG = f"{LIST}hundemarke-ersatz/"
PUBLIC_TAG = "/leistungen/hundemarke-ersatz/"


def titles(client: TownClient, query: str = "") -> list[str]:
    return [offered.service.title for offered in client.get(LIST + query).context["page"]]


def switch(client: TownClient, state: str, note: str = "", key: str = "hundemarke-ersatz") -> Any:
    return client.post(f"{LIST}{key}/stand/", {"state": state, "pause_note": note})


# --- The list ------------------------------------------------------------------------------------------------


def test_all_services_of_the_catalogue_are_listed(astrid: TownClient) -> None:
    page = astrid.get(LIST)

    assert "151 Leistungen" in text_of(page)
    assert "1 bis 50 von 151" in text_of(page)


@pytest.mark.parametrize("words", ["Blechmarke", "HUNDEMARKE ERSATZ", "ersatz hunde"])
def test_a_service_is_found_by_title_and_keywords(astrid: TownClient, words: str) -> None:
    assert titles(astrid, f"?q={words}") == ["Ersatz-Hundemarke bestellen"]


def test_the_list_is_filtered_by_state_and_life_situation(astrid: TownClient) -> None:
    Offer.objects.filter(service_key="hund-anmelden").update(state=OfferState.HIDDEN)
    make_payable()  # also lets everybody see the change above

    assert titles(astrid, "?stand=nicht-angeboten") == ["Hund anmelden"]
    online = titles(astrid, "?stand=online")
    assert "Ersatz-Hundemarke bestellen" in online
    assert not {"Hund anmelden", "Reisepass beantragen"} & set(online)
    assert "Hund abmelden" in titles(astrid, "?lebenslage=hund-und-tiere")
    assert "Reisepass beantragen" not in titles(astrid, "?lebenslage=hund-und-tiere")


@pytest.mark.parametrize("query", ["?stand=quatsch", "?lebenslage=%00", "?seite=x", "?q=%00"])
def test_a_filter_that_does_not_exist_filters_nothing(astrid: TownClient, query: str) -> None:
    assert len(titles(astrid, query)) == 50


def test_the_list_says_why_something_is_not_online_yet(astrid: TownClient) -> None:
    page = text_of(astrid.get(f"{LIST}?stand=noch-nicht-online"))

    assert (
        "Ersatz-Hundemarke bestellen Es ist noch nicht eingerichtet, wie man online bezahlt. "
        "Es fehlt der Betrag „Ersatz-Hundemarke“." in page
    )


def test_several_services_are_switched_at_once(astrid: TownClient, visitor: TownClient) -> None:
    answer = astrid.post(
        f"{LIST}umstellen/?lebenslage=hund-und-tiere",
        {"service": ["hund-anmelden", "hund-abmelden"], "state": "hidden"},
        follow=True,
    )

    assert answer.redirect_chain == [(f"{LIST}?lebenslage=hund-und-tiere", 302)]
    assert "2 Leistungen sind umgestellt." in text_of(answer)
    assert visitor.get("/leistungen/hund-anmelden/").status_code == 404


def test_those_that_cannot_go_online_are_named(astrid: TownClient) -> None:
    answer = astrid.post(
        f"{LIST}umstellen/", {"service": ["hund-anmelden", "hundemarke-ersatz"], "state": "online"}, follow=True
    )

    assert "Online geht „Ersatz-Hundemarke bestellen“ noch nicht." in text_of(answer)
    assert "1 Leistung ist umgestellt." in text_of(answer)


def test_switching_nothing_or_to_nothing_is_explained(astrid: TownClient) -> None:
    answer = astrid.post(f"{LIST}umstellen/", {})

    assert answer.status_code == 422
    assert errors_of(answer) == [
        "Kreuzen Sie zuerst Leistungen in der Liste an.",
        "Wählen Sie aus, worauf Sie umstellen möchten.",
    ]


def test_what_was_ticked_stays_ticked(astrid: TownClient) -> None:
    page = astrid.post(f"{LIST}umstellen/?q=hundemarke", {"service": ["hundemarke-ersatz"], "state": "paused"})

    assert page.status_code == 422
    assert 'value="hundemarke-ersatz" id="id_service" aria-label="Ersatz-Hundemarke bestellen ankreuzen" checked' in (
        page.content.decode()
    )


# --- One service -------------------------------------------------------------------------------------------------


def test_a_service_goes_online_when_nothing_stands_in_the_way(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    switch(astrid, "info")
    assert "Antrag starten" not in text_of(visitor.get(PUBLIC_TAG))

    answer = switch(astrid, "online")

    assert answer["Location"] == TAG
    assert "Antrag starten" in text_of(visitor.get(PUBLIC_TAG))


def test_it_does_not_go_online_without_amount_and_account(astrid: TownClient) -> None:
    switch(astrid, "info")

    answer = switch(astrid, "online")

    assert answer.status_code == 422
    assert errors_of(answer) == [
        "Online geht „Ersatz-Hundemarke bestellen“ noch nicht. "
        "Es ist noch nicht eingerichtet, wie man online bezahlt. Es fehlt der Betrag „Ersatz-Hundemarke“."
    ]
    assert "Betrag eintragen: Ersatz-Hundemarke" in text_of(answer)
    assert Offer.objects.get(service_key="hundemarke-ersatz").state == OfferState.INFO


def test_it_does_not_go_online_without_a_form(astrid: TownClient) -> None:
    answer = switch(astrid, "online", key="osterfeuer")

    assert errors_of(answer) == [
        "Online geht „Osterfeuer oder Brauchtumsfeuer anmelden“ noch nicht. "
        "Für diese Leistung gibt es noch kein Online-Formular."
    ]


def test_a_pause_says_why(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    without_reason = switch(astrid, "paused")
    switch(astrid, "paused", "Wir ziehen um. Ab 1. Dezember geht es weiter.")

    assert errors_of(without_reason) == ["Schreiben Sie in einem Satz, warum der Antrag angehalten ist."]
    page = text_of(visitor.get(PUBLIC_TAG))
    assert "Wir ziehen um. Ab 1. Dezember geht es weiter." in page
    assert "Antrag starten" not in page


def test_a_reason_typed_for_another_state_is_not_kept(astrid: TownClient) -> None:
    switch(astrid, "info", "Wir ziehen um.")

    assert Offer.objects.get(service_key="hundemarke-ersatz").pause_note == ""


def test_a_hidden_service_is_gone_at_once(astrid: TownClient, visitor: TownClient) -> None:
    assert visitor.get(PUBLIC_TAG).status_code == 200

    switch(astrid, "hidden")

    assert visitor.get(PUBLIC_TAG).status_code == 404
    assert "So sehen es die Menschen" not in text_of(astrid.get(TAG))


def test_a_state_that_does_not_exist_is_refused(astrid: TownClient) -> None:
    assert errors_of(switch(astrid, "magic")) == ["Bitte wählen Sie eine der Möglichkeiten aus."]


def test_the_town_adds_its_own_words_office_and_time(astrid: TownClient, visitor: TownClient) -> None:
    office = Office.objects.get(units=["stadtkasse"])

    astrid.post(
        f"{TAG}angaben/",
        {"office": office.pk, "processing_time": "etwa drei Tage", "addition": "Bitte bringen Sie Kleingeld mit."},
    )

    page = text_of(visitor.get(PUBLIC_TAG))
    assert "Bitte bringen Sie Kleingeld mit." in page
    assert "etwa drei Tage" in page
    assert Offer.objects.get(service_key="hundemarke-ersatz").office == office


def test_an_office_that_is_not_there_is_refused_and_the_words_stay(astrid: TownClient) -> None:
    answer = astrid.post(f"{TAG}angaben/", {"office": "99999", "addition": "Kleingeld."})

    assert answer.status_code == 422
    assert "Kleingeld.</textarea>" in answer.content.decode()


def test_the_page_tells_what_it_costs_and_what_comes(astrid: TownClient) -> None:
    assert "Ersatz-Hundemarke noch kein Betrag eingetragen fehlt" in text_of(astrid.get(TAG))

    make_amount()

    assert "Ersatz-Hundemarke Gebührensatzung, gilt seit 1. Januar 2026 5,00 €" in text_of(astrid.get(TAG))


def test_a_federal_amount_cannot_be_changed(astrid: TownClient) -> None:
    page = text_of(astrid.get(f"{LIST}personalausweis/"))

    assert "bundesweit gleich, steht im gemeinsamen Katalog" in page


def test_a_service_that_does_not_exist_is_a_404(astrid: TownClient) -> None:
    assert astrid.get(f"{LIST}gibt-es-nicht/").status_code == 404


def test_the_list_costs_the_same_however_much_is_switched_off(astrid: TownClient) -> None:
    astrid.get(f"{LIST}?stand=nicht-angeboten")
    with CaptureQueriesContext(connection) as with_none:
        astrid.get(f"{LIST}?stand=nicht-angeboten")
    for key in ("hund-anmelden", "hund-abmelden", "reisepass"):
        switch(astrid, "hidden", key=key)
    astrid.get(LIST)  # the town has changed: it is read again once

    with CaptureQueriesContext(connection) as with_three:
        page = astrid.get(f"{LIST}?stand=nicht-angeboten")

    assert len(page.context["page"]) == 3
    assert len(with_three) == len(with_none)
