"""The page of a service: what it is here, what it costs here, and how one gets it."""

import re
from datetime import date, datetime

import pytest

from catalogue.current import released_catalogue
from operations.actions import bring_town_live
from tenants.models import Town
from tenants.municipalities import municipality
from tests.conftest import Clock
from tests.factories import make_amount, make_payable
from tests.pages import links_of, plain, text_of
from tests.people import BERLIN, MONDAY, TownClient
from tests.townhall.town import AFTERNOON, MORNING, change, change_office, office_of, take_payments
from townhall.actions import change_profile
from townhall.models import OfferState

BIELEFELD = "057110000000"  # kreisfrei
AUGUSTDORF = "057660004004"  # a small Gemeinde


def told(visitor: TownClient, key: str) -> str:
    page = visitor.get(f"/leistungen/{key}/")
    assert page.status_code == 200
    return text_of(page)


def section(text: str, title: str, until: str) -> str:
    """What a page says below a heading, up to the next one."""
    return text.split(f" {title} ", 1)[1].split(f" {until} ", 1)[0]


def costs(visitor: TownClient, key: str) -> str:
    """What stands below the heading „Kosten“, without the name of the table."""
    html = visitor.get(f"/leistungen/{key}/").content.decode()
    block = html.split('<h2 id="costs">Kosten</h2>')[1].split("</section>")[0]
    return plain(re.sub(r"<caption.*?</caption>", "", block))


def visitor_of_new_town(key: str) -> TownClient:
    chosen = municipality(key)
    return TownClient(bring_town_live(municipality=chosen, slug=chosen.slug, now=MONDAY))


# --- What it is ------------------------------------------------------------------------------------------


def test_the_page_tells_everything_that_the_catalogue_knows(in_lage: Town, visitor: TownClient) -> None:
    text = told(visitor, "hund-anmelden")

    service = released_catalogue().services["hund-anmelden"]
    for part in [
        service.title,
        service.summary,
        *service.requirements,
        *(document.name for document in service.documents),
        *(document.note for document in service.documents if document.note),
        *service.steps,
        service.deadline,
        service.fee.note,
        *service.hints,
        *service.legal_basis,
        service.trust_reason,
        "etwa 8 Minuten",
        "Anmeldung: Stufe 1 von 3",
        "Ein Konto (BundID) mit E-Mail und Passwort genügt.",
    ]:
        assert part
        assert part in text
    assert "Verantwortlich für Ihre Daten ist die Stadt Lage." in text
    assert "Hier im Portal löschen wir sie 90 Tage nach dem Abschluss." in text
    assert "Stand: Katalog 1, freigegeben am" in text


def test_every_service_has_a_page_in_every_kind_of_town(in_lage: Town, visitor: TownClient) -> None:
    for client in (visitor, visitor_of_new_town(BIELEFELD), visitor_of_new_town(AUGUSTDORF)):
        for key in released_catalogue().services:
            assert client.get(f"/leistungen/{key}/").status_code == 200, key


def test_the_town_adds_its_own_words_below_the_central_text(in_lage: Town, visitor: TownClient) -> None:
    change(
        "hund-anmelden", addition="Im Stadtpark gilt Leinenpflicht.\n\n<b>Auch nachts.</b>", processing_time="zwei Tage"
    )

    text = told(visitor, "hund-anmelden")

    assert text.index("Gut zu wissen") < text.index("Hinweise der Stadt Lage Im Stadtpark gilt Leinenpflicht. <b>Auch")
    assert "Bearbeitungszeit: zwei Tage" in text
    assert "in der Regel wenige Tage" not in text


def test_related_services_are_those_that_the_town_shows(in_lage: Town, visitor: TownClient) -> None:
    change("hund-abmelden", state=OfferState.HIDDEN)

    related = section(told(visitor, "hund-anmelden"), "Das passt dazu", "Stand:")

    assert "Hundesteuer-Ermäßigung beantragen" in related
    assert "Hund abmelden" not in related


# --- Applying --------------------------------------------------------------------------------------------


def test_what_can_be_done_online_has_a_button(visitor: TownClient) -> None:
    page = visitor.get("/leistungen/hund-anmelden/")

    assert "/antrag/hund-anmelden/" in links_of(page)
    assert "Online vollständig möglich" in text_of(page)


def test_without_an_amount_or_an_account_there_is_no_button_but_the_ordinary_way(
    in_lage: Town, visitor: TownClient
) -> None:
    change_profile(phone="05232 601-0")

    def page_without_button() -> None:
        page = visitor.get("/leistungen/hundemarke-ersatz/")
        assert "/antrag/hundemarke-ersatz/" not in links_of(page)
        assert "Erledigen vor Ort" in text_of(page)
        assert {"tel:+4952326010", "#stelle"} <= set(links_of(page))

    page_without_button()
    make_amount()
    page_without_button()
    take_payments("Karte", "PayPal")

    page = visitor.get("/leistungen/hundemarke-ersatz/")
    assert "/antrag/hundemarke-ersatz/" in links_of(page)
    assert "Möglich sind: Karte, PayPal." in text_of(page)


