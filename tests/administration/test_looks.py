"""Colour, crest, address and legal facts; people see a change at once."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.desk import errors_of
from tests.files import PDF, PNG
from tests.pages import links_of, text_of
from tests.people import TownClient
from townhall.models import Profile

PAGE = "/rathaus/verwaltung/auftritt/"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z" fill="#a00"/></svg>'


def profile() -> Profile:
    return Profile.objects.get()


def send_crest(client: TownClient, content: bytes, name: str = "wappen.svg") -> Any:
    return client.post(f"{PAGE}wappen/", {"crest": SimpleUploadedFile(name, content)})


# --- Colour --------------------------------------------------------------------------------------------------


def test_a_colour_is_on_all_pages_at_once(astrid: TownClient, visitor: TownClient) -> None:
    before = [link for link in links_of(visitor.get("/")) if link.startswith("/farbe-")]

    astrid.post(f"{PAGE}farbe/", {"colour": "9d2235"})

    after = [link for link in links_of(visitor.get("/")) if link.startswith("/farbe-")]
    assert profile().colour == "#9d2235"
    assert before != after
    assert "--town-brand:#9d2235" in visitor.get(after[0]).content.decode()


def test_a_colour_can_be_looked_at_first(astrid: TownClient) -> None:
    page = astrid.post(f"{PAGE}farbe/", {"colour": "#ffd500", "preview": "1"})

    assert page.status_code == 200
    assert "/rathaus/verwaltung/auftritt/farbe/ffd500.svg" in page.content.decode()
    assert "Vorschau, noch nicht gespeichert." in text_of(page)
    assert "ist ihr Ton gegenüber Ihrer Farbe angepasst" in text_of(page)
    assert 'value="#ffd500"' in page.content.decode()
    assert profile().colour == "#14694f"


def test_a_colour_that_looks_like_an_error_is_warned_of(astrid: TownClient) -> None:
    page = astrid.post(f"{PAGE}farbe/", {"colour": "#c31c13", "preview": "1"})

    assert "Diese Farbe sieht fast so aus wie das Rot der Fehlermeldungen." in text_of(page)


@pytest.mark.parametrize("typed", ["", "grün", "#12345", "#gggggg", "red;}", "\x00"])
def test_a_colour_that_is_none_is_explained(astrid: TownClient, typed: str) -> None:
    answer = astrid.post(f"{PAGE}farbe/", {"colour": typed})

    assert answer.status_code == 422
    assert len(errors_of(answer)) == 1
    assert profile().colour == "#14694f"


def test_the_preview_is_a_picture_that_cannot_run_anything(astrid: TownClient) -> None:
    answer = astrid.get(f"{PAGE}farbe/14694f.svg")

    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Stadt Lage" in answer.content.decode()
    assert astrid.get(f"{PAGE}farbe/quatsch.svg").status_code == 404


# --- Crest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "kind"), [(SVG, "image/svg+xml"), (PNG, "image/png")])
def test_a_crest_is_on_all_pages_at_once(astrid: TownClient, visitor: TownClient, content: bytes, kind: str) -> None:
    before = visitor.get("/wappen.svg")

    answer = send_crest(astrid, content, "irgendwie.heisst")

    shown = visitor.get("/wappen.svg")
    assert answer.status_code == 302
    assert before.content != content
    assert (shown.content, shown["Content-Type"]) == (content, kind)
    assert "sandbox" in shown["Content-Security-Policy"]

    astrid.post(f"{PAGE}wappen/entfernen/")
    assert visitor.get("/wappen.svg").content == before.content


def with_inside(inside: str, attributes: str = "") -> bytes:
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {space} {attributes}>{inside}</svg>".encode()


@pytest.mark.parametrize(
    "content",
    [
        with_inside("<script>alert(1)</script>"),
        with_inside("<SCRIPT>alert(1)</SCRIPT>"),
        with_inside("", 'onload="alert(1)"'),
        with_inside('<a href="javascript:alert(1)"><path d="M0 0"/></a>'),
        with_inside('<image href="https://boese.example/x.png"/>'),
        with_inside('<image xlink:href="//boese.example/x.png"/>'),
        with_inside('<use href="data:image/svg+xml;base64,PHN2Zz4="/>'),
        with_inside("<foreignObject><b xmlns='http://www.w3.org/1999/xhtml'>x</b></foreignObject>"),
        with_inside("<iframe xmlns='http://www.w3.org/1999/xhtml' src='x'/>"),
        with_inside("<animate attributeName='href' to='javascript:alert(1)'/>"),
        with_inside("<style>@import url(https://boese.example/x.css);</style>"),
        with_inside("<style>path{fill:url( 'https://boese.example/#x')}</style>"),
        with_inside("<style>path{fill:\\75rl(https://boese.example)}</style>"),
        with_inside("<path style='fill:url(https://boese.example)' d='M0 0'/>"),
        with_inside("<path fill='url(//boese.example)' d='M0 0'/>"),
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + SVG,
        b'<?xml-stylesheet href="https://boese.example/x.css"?>' + SVG,
    ],
)
def test_an_svg_with_something_dangerous_inside_is_refused(astrid: TownClient, content: bytes) -> None:
    answer = send_crest(astrid, content)

    assert answer.status_code == 422
    assert errors_of(answer)[0].startswith("In der SVG-Datei steckt etwas, das wir nicht zeigen dürfen:")
    assert profile().crest is None


@pytest.mark.parametrize(
    "content",
    [
        with_inside("<defs><linearGradient id='a'/></defs><path style=\"fill:url(#a)\" d='M0 0'/>"),
        with_inside("<path fill=\"url('#a')\" d='M0 0'/><use xlink:href='#a'/>"),
        with_inside('<image href="data:image/png;base64,iVBORw0KGgo="/>'),
        with_inside("<style>.a{fill:#a00}</style><!-- aus Inkscape --><title>Wappen</title>"),
        with_inside(
            "<sodipodi:namedview xmlns:sodipodi='http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd'/>",
            "xmlns:inkscape='http://www.inkscape.org/namespaces/inkscape' inkscape:export-filename='C:\\Wappen.png'",
        ),
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + SVG,
    ],
)
def test_what_drawing_programs_write_is_taken(astrid: TownClient, content: bytes) -> None:
    assert send_crest(astrid, content).status_code == 302


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (PDF, "Das ist weder PNG noch SVG. Speichern Sie das Wappen in einem der beiden Formate."),
        (b"<html><svg></html>", "Die SVG-Datei ist beschädigt. Bitte speichern Sie das Wappen noch einmal."),
        (b"<html><svg/></html>", "Die SVG-Datei ist beschädigt. Bitte speichern Sie das Wappen noch einmal."),
        (PNG[:40], "Die PNG-Datei ist beschädigt. Bitte speichern Sie das Wappen noch einmal."),
        (
            PNG[:16] + (5000).to_bytes(4, "big") + PNG[20:],
            "Das Bild ist zu groß: höchstens 4000 Bildpunkte breit und hoch.",
        ),
        (SVG + b" " * 300 * 1024, "Die Datei ist zu groß. Ein Wappen darf höchstens 300 KB haben."),
        (b"", "Die Datei ist leer. Bitte wählen Sie eine andere."),
    ],
    ids=["pdf", "no xml", "no svg", "half", "large", "heavy", "empty"],
)
def test_a_file_that_is_no_crest_is_explained(astrid: TownClient, content: bytes, sentence: str) -> None:
    answer = send_crest(astrid, content)

    assert answer.status_code == 422
    assert errors_of(answer) == [sentence]
    assert profile().crest is None


def test_no_file_at_all_is_explained(astrid: TownClient) -> None:
    assert errors_of(astrid.post(f"{PAGE}wappen/", {})) == ["Wählen Sie eine Datei aus."]


# --- Address and legal pages -----------------------------------------------------------------------------------


def test_the_address_is_below_every_page_at_once(astrid: TownClient, visitor: TownClient) -> None:
    astrid.post(
        f"{PAGE}anschrift/",
        {
            "street": "Neuer Markt 3",
            "postal_code": "32791",
            "city": "Lage",
            "phone": "05232 4711",
            "email": "neu@lage.example",
        },
    )

    page = text_of(visitor.get("/"))
    assert "Neuer Markt 3" in page
    assert "05232 4711" in page


def test_the_legal_pages_change_at_once(astrid: TownClient, visitor: TownClient) -> None:
    today = timezone.localdate()
    astrid.post(
        f"{PAGE}rechtliches/",
        {
            "mayor": "Bürgermeisterin Ida Iding",
            "vat_id": "DE123456789",
            "data_protection_contact": "Dora Datenschutz\nTelefon 0123",
            "accessibility_gaps": "Das PDF der Satzung.\nDie Karte.",
            "accessibility_reviewed_on_day": today.day,
            "accessibility_reviewed_on_month": today.month,
            "accessibility_reviewed_on_year": today.year,
        },
    )

    assert "Bürgermeisterin Ida Iding" in text_of(visitor.get("/impressum/"))
    assert "Dora Datenschutz" in text_of(visitor.get("/datenschutz/"))
    assert "Das PDF der Satzung." in text_of(visitor.get("/barrierefreiheit/"))


def test_a_wrong_address_is_explained_and_what_was_typed_stays(astrid: TownClient) -> None:
    answer = astrid.post(
        f"{PAGE}anschrift/", {"street": "Markt 3", "postal_code": "3279", "website": "javascript:alert(1)"}
    )

    assert answer.status_code == 422
    assert errors_of(answer) == [
        "Eine Postleitzahl hat fünf Ziffern, zum Beispiel 32791.",
        "Geben Sie die ganze Adresse ein, zum Beispiel https://www.stadt.de.",
    ]
    assert 'value="Markt 3"' in answer.content.decode()


def test_a_review_in_the_future_is_refused(astrid: TownClient) -> None:
    answer = astrid.post(
        f"{PAGE}rechtliches/",
        {
            "accessibility_reviewed_on_day": 1,
            "accessibility_reviewed_on_month": 1,
            "accessibility_reviewed_on_year": 2099,
        },
    )

    assert [error.startswith("Das Datum darf nicht nach dem") for error in errors_of(answer)] == [True]


def test_forms_of_the_page_do_not_disturb_each_other(astrid: TownClient) -> None:
    page = astrid.post(f"{PAGE}farbe/", {"colour": "falsch"}).content.decode()

    ids = [piece.split('"')[0] for piece in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
    assert 'value="32791"' in page  # the address is still there


# --- The home page ---------------------------------------------------------------------------------------------


def test_the_town_greets_people_in_its_own_words_and_can_go_back(astrid: TownClient, visitor: TownClient) -> None:
    usual = "Anträge und Auskünfte der Stadt Lage: von zu Hause oder mit Hilfe vor Ort."
    assert usual in text_of(visitor.get("/"))

    astrid.post(f"{PAGE}begruessung/", {"welcome": "Willkommen in <Lage>!"})
    assert "Willkommen in <Lage>!" in text_of(visitor.get("/"))

    astrid.post(f"{PAGE}begruessung/", {"welcome": ""})
    assert usual in text_of(visitor.get("/"))


def test_a_greeting_that_is_too_long_is_explained_and_stays(astrid: TownClient) -> None:
    answer = astrid.post(f"{PAGE}begruessung/", {"welcome": "Willkommen! " * 30})

    assert answer.status_code == 422
    assert "Willkommen! Willkommen!" in answer.content.decode()
    assert profile().welcome == ""
