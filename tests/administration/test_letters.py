"""What stands in all letters: the administrator confirms it, and sees how a letter looks."""

import pytest

from tenants.municipalities import all_municipalities, municipality
from tests.desk import errors_of
from tests.pages import text_of
from tests.people import TownClient
from tests.printed import Pdf
from townhall.courts import court_of
from townhall.models import Letters

PAGE = "/rathaus/verwaltung/briefe/"
SENT = {"remedies": "Klage beim Verwaltungsgericht.", "closing": "Freundliche Grüße", "note": "Bank 1\nBank 2"}


def test_until_somebody_confirms_it_there_is_only_a_proposal_for_the_towns_court(astrid: TownClient) -> None:
    page = astrid.get(PAGE)

    assert "Noch steht keine Rechtsbehelfsbelehrung" in text_of(page)
    assert "Verwaltungsgericht Minden, Königswall 8, 32423 Minden" in page.content.decode()
    assert Letters.objects.count() == 0
    assert "Rechtsbehelfsbelehrung" not in Pdf(astrid.get(f"{PAGE}muster.pdf").content).texts[0]


def test_what_was_confirmed_stands_in_the_sample(astrid: TownClient) -> None:
    page = text_of(astrid.post(PAGE, SENT, follow=True))

    sample = Pdf(astrid.get(f"{PAGE}muster.pdf").content)
    assert "Zuletzt geändert von Astrid Althoff" in page
    assert sample.is_for_everybody
    for text in ("Rechtsbehelfsbelehrung", "Klage beim Verwaltungsgericht.", "Freundliche Grüße", "Bank 1 Bank 2"):
        assert text in sample.texts[0]


def test_what_is_too_long_is_sent_back_with_what_was_typed(astrid: TownClient) -> None:
    answer = astrid.post(PAGE, SENT | {"closing": "x" * 201})

    assert answer.status_code == 422
    assert len(errors_of(answer)) == 1
    assert "Bank 1" in answer.content.decode()
    assert Letters.objects.count() == 0


@pytest.mark.parametrize(
    ("ars", "seat"),
    [
        ("057660040040", "Minden"),
        ("057110000000", "Minden"),
        ("051130000000", "Gelsenkirchen"),
        ("055150000000", "Münster"),
        ("053150000000", "Köln"),
    ],
)
def test_each_town_has_its_court(ars: str, seat: str) -> None:
    assert court_of(municipality(ars)).seat == seat


def test_there_is_a_court_for_every_town_of_the_land() -> None:
    assert len({court_of(one) for one in all_municipalities()}) == 7