def test_a_paused_service_shows_the_note_of_the_town(in_lage: Town, visitor: TownClient) -> None:
    change("hund-anmelden", state=OfferState.PAUSED, pause_note="Wir ziehen um. Ab Montag geht es wieder.")

    page = visitor.get("/leistungen/hund-anmelden/")

    assert "Online geht es gerade nicht Wir ziehen um. Ab Montag geht es wieder." in text_of(page)
    assert "/antrag/hund-anmelden/" not in links_of(page)


def test_a_paused_service_without_a_note_says_that_nothing_is_lost(in_lage: Town, visitor: TownClient) -> None:
    change("hund-anmelden", state=OfferState.PAUSED)

    assert "Was Sie schon angefangen haben, bleibt gespeichert." in told(visitor, "hund-anmelden")


def test_how_long_answers_are_kept_is_told_only_where_they_are_given_here(in_lage: Town, visitor: TownClient) -> None:
    kept = "Hier im Portal löschen wir sie"
    assert kept in told(visitor, "hund-anmelden")

    change("hund-anmelden", state=OfferState.LINK, link="https://hunde.lage.example/")

    assert kept not in told(visitor, "hund-anmelden")


def test_what_the_county_does_names_the_county_and_its_department(visitor: TownClient) -> None:
    page = visitor.get("/leistungen/kfz-zulassung/")

    text = text_of(page)
    assert "Zuständig ist eine andere Stelle Kreis Lippe Straßenverkehrsamt" in text
    assert "Diese Stelle gehört nicht zur Stadt Lage." in text
    assert "Datenschutz bei diesem Antrag" not in text
    assert "tel:115" in links_of(page)


def test_what_another_body_does_online_has_a_link_there(visitor: TownClient) -> None:
    page = visitor.get("/leistungen/gewerbezentralregister/")

    assert "https://www.fuehrungszeugnis.bund.de/" in links_of(page)
    assert "Online an anderer Adresse Bundesamt für Justiz" in text_of(page)


def test_a_town_of_its_own_county_never_sends_people_to_a_county(in_lage: Town) -> None:
    visitor = visitor_of_new_town(BIELEFELD)

    for key in ("kfz-zulassung", "fuehrerschein", "elterngeld", "bauakte", "unterhaltsvorschuss", "verwarngeld"):
        text = told(visitor, key)
        assert "Kreises" not in text, key
        assert "Zuständig ist eine andere Stelle" not in text, key


def test_a_town_that_is_large_enough_does_it_itself(in_lage: Town, visitor: TownClient) -> None:
    assert "Kreis" not in told(visitor, "bauakte")
    assert "Zuständig Kreis Lippe" in told(visitor_of_new_town(AUGUSTDORF), "bauakte")


def test_another_bodys_link_stays_where_the_town_is_responsible(visitor: TownClient) -> None:
    assert "https://www.bauportal.nrw" in links_of(visitor.get("/leistungen/bauantrag/"))


# --- Costs -----------------------------------------------------------------------------------------------


def test_costs_are_the_towns_amounts_of_today_with_by_law_and_day(
    in_lage: Town, visitor: TownClient, clock: Clock
) -> None:
    make_amount(amount="5.00", by_law="Gebührensatzung der Stadt Lage")
    make_amount(amount="6.50", by_law="Gebührensatzung der Stadt Lage", valid_from=date(2027, 1, 1))

    assert costs(visitor, "hundemarke-ersatz") == (
        "Wofür Betrag Ersatz-Hundemarke 5,00 € ab 1. Januar 2027: 6,50 € "
        "Gebührensatzung der Stadt Lage, gilt seit 1. Januar 2026"
    )

    clock(datetime(2027, 1, 1, 9, tzinfo=BERLIN))
    assert costs(visitor, "hundemarke-ersatz") == (
        "Wofür Betrag Ersatz-Hundemarke 6,50 € Gebührensatzung der Stadt Lage, gilt seit 1. Januar 2027"
    )


def test_an_amount_that_the_town_has_not_entered_is_left_to_the_by_law(visitor: TownClient) -> None:
    assert costs(visitor, "hundemarke-ersatz") == (
        "Gebühr nach der Satzung der Stadt. Den Betrag sagen wir Ihnen gern. "
        "Grundlage: Hundesteuersatzung oder Verwaltungsgebührensatzung"
    )


