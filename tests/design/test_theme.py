"""One brand colour becomes a readable town, whatever the colour."""

import xml.etree.ElementTree as ET

import pytest
from django.conf import settings

from townhall import theme
from townhall.colours import Oklch, contrast, distance, from_hex, to_hex, to_oklch, to_rgb

BRANDS = {
    "green": "#14694f",
    "bright green": "#76b82a",
    "lime": "#00ff00",
    "red": "#e2001a",
    "error red": "#c31c13",
    "burgundy": "#8a1538",
    "sky blue": "#009ee3",
    "navy": "#004f9f",
    "pure blue": "#0000ff",
    "yellow": "#ffd500",
    "orange": "#f39200",
    "magenta": "#ff00ff",
    "grey": "#888888",
    "black": "#000000",
    "white": "#ffffff",
}
every_brand = pytest.mark.parametrize("brand", BRANDS.values(), ids=BRANDS.keys())


@every_brand
def test_all_text_of_the_light_pages_is_readable(brand: str) -> None:
    light = theme.derive(brand).light

    pairs = {
        "links on white": (light.action, "#ffffff"),
        "links on grey": (light.action, "#f3f4f7"),
        "links on the tinted area": (light.action, light.soft),
        "links in boxes": (light.action, light.softer),
        "text of buttons": (light.on_action, light.action),
        "footer": ("#ffffff", light.deep),
        "muted text on the tinted area": ("#51577a", light.soft),
    }
    ratios = {name: contrast(from_hex(one), from_hex(other)) for name, (one, other) in pairs.items()}
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


@every_brand
def test_all_text_of_the_dark_pages_is_readable(brand: str) -> None:
    dark = theme.derive(brand).dark

    pairs = {
        "links on black": (dark.action, "#000000"),
        "links on grey": (dark.action, "#131525"),
        "links on the tinted area": (dark.action, dark.soft),
        "links in boxes": (dark.action, dark.softer),
        "text of buttons": (dark.on_action, dark.action),
        "footer": ("#ffffff", dark.deep),
        "muted text on the tinted area": ("#b5b9d0", dark.soft),
    }
    ratios = {name: contrast(from_hex(one), from_hex(other)) for name, (one, other) in pairs.items()}
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


def test_a_readable_brand_is_left_as_it_is() -> None:
    assert theme.derive("#14694f").light.action == "#14694f"


def test_a_yellow_town_gets_blue_buttons_and_keeps_its_hue_in_the_tints() -> None:
    light = theme.derive("#ffd500").light

    assert light.action == "#2044aa"
    assert 80 < to_oklch(from_hex(light.front)).hue < 100


@pytest.mark.parametrize("written", ["#14694F", "14694f", " #14694f "])
def test_a_colour_may_be_written_in_several_ways(written: str) -> None:
    assert theme.parse(written) == "#14694f"


def test_three_digits_are_a_colour_too() -> None:
    assert theme.parse("#0a5") == "#00aa55"


@pytest.mark.parametrize("written", ["", "grün", "#12345", "#1234567", "#12345g", "red;}"])
def test_what_is_no_colour_is_refused_in_german(written: str) -> None:
    with pytest.raises(theme.BadColour) as refused:
        theme.css(written)

    assert str(refused.value) == "Geben Sie die Farbe mit # und sechs Zeichen an, zum Beispiel #14694f."


def test_a_town_is_warned_of_a_colour_like_the_error_red() -> None:
    warned = {name for name, brand in BRANDS.items() if theme.warning(brand)}

    assert warned == {"red", "error red"}


def test_the_digest_differs_for_every_colour() -> None:
    assert len({theme.digest(brand) for brand in BRANDS.values()}) == len(BRANDS)


def test_the_style_sheet_holds_both_appearances() -> None:
    css = theme.css("#8a1538")
    both = theme.derive("#8a1538")

    assert css.count(f"--kern-color-action-default:{both.light.action};") == 1
    assert css.count(f"--kern-color-action-default:{both.dark.action};") == 2  # by the system and by choice


def test_the_neutral_style_sheet_and_sign_are_what_the_theme_makes_of_the_neutral_colour() -> None:
    static = settings.ROOT / "static"

    assert (static / "css" / "neutral.css").read_text() == theme.css(theme.NEUTRAL)
    assert (static / "stadttor.svg").read_text() == theme.crest_svg("S", theme.NEUTRAL) + "\n"


@every_brand
def test_a_colour_survives_the_way_to_oklch_and_back(brand: str) -> None:
    assert to_hex(to_rgb(to_oklch(from_hex(brand)))) == brand


def test_a_colour_no_screen_can_show_becomes_a_paler_one() -> None:
    shown = to_oklch(to_rgb(Oklch(0.7, 0.4, 150)))

    assert shown.chroma < 0.3
    assert shown.lightness == pytest.approx(0.7, abs=0.01)
    assert shown.hue == pytest.approx(150, abs=1)


def test_contrast_and_distance_of_black_and_white() -> None:
    black, white = from_hex("#000000"), from_hex("#ffffff")

    assert contrast(black, white) == pytest.approx(21)
    assert distance(to_oklch(black), to_oklch(white)) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("letter", ["L", "l", "Ä", "Ö", "Ü", "Q"])
def test_a_crest_is_a_document_of_its_own_with_the_initial(letter: str) -> None:
    crest = ET.fromstring(theme.crest_svg(letter, "#14694f"))  # noqa: S314 -- our own document

    outline = crest.findall("{http://www.w3.org/2000/svg}path")[2].get("d")
    assert crest.tag == "{http://www.w3.org/2000/svg}svg"
    assert outline


@pytest.mark.parametrize("letter", ["", "é", '"><script>'])
def test_a_crest_without_a_known_initial_is_an_empty_shield(letter: str) -> None:
    crest = ET.fromstring(theme.crest_svg(letter, "#14694f"))  # noqa: S314 -- our own document

    assert crest.findall("{http://www.w3.org/2000/svg}path")[2].get("d") == ""
