"""Sheets of cards and signs: what stands on them, for everybody to read, with codes that lead there."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalogue.content import Catalogue
from catalogue.current import released_catalogue
from tenants.actions import add_host
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.browsers import BROWSER
from tests.desk import make_clara_of_all_trades
from tests.files import PNG
from tests.pages import links_of, text_of
from tests.people import MONDAY, TownClient
from tests.printed import Pdf, codes_of
from tests.townhall.town import change, change_office
from townhall import crests, printing
from townhall.actions import change_profile
from townhall.figures import counting
from townhall.figures.actions import Address, add_visits
from townhall.models import OfferState
from townhall.printing import Format, Order, dealt, prints_of
from townhall.shopfront import shopfront

PAGE = "/rathaus/verwaltung/karten/"
DOG, PASS, CAR = "hund-anmelden", "reisepass", "kfz-zulassung"


@pytest.fixture(autouse=True)
def _usual_port(settings: Any) -> None:
    """Addresses without a port, as in production."""
    settings.BASE_PORT = ""


def printed(client: TownClient, query: str) -> Pdf:
    answer = client.get(f"{PAGE}druck.pdf?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return Pdf(answer.content)


def preview(client: TownClient, query: str) -> bytes:
    answer = client.get(f"{PAGE}vorschau.png?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    content: bytes = answer.content
    return content


# --- Cards ---------------------------------------------------------------------------------------------------


def test_a_sheet_holds_ten_cards_with_all_that_one_needs(astrid: TownClient) -> None:
    change_office("steueramt", name="Steueramt", phone="05232 601-230")

    pdf = printed(astrid, f"was={DOG}")

    (text,) = pdf.texts
    assert pdf.sizes == [(210, 297)]
    for words in (
        *("Stadt Lage", "Serviceportal", "Hund anmelden", "Sie haben einen Hund aufgenommen?"),
        *("lage.localhost/hund", "Lieber persönlich?", "Steueramt", "05232 601-230"),
    ):
        assert text.count(words) == 10, words


def test_a_card_says_online_only_where_it_is_online(astrid: TownClient) -> None:
    change(DOG, state=OfferState.ONLINE)
    online = printed(astrid, f"was={DOG}").texts[0]
    change(DOG, state=OfferState.INFO)
    on_paper = printed(astrid, f"was={DOG}").texts[0]

    assert ("Online unter" in online, "Mehr dazu unter" in online) == (True, False)
    assert ("Online unter" in on_paper, "Mehr dazu unter" in on_paper) == (False, True)


def test_a_card_for_what_others_do_names_them_and_promises_no_phone(astrid: TownClient) -> None:
    change_profile(phone="05232 601-0")

    text = printed(astrid, f"was={CAR}").texts[0]

    assert "Zuständig ist Kreis Lippe" in text
    assert "05232" not in text


def test_without_any_phone_the_number_of_all_authorities_stands_there(astrid: TownClient) -> None:
    change_profile(phone="")

    assert printed(astrid, f"was={DOG}").texts[0].count("115") == 10


def test_several_services_share_a_sheet(astrid: TownClient) -> None:
    text = printed(astrid, f"was={DOG}&was={PASS}&was=portal").texts[0]

    assert (text.count("Hund anmelden"), text.count("Reisepass beantragen"), text.count("Digitales Rathaus")) == (
        4,
        3,
        3,
    )


@pytest.mark.parametrize("kinds", range(1, 11))
def test_ten_cards_are_dealt_evenly_and_those_of_a_kind_lie_together(kinds: int) -> None:
    cards: Any = dealt([f"{kind:02}" for kind in range(kinds)])  # type: ignore[misc]

    assert cards == sorted(cards)
    counts = {cards.count(card) for card in cards}
    assert (len(cards), len(set(cards)), max(counts) - min(counts) <= 1) == (10, kinds, True)


def test_each_code_leads_to_its_service(astrid: TownClient, visitor: TownClient) -> None:
    codes = codes_of(preview(astrid, f"was={DOG}&was={PASS}&buchstabe=r"))

    assert codes == ["http://lage.localhost/hund/r"] * 5 + ["http://lage.localhost/pass/r"] * 5
    answer = visitor.get(codes[0].removeprefix("http://lage.localhost"))
    assert answer["Location"] == f"/leistungen/{DOG}/"


def test_nothing_is_printed_where_office_printers_cannot(astrid: TownClient) -> None:
    for query, free in ((f"was={DOG}", 6), (f"was={DOG}&art=schild-a4", 10)):
        picture = Image.open(io.BytesIO(preview(astrid, query))).convert("L")
        printed_on = picture.point(lambda grey: 255 * (grey < 254)).getbbox()
        assert printed_on is not None
        millimetre = picture.width / 210
        left, above, right, below = printed_on
        margins = [side / millimetre for side in (left, above, picture.width - right, picture.height - below)]
        assert min(margins) > free - 0.3, query  # a dot is about 0.2 mm


# --- Signs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("paper", "size"), [("schild-a4", (210, 297)), ("schild-a3", (297, 420))])
def test_a_sign_says_it_all_on_one_page(astrid: TownClient, paper: str, size: tuple[int, int]) -> None:
    change_office("steueramt", name="Steueramt", phone="05232 601-230")
    change(DOG, state=OfferState.ONLINE)

    query = f"was={DOG}&art={paper}"
    pdf = printed(astrid, query)

    (text,) = pdf.texts
    assert pdf.sizes == [size]
    for words in (
        "Stadt Lage",
        "Hund anmelden",
        "Geht auch online.",
        "lage.localhost/hund",
        "Steueramt",
        "05232 601-230",
    ):
        assert text.count(words) == 1, words
    assert codes_of(preview(astrid, query)) == ["http://lage.localhost/hund/s"]


def test_signs_for_several_services_are_pages_of_one_file(astrid: TownClient) -> None:
    pdf = printed(astrid, f"was=portal&was={DOG}&was={CAR}&art=schild-a4")

    titles = ["Digitales Rathaus", "Hund anmelden", "Kfz zulassen oder ummelden"]
    assert [title in text for title, text in zip(titles, pdf.texts, strict=True)] == [True] * 3
    assert codes_of(preview(astrid, f"was=portal&was={DOG}&art=schild-a4")) == ["http://lage.localhost/s"]


# --- For everybody -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["karten", "schild-a4", "schild-a3"])
def test_a_screen_reader_gets_all_of_it(astrid: TownClient, kind: str) -> None:
    pdf = printed(astrid, f"was={DOG}&art={kind}")

    number = 10 if kind == "karten" else 1
    alternatives = [alternative for tag, alternative in pdf.tags if tag == "Figure"]
    assert pdf.is_for_everybody
    assert pdf.title == ("Servicekarten: Hund anmelden" if kind == "karten" else "Türschild: Hund anmelden")
    assert alternatives.count("Wappen der Stadt Lage") == number
    assert alternatives.count(f"QR-Code: http://lage.localhost/hund/{'k' if kind == 'karten' else 's'}") == number
    assert len(alternatives) == 2 * number  # marks to cut along and drawings for the eye are no content
    assert [tag for tag, _alternative in pdf.tags].count("H1") == number


def test_fonts_are_inside_and_letters_of_all_of_europe_are_right(astrid: TownClient) -> None:
    name = "Büro Đorđe Şahin Kőrösi-Łęcki ẞ"
    change_office("steueramt", name=name, phone="05232 601-230")

    pdf = printed(astrid, f"was={DOG}&art=schild-a4")

    assert name in pdf.texts[0]
    assert pdf.fonts == {"FiraSans-Regular": True, "FiraSans-SemiBold": True}


# --- Long words ----------------------------------------------------------------------------------------------


@pytest.fixture
def catalogue(in_lage: Town) -> Catalogue:
    return released_catalogue()


def order(*keys: str, of: Format = Format.CARDS, base: str = "https://serviceportal.horn-bad-meinberg.de") -> Order:
    return Order(format=of, keys=keys, letter="k", base=base)


def test_every_service_fits_on_a_card_with_all_its_words(catalogue: Catalogue) -> None:
    """Of the longest host of OWL. No word is parted but the few that are wider than a card."""
    front, keys = shopfront(), [key for key in catalogue.services if key in shopfront().services]
    assert len(keys) > 140
    crowded, cut = [], []
    for start in range(0, len(keys), 10):
        ten = order(*keys[start : start + 10])
        pdf = Pdf(printing.pdf_of(front, ten, MONDAY.date()))
        words = pdf.texts[0]
        cut += [
            one.title for one in prints_of(front, ten, MONDAY.date()) if not {*one.title.split()} <= {*words.split()}
        ]
        crowded += [text for x, y, text in pdf.fragments() if is_between(x, y)]

    assert crowded == []
    assert cut == []


def is_between(x: float, y: float) -> bool:
    """Whether text on a sheet stands in the gap between a card's sentence and the box below it, left of the code."""
    from_left, from_below = (x - 20) % 85, (y - 11) % 55
    return from_left < 50 and 13.5 < from_below < 15.6


