"""A to Z, life situations, search with and without scripts."""

import pytest

from tenants.models import Town
from tests.factories import make_payable
from tests.pages import links_of, text_of
from tests.people import TownClient
from tests.townhall.town import change, hide_all_but
from townhall.actions import change_profile
from townhall.models import OfferState


def services_on(page: object) -> list[str]:
    """Keys of the services that a page lists, in its order."""
    return [link.split("/")[2] for link in links_of(page) if link.startswith("/leistungen/") and link.count("/") == 3]


# --- A to Z ----------------------------------------------------------------------------------------------


def test_without_a_letter_all_services_stand_on_one_page(visitor: TownClient) -> None:
    assert len(services_on(visitor.get("/leistungen/"))) == 151


def test_services_are_sorted_as_in_a_german_dictionary(in_lage: Town, visitor: TownClient) -> None:
    hide_all_but(
        "aussengastronomie",
        "ausweis-verloren",
        "abfalltonne",
        "oeffnungszeiten",
        "ogs",
        "osterfeuer",
        "buechereiausweis",
        "briefwahl",
    )

    assert services_on(visitor.get("/leistungen/")) == [
        "aussengastronomie",
        "briefwahl",
        "buechereiausweis",
        "ogs",
        "abfalltonne",
        "osterfeuer",
        "ausweis-verloren",
    ]


def test_a_letter_shows_only_its_services(visitor: TownClient) -> None:
    page = visitor.get("/leistungen/", {"buchstabe": "H"})

    assert services_on(page) == [
        "halteverbot-umzug",
        "handwerkerparkausweis",
        "hausnummer",
        "wohnungsnotfall",
        "hund-abmelden",
        "hund-anmelden",
        "hund-ummelden",
        "hund-bissvorfall",
        "hundesteuer-ermaessigung",
    ]
    assert 'buchstabe=H" aria-current="page"' in page.content.decode()


@pytest.mark.parametrize("typed", ["h", "H", "Hund"])
def test_a_letter_may_be_small_or_a_word(visitor: TownClient, typed: str) -> None:
    assert len(services_on(visitor.get("/leistungen/", {"buchstabe": typed}))) == 9


def test_a_letter_without_services_says_so_and_shows_all(visitor: TownClient) -> None:
    page = visitor.get("/leistungen/", {"buchstabe": "X"})

    assert "Unter X gibt es keine Leistung. Hier sind alle." in text_of(page)
    assert len(services_on(page)) == 151


@pytest.mark.parametrize("typed", ["", " ", "\x00", "💥", "<script>"])
def test_a_strange_letter_shows_all(visitor: TownClient, typed: str) -> None:
    page = visitor.get("/leistungen/", {"buchstabe": typed})

    assert (page.status_code, len(services_on(page))) == (200, 151)


# --- Life situations -------------------------------------------------------------------------------------


def test_in_a_life_situation_what_is_done_online_comes_first(in_lage: Town, visitor: TownClient) -> None:
    make_payable()

    page = visitor.get("/lebenslagen/hund-und-tiere/")

    first = services_on(page)[:6]
    assert {"hundemarke-ersatz", "hund-anmelden"} <= set(first)
    assert "hund-leinenbefreiung" not in first
    text = text_of(page)
    assert text.index("Online erledigen") < text.index("Hund anmelden Sie haben") < text.index("Bei uns vor Ort")


def test_what_the_county_does_comes_last_with_its_real_name(visitor: TownClient) -> None:
    page = visitor.get("/lebenslagen/auto-und-verkehr/")

    assert services_on(page)[-5:] == [
        "fuehrerschein",
        "fuehrerschein-umtausch",
        "kfz-abmelden",
        "kfz-zulassung",
        "wunschkennzeichen",
    ]
    assert "reservieren. Kreis Lippe" not in text_of(page)
    assert text_of(page).count("Kreis Lippe Straßenverkehrsamt") == 5


# --- Search ----------------------------------------------------------------------------------------------


