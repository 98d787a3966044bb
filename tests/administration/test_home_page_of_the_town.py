"""What a town puts on its own home page: plain HTML that leads here and loads nothing but a badge."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils.html import strip_tags

from tests.pages import text_of
from tests.people import TownClient
from townhall.actions import change_profile

PAGE = "/rathaus/verwaltung/website/"


@pytest.fixture(autouse=True)
def _usual_port(settings: Any) -> None:
    """Addresses without a port, as in production."""
    settings.BASE_PORT = ""


def to_copy(client: TownClient) -> list[str]:
    """The pieces of HTML in the page's text areas."""
    found = re.findall(r"<textarea[^>]*>(.*?)</textarea>", client.get(PAGE).content.decode(), re.DOTALL)
    return [piece.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').strip() for piece in found]


def test_the_search_field_leads_to_the_search_and_loads_nothing(astrid: TownClient) -> None:
    search, _badge = to_copy(astrid)

    assert search == (
        '<form action="http://lage.localhost/suche/" method="get" role="search" accept-charset="utf-8">\n'
        '  <label for="rathaus-suche">Was möchten Sie bei der Stadt Lage erledigen?</label>\n'
        '  <input id="rathaus-suche" name="q" type="search" maxlength="200">\n'
        '  <button type="submit">Suchen</button>\n'
        "</form>"
    )


def test_the_badge_is_a_picture_with_words_for_those_who_do_not_see_it(astrid: TownClient) -> None:
    _search, badge = to_copy(astrid)

    assert re.fullmatch(
        r'<a href="http://lage\.localhost/"><img src="http://lage\.localhost/abzeichen\.svg" '
        r'alt="Digitales Rathaus der Stadt Lage" width="\d+" height="64"></a>',
        badge,
    )
    assert strip_tags(badge) == ""


def test_the_badge_is_drawn_in_the_towns_colour_and_loads_nothing(in_lage: object, visitor: TownClient) -> None:
    before = visitor.get("/abzeichen.svg")
    change_profile(colour="#9d2235")
    after = visitor.get("/abzeichen.svg")

    drawing = ElementTree.fromstring(after.content)  # noqa: S314 -- our own
    addresses = [value for element in drawing.iter() for name, value in element.items() if name.endswith("href")]
    assert (after.status_code, after["Content-Type"]) == (200, "image/svg+xml")
    assert ("#9d2235" in after.content.decode(), "#9d2235" in before.content.decode()) == (True, False)
    assert [address for address in addresses if not address.startswith(("#", "data:"))] == []
    assert {element.tag.rpartition("}")[2] for element in drawing.iter()} & {"script", "style", "text"} == set()


def test_the_page_shows_both(astrid: TownClient) -> None:
    page = astrid.get(PAGE)

    assert 'src="/abzeichen.svg"' in page.content.decode()
    assert "Was möchten Sie bei der Stadt Lage erledigen?" in text_of(page)