def test_every_service_fits_on_a_sign(catalogue: Catalogue) -> None:
    front, keys = shopfront(), tuple(shopfront().services)

    pdf = Pdf(printing.pdf_of(front, order(*keys, of=Format.SIGN_A4), MONDAY.date()))

    assert len(pdf.reader.pages) == len(keys)
    low = [
        text
        for page in range(len(keys))
        for x, y, text in pdf.fragments(page)
        if 297 - 10 - 118 - 7 < y < 297 - 10 - 118 + 3  # between the two boxes, or on the edge of the upper one
    ]
    assert low == []


# --- The town's looks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "crest",
    [PNG, b'<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>'],
    ids=["wrong checksum", "no size"],
)
def test_a_crest_that_cannot_be_printed_is_replaced_by_the_drawn_one_and_that_is_said(
    astrid: TownClient, crest: bytes
) -> None:
    drawn = preview(astrid, "art=schild-a4")

    answer = astrid.post(
        "/rathaus/verwaltung/auftritt/wappen/", {"crest": SimpleUploadedFile("wappen", crest)}, follow=True
    )

    assert "Drucken lässt es sich so nicht" in text_of(answer)
    assert ("Figure", "Wappen der Stadt Lage") in printed(astrid, "art=schild-a4").tags
    assert preview(astrid, "art=schild-a4") == drawn


