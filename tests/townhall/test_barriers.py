"""Telling the town about something that one cannot use."""

import pytest
from django.test import Client

from tenants.context import in_town
from tenants.models import Town
from tests.pages import text_of
from tests.people import TownClient
from townhall.models import BarrierReport

ADDRESS = "/barriere-melden/"


def reports(town: Town) -> list[tuple[str, str, str]]:
    with in_town(town):
        return list(BarrierReport.objects.values_list("text", "page", "email"))


def test_a_report_reaches_the_town_and_only_this_one(visitor: TownClient, lage: Town, detmold: Town) -> None:
    answer = visitor.post(
        ADDRESS, {"text": "Die Schrift ist zu klein.", "page": "/hilfe/", "email": "anna@post.example"}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/barriere-melden/danke/")
    assert reports(lage) == [("Die Schrift ist zu klein.", "/hilfe/", "anna@post.example")]
    assert reports(detmold) == []
    assert "Danke für Ihre Meldung" in text_of(visitor.get(answer["Location"]))


def test_one_sentence_is_enough(visitor: TownClient, lage: Town) -> None:
    visitor.post(ADDRESS, {"text": "Ich höre nichts."})

    assert reports(lage) == [("Ich höre nichts.", "", "")]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"text": ""}, "Schreiben Sie uns, was nicht klappt. Ein Satz genügt."),
        ({"text": "Hilfe", "email": "anna@"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"text": "ä" * 5001}, "Bitte kürzen Sie auf 5000 Zeichen. Jetzt sind es 5001."),
        ({"text": "Hilfe", "page": "x" * 301}, "Bitte kürzen Sie auf 300 Zeichen. Jetzt sind es 301."),
    ],
)
def test_a_mistake_is_explained_and_nothing_typed_is_lost(
    visitor: TownClient, lage: Town, typed: dict[str, str], message: str
) -> None:
    answer = visitor.post(ADDRESS, typed)

    assert answer.status_code == 422
    assert message in text_of(answer)
    assert text_of(answer).startswith("Fehler: Barriere melden")
    for value in filter(None, typed.values()):
        assert value in answer.content.decode()
    assert reports(lage) == []


def test_the_page_where_somebody_met_the_barrier_is_filled_in(visitor: TownClient) -> None:
    page = visitor.get(ADDRESS, headers={"Referer": "http://lage.localhost/leistungen/hund-anmelden/?x=1"})

    assert 'value="/leistungen/hund-anmelden/"' in page.content.decode()


def test_other_websites_are_not_filled_in(visitor: TownClient) -> None:
    page = visitor.get(ADDRESS, headers={"Referer": "https://anderswo.example/geheim/"})

    assert "geheim" not in page.content.decode()


def test_a_report_needs_no_cookie_and_no_session(lage: Town) -> None:
    browser = Client(headers={"host": "lage.localhost"}, enforce_csrf_checks=True)

    answer = browser.post(ADDRESS, {"text": "Ohne Cookies."})

    assert (answer.status_code, dict(answer.cookies)) == (302, {})
    assert reports(lage) == [("Ohne Cookies.", "", "")]