def test_a_gemeinde_is_not_called_a_town(in_lage: Town) -> None:
    assert costs(visitor_of_new_town(AUGUSTDORF), "hundemarke-ersatz").startswith(
        "Gebühr nach der Satzung der Gemeinde."
    )


def test_some_amounts_may_still_be_missing(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    first, second = released_catalogue().services["bewohnerparkausweis"].fee.amounts
    make_amount(key=first.key, amount="25.00", by_law="Parkgebührenordnung")

    assert costs(visitor, "bewohnerparkausweis") == (
        f"Wofür Betrag {first.label} Parkgebührenordnung, gilt seit 1. Januar 2026 25,00 € {second.label} nach Satzung"
    )


def test_federal_amounts_are_central_and_locked(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    key = released_catalogue().services["personalausweis"].fee.amounts[0].key
    make_amount(key=key, amount="1.00")

    assert costs(visitor, "personalausweis").startswith(
        "Wofür Betrag Ab 24 Jahren 46,00 € Unter 24 Jahren 27,60 € "
        "Personalausweisgebührenverordnung, bundesweit gleich, gilt seit 7. Februar 2026"
    )


def test_what_costs_nothing_says_so(visitor: TownClient) -> None:
    assert costs(visitor, "abfallkalender") == "Das kostet Sie nichts."


def test_what_the_county_charges_is_not_guessed(visitor: TownClient) -> None:
    assert costs(visitor, "namensaenderung") == released_catalogue().services["namensaenderung"].fee.note


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("hund-anmelden", "kostenfrei"),
        ("hundemarke-ersatz", "5,00 €"),
        ("personalausweis", "27,60 bis 46,00 €"),
        ("reisepass", "37,50 bis 70,00 €"),  # without what is charged on top
        ("geburtsurkunde", "ab 15,00 €"),
        ("sperrmuell", "kostenfrei"),  # an amount of zero
        ("meldebescheinigung", "nach Satzung"),
        ("zahlung-online", "unterschiedlich"),
    ],
)
def test_the_price_in_a_few_words(in_lage: Town, visitor: TownClient, key: str, words: str) -> None:
    services = released_catalogue().services
    make_amount()
    for amount, euros in zip(services["geburtsurkunde"].fee.amounts, ("15.00", "7.50", "17.00", "66.00"), strict=True):
        make_amount(key=amount.key, amount=euros)
    make_amount(key=services["sperrmuell"].fee.amounts[0].key, amount="0.00")

    assert f" Kosten {words} " in told(visitor, key)


# --- Who and where ---------------------------------------------------------------------------------------


def test_the_office_of_the_unit_stands_with_its_hours_and_what_holds_today(
    in_lage: Town, visitor: TownClient, clock: Clock
) -> None:
    change_office("steueramt", (0, *MORNING), (3, *AFTERNOON), phone="05232 601-210", room="Zimmer 112")
    clock(datetime(2026, 11, 16, 9, tzinfo=BERLIN))

    assert section(told(visitor, "hund-anmelden"), "Zuständige Stelle", "Das passt dazu") == (
        "Steueramt Am Drawen Hof 1, Zimmer 112 32791 Lage 05232 601-210 "
        "Jetzt geöffnet – heute bis 12:30 Uhr Montag (heute) 8–12:30 Uhr Dienstag geschlossen "
        "Mittwoch geschlossen Donnerstag 14–18 Uhr Freitag geschlossen"
    )


def test_the_town_may_choose_another_office_for_a_service(in_lage: Town, visitor: TownClient) -> None:
    change("hund-anmelden", office=office_of("buergerbuero"))

    text = told(visitor, "hund-anmelden")

    assert section(text, "Zuständige Stelle", "Das passt dazu").startswith("Bürgerbüro")


def test_phone_and_visit_are_shown_whatever_is_possible_online(in_lage: Town, visitor: TownClient) -> None:
    make_payable()
    change_profile(phone="05232 601-0", email="info@lage.example")
    change("hund-abmelden", state=OfferState.PAUSED)

    for key in released_catalogue().services:
        links = links_of(visitor.get(f"/leistungen/{key}/"))
        assert any(link.startswith("tel:") for link in links), key


def test_a_change_of_the_town_is_seen_at_once(in_lage: Town, visitor: TownClient) -> None:
    before = told(visitor, "hundemarke-ersatz")
    make_amount()

    assert before != told(visitor, "hundemarke-ersatz")


def test_a_change_in_one_town_changes_nothing_in_another(
    in_lage: Town, visitor: TownClient, visitor_of_detmold: TownClient
) -> None:
    before = told(visitor_of_detmold, "hundemarke-ersatz")

    make_payable()

    assert told(visitor_of_detmold, "hundemarke-ersatz") == before