def red_png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (255, 0, 0)).save(out, "PNG")
    return out.getvalue()


RED_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9H0z" fill="#ff0000"/></svg>'


@pytest.mark.parametrize(("crest", "kind"), [(RED_SVG, crests.SVG), (red_png(), crests.PNG)], ids=["svg", "png"])
def test_a_crest_is_on_the_sign_as_it_is(astrid: TownClient, crest: bytes, kind: str) -> None:
    change_profile(crest=crest, crest_type=kind)

    picture = Image.open(io.BytesIO(preview(astrid, "art=schild-a4"))).convert("RGB")

    millimetre = picture.width / 210
    assert picture.getpixel((int(34 * millimetre), int(33 * millimetre))) == (255, 0, 0)


def test_a_light_colour_is_printed_darker_so_that_one_can_read_it(astrid: TownClient) -> None:
    change_profile(colour="#ffd500")

    picture = Image.open(io.BytesIO(preview(astrid, "art=schild-a4"))).convert("RGB")

    millimetre = picture.width / 210
    assert picture.getpixel((int(15 * millimetre), int(200 * millimetre))) == (32, 68, 170)  # white stands on it


# --- Choosing ------------------------------------------------------------------------------------------------


def test_the_page_shows_what_will_be_printed_and_where_to_get_it(astrid: TownClient) -> None:
    page = astrid.get(f"{PAGE}?was={DOG}&art=schild-a3&buchstabe=x")

    query = f"was={DOG}&amp;art=schild-a3&amp;buchstabe=x"
    assert f'src="{PAGE}vorschau.png?{query}"' in page.content.decode()
    assert f"{PAGE}druck.pdf?{query}".replace("&amp;", "&") in links_of(page)
    assert "Im QR-Code: http://lage.localhost/hund/x" in text_of(page)


def test_the_file_is_called_after_what_is_on_it(astrid: TownClient) -> None:
    names = [
        astrid.get(f"{PAGE}druck.pdf?{query}")["Content-Disposition"]
        for query in ("", f"was={DOG}&art=schild-a4", f"was={DOG}&was={PASS}")
    ]

    assert names == [
        f'attachment; filename="{name}"'
        for name in ("karten-portal.pdf", "schild-a4-hund.pdf", "karten-hund-und-mehr.pdf")
    ]