def test_the_search_finds_with_typing_errors_and_says_what_it_is(in_lage: Town, visitor: TownClient) -> None:
    page = visitor.get("/suche/", {"q": "Hunt anmelden"})

    assert services_on(page)[0] == "hund-anmelden"
    assert "Hund anmelden Sie haben einen Hund aufgenommen?" in text_of(page)
    assert "Online etwa 8 Minuten kostenfrei" in text_of(page)


def test_a_hit_of_the_county_says_who_does_it(visitor: TownClient) -> None:
    page = visitor.get("/suche/", {"q": "Auto ummelden"})

    assert "kfz-zulassung" in services_on(page)
    assert "Kreis Lippe Straßenverkehrsamt" in text_of(page)


def test_a_hit_of_another_body_says_who_does_it(visitor: TownClient) -> None:
    page = visitor.get("/suche/", {"q": "Kirchenaustritt"})

    assert services_on(page)[0] == "kirchenaustritt"
    assert "Kirchenaustritt erklären" in text_of(page)
    assert "Amtsgericht" in text_of(page)


def test_what_the_town_hides_is_not_found(in_lage: Town, visitor: TownClient) -> None:
    change("hund-anmelden", state=OfferState.HIDDEN)

    assert "hund-anmelden" not in services_on(visitor.get("/suche/", {"q": "Hund anmelden"}))
    assert "hund-anmelden" not in visitor.get("/suche/vorschlaege/", {"q": "Hund an"}).content.decode()


def test_nothing_found_says_what_to_do_now(in_lage: Town, visitor: TownClient) -> None:
    change_profile(phone="05232 601-0")

    page = visitor.get("/suche/", {"q": "xyzzyq brrr"})

    text = text_of(page)
    assert page.status_code == 200
    assert "Zu „xyzzyq brrr“ haben wir nichts gefunden" in text
    assert "Prüfen Sie, ob alles richtig geschrieben ist." in text
    assert {"tel:+4952326010", "/leistungen/", "/leistungen/?buchstabe=A"} <= set(links_of(page))


def test_without_a_query_the_search_helps_to_begin(visitor: TownClient) -> None:
    page = visitor.get("/suche/")

    assert "Was suchen Sie?" in text_of(page)
    assert "gefunden" not in text_of(page)
    assert services_on(page)[0] == "hund-anmelden"


@pytest.mark.parametrize(
    "query",
    [
        "a" * 200_000,
        "hund " * 20_000,
        "\x00\x01\x02",
        "'; DROP TABLE townhall_offer; --",
        "<script>alert(1)</script>",
        "{{ 7|add:7 }}",
        "%00%ff%",
        "köpek vergisi",
        "собака",
        "狗狗登記",
        "🐶🐶🐶",
        "‮drowssap‬",
        "   \t\n ",
        "../../etc/passwd",
        "a\u0308" * 300,
    ],
)
def test_any_query_gets_an_ordinary_answer(visitor: TownClient, query: str) -> None:
    page = visitor.get("/suche/", {"q": query})
    suggestions = visitor.get("/suche/vorschlaege/", {"q": query})

    assert (page.status_code, suggestions.status_code) == (200, 200)
    assert "<script>alert" not in page.content.decode()
    assert len(page.content) < 60_000


def test_a_question_is_cut_off_not_refused(visitor: TownClient) -> None:
    page = visitor.get("/suche/", {"q": "Hund anmelden " + "bitte " * 1000})

    assert services_on(page)[0] == "hund-anmelden"


def test_suggestions_say_title_kind_and_address(in_lage: Town, visitor: TownClient) -> None:
    make_payable()

    suggestions = visitor.get("/suche/vorschlaege/", {"q": "Ersatz-Hundem"}).json()

    assert suggestions[0] == {
        "title": "Ersatz-Hundemarke bestellen",
        "kind": "Online",
        "url": "/leistungen/hundemarke-ersatz/",
    }
    assert visitor.get("/suche/vorschlaege/", {"q": "kfz zul"}).json()[0]["kind"] == "Kreis Lippe"
    assert visitor.get("/suche/vorschlaege/").json() == []
