"""What people report is read and answered in the town hall."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.pages import text_of
from tests.people import TownClient
from townhall.models import BarrierReport

PAGE = "/rathaus/verwaltung/barrieren/"


def report(visitor: TownClient, text: str, email: str = "") -> BarrierReport:
    visitor.post("/barriere-melden/", {"text": text, "page": "/aemter/", "email": email})
    return BarrierReport.objects.latest("pk")


def test_a_report_waits_until_it_is_answered(astrid: TownClient, visitor: TownClient) -> None:
    waiting = report(visitor, "Die Karte ist nicht zu bedienen.", "hans@post.example")
    page = astrid.get(PAGE)
    assert "1 Meldung wartet auf Antwort" in text_of(page)
    assert "Seite: /aemter/ Die Karte ist nicht zu bedienen. hans@post.example" in text_of(page)
    assert [room.count for room in page.context["navigation"] if room.title == "Barrieren"] == [1]

    astrid.post(f"{PAGE}{waiting.pk}/beantwortet/")

    page = astrid.get(PAGE)
    assert "0 Meldungen warten auf Antwort" in text_of(page)
    assert "beantwortet" in text_of(page)
    assert [room.count for room in page.context["navigation"] if room.title == "Barrieren"] == [0]


def test_open_reports_come_first(astrid: TownClient, visitor: TownClient) -> None:
    astrid.post(f"{PAGE}{report(visitor, 'Erstens.').pk}/beantwortet/")
    report(visitor, "Zweitens.")
    astrid.post(f"{PAGE}{report(visitor, 'Drittens.').pk}/beantwortet/")

    assert [one.text for one in astrid.get(PAGE).context["page"]] == ["Zweitens.", "Drittens.", "Erstens."]


def test_answering_twice_keeps_the_first_time(astrid: TownClient, visitor: TownClient) -> None:
    one = report(visitor, "Erstens.")
    astrid.post(f"{PAGE}{one.pk}/beantwortet/")
    first = BarrierReport.objects.get().answered_at
    astrid.post(f"{PAGE}{one.pk}/beantwortet/")

    assert BarrierReport.objects.get().answered_at == first


def test_what_people_write_is_text(astrid: TownClient, visitor: TownClient) -> None:
    report(visitor, "<img src=x onerror=alert(1)>")

    assert "<img src=x" not in astrid.get(PAGE).content.decode()


def test_without_reports_the_page_says_so(astrid: TownClient) -> None:
    assert "Keine Meldungen" in text_of(astrid.get(PAGE))


def test_the_number_of_statements_does_not_grow_with_the_reports(astrid: TownClient, visitor: TownClient) -> None:
    report(visitor, "Erstens.")
    astrid.get(PAGE)
    with CaptureQueriesContext(connection) as with_one:
        astrid.get(PAGE)
    report(visitor, "Zweitens.")
    report(visitor, "Drittens.")

    with CaptureQueriesContext(connection) as with_three:
        astrid.get(PAGE)

    assert len(with_three) == len(with_one)