def test_things_are_added_and_taken_away_in_the_address(astrid: TownClient) -> None:
    added = astrid.get(f"{PAGE}?was=portal&dazu={DOG}&art=schild-a4&buchstabe=")
    taken = astrid.get(f"{PAGE}?was=portal&was={DOG}&weg=portal&art=karten")
    last = astrid.get(f"{PAGE}?was={DOG}&weg={DOG}")

    assert added["Location"] == f"{PAGE}?was=portal&was={DOG}&art=schild-a4"
    assert taken["Location"] == f"{PAGE}?was={DOG}&art=karten"
    assert last["Location"] == f"{PAGE}?was=portal&art=karten"


def test_each_thing_but_the_last_can_be_taken_away_by_a_link(astrid: TownClient) -> None:
    both = astrid.get(f"{PAGE}?was=portal&was={DOG}")
    one = astrid.get(f"{PAGE}?was={DOG}")

    assert [link for link in links_of(both) if "weg=" in link] == [
        f"?was=portal&was={DOG}&art=karten&weg={key}" for key in ("portal", DOG)
    ]
    assert [link for link in links_of(one) if "weg=" in link] == []


def test_more_than_ten_things_are_too_many_and_that_is_said(astrid: TownClient) -> None:
    keys = list(shopfront().services)[:11]
    query = "&".join(f"was={key}" for key in keys[:10])

    page = astrid.get(f"{PAGE}?{query}&dazu={keys[10]}", follow=True)

    assert "Mehr als 10 gehen nicht auf einmal." in text_of(page)
    assert page.context["order"].keys == tuple(keys[:10])


@pytest.mark.parametrize(
    "query",
    [
        "was=gibt-es-nicht",
        "was=%00&art=plakat&buchstabe=kk&adresse=https://boese.example",
        "buchstabe=%C3%A4&was=",
        "weg=x",
    ],
)
def test_what_an_address_says_wrong_counts_as_not_said(astrid: TownClient, query: str) -> None:
    pdf = printed(astrid, query)

    assert pdf.texts[0].count("Digitales Rathaus") == 10
    assert codes_of(preview(astrid, query)) == ["http://lage.localhost/k"] * 10
    assert astrid.get(f"{PAGE}?{query}", follow=True).status_code == 200


def test_what_the_town_hides_cannot_be_printed(astrid: TownClient) -> None:
    change(DOG, state=OfferState.HIDDEN)

    assert printed(astrid, f"was={DOG}").texts[0].count("Digitales Rathaus") == 10


def test_a_host_of_the_towns_own_can_be_printed_as_people_write_it(astrid: TownClient, lage: Town) -> None:
    with at_operator():
        add_host(town=lage, host="bürger.lage.example".encode("idna").decode())
    own = "http://xn--brger-kva.lage.example"

    pdf = printed(astrid, f"was={DOG}&adresse={own}")

    assert "bürger.lage.example" in text_of(astrid.get(PAGE))
    assert pdf.texts[0].count("bürger.lage.example/hund") == 10
    assert codes_of(preview(astrid, f"was={DOG}&adresse={own}")) == [f"{own}/hund/k"] * 10


def test_the_page_of_a_service_leads_to_its_cards(astrid: TownClient) -> None:
    assert f"{PAGE}?was={DOG}" in links_of(astrid.get(f"/rathaus/verwaltung/leistungen/{DOG}/"))


# --- Who came ------------------------------------------------------------------------------------------------


def test_the_page_tells_how_many_came_but_not_of_the_few(astrid: TownClient, visitor: TownClient) -> None:
    for path in (*["/hund/k"] * 5, "/hund", "/s"):
        visitor.get(path, headers={"User-Agent": BROWSER})
    counting.write()

    text = text_of(astrid.get(PAGE))

    assert "/hund Hund anmelden QR-Code K 5 5" in text
    assert "/hund Hund anmelden eingetippt <5 <5" in text
    assert "/ Das ganze Serviceportal QR-Code S <5 <5" in text


def test_clara_sees_and_prints_nothing_of_another_town(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        add_visits({Address(MONDAY.date(), "hund", "k"): 1})
        change_profile(phone="05232 601-0")
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())

    assert "Noch ist niemand über eine kurze Adresse gekommen." in text_of(clara.get(PAGE))
    text = printed(clara, f"was={DOG}&adresse=http://lage.localhost").texts[0]
    assert ("Stadt Detmold" in text, "Lage" in text, "lage.localhost" in text, "05232" in text) == (
        True,
        False,
        False,
        False,
    )
