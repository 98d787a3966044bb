"""A town's look from its one brand colour: colours with enough contrast, and a plain crest.

A town picks a colour; everything else is computed here, so that no choice can make a page hard to read:
every pair of text and background has a contrast of at least 4.5:1 (WCAG 2.2, success criterion 1.4.3).
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.translation import gettext as _

from townhall.colours import Oklch, Rgb, contrast, distance, from_hex, to_hex, to_oklch, to_rgb

FIRST_COLOUR = "#14694f"  # of a town that has not chosen yet
NEUTRAL = "#3d4a63"  # pages that belong to no town, such as the operator's desk


class BadColour(ValueError):
    """Not a colour; the message says in German how to write one."""


@dataclass(frozen=True)
class Palette:
    """The colours of one appearance (light or dark), each as `#rrggbb`."""

    action: str  # buttons, links, icons
    on_action: str  # text on `action`
    soft: str  # the one tinted area of a page
    softer: str  # boxes
    line: str  # borders of boxes
    middle: str  # drawings: behind
    front: str  # drawings: in front
    deep: str  # footer, and header of the town hall, both with white text


@dataclass(frozen=True)
class Theme:
    """What a town's pages look like."""

    brand: str
    light: Palette
    dark: Palette


def parse(colour: str) -> str:
    """`colour` (`#rrggbb`, `rrggbb` or `#rgb`) as `#rrggbb` in small letters. Raises BadColour."""
    digits = colour.strip().removeprefix("#").lower()
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    if not re.fullmatch(r"[0-9a-f]{6}", digits):
        raise BadColour(_("Geben Sie die Farbe mit # und sechs Zeichen an, zum Beispiel #14694f."))
    return f"#{digits}"


def derive(brand: str) -> Theme:
    """The colours that go with `brand`. Raises BadColour."""
    brand = parse(brand)
    colour = to_oklch(from_hex(brand))
    calmed = Oklch(colour.lightness, min(colour.chroma, _LARGEST_CHROMA), colour.hue)
    return Theme(brand, _light(calmed), _dark(calmed))


@lru_cache(maxsize=1024)
def css(brand: str) -> str:
    """The style sheet with a town's colours, to be loaded after all others. Raises BadColour."""
    theme = derive(brand)
    light, dark = _declarations(theme.light), _declarations(theme.dark)
    return (
        f":root,[data-kern-theme=light]{{--town-brand:{theme.brand};{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-kern-theme=light]){{{dark}}}}}\n"
        f"[data-kern-theme=dark]{{{dark}}}\n"
    )


def digest(brand: str) -> str:
    """Twelve characters that change whenever `css(brand)` does, so its address may be cached for ever."""
    return hashlib.sha256(css(brand).encode()).hexdigest()[:12]


def warning(brand: str) -> str | None:
    """What a town should know before it takes this colour, in German; None if there is nothing to say.

    Raises BadColour.
    """
    action = to_oklch(from_hex(derive(brand).light.action))
    if distance(action, to_oklch(from_hex(_ERROR_RED))) >= _TOO_CLOSE:
        return None
    return _(
        "Diese Farbe sieht fast so aus wie das Rot der Fehlermeldungen. Knöpfe und Links wirken dann leicht wie Fehler."
    )


def crest_svg(letter: str, brand: str) -> str:
    """A shield with the initial of a town that has no crest here yet, as an SVG document of its own.

    Drawn for this project after the wall of a town; deliberately no coat of arms. A `letter` other than
    A to Z, Ä, Ö and Ü leaves the shield empty. Raises BadColour.
    """
    colours = derive(brand).light
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 76" width="64" height="76">'
        '<path fill="{sky}" d="{shield}"/><path fill="{wall}" d="{battlements}"/>'
        '<path fill="#fff" transform="translate(32 56.5) scale(.037 -.037)" d="{letter}"/>'
        '<path fill="none" stroke="#fff" stroke-width="2.5" d="{shield}"/></svg>',
        sky=colours.front,
        wall=colours.action,
        shield="M4 3h56v36c0 17-12 28-28 34C16 67 4 56 4 39z",
        battlements="M4 23V14h8v7h8v-7h8v7h8v-7h8v7h8v-7h8v25c0 17-12 28-28 34C16 67 4 56 4 39z",
        letter=_crest_letters().get(letter.upper(), ""),
    )


@lru_cache(maxsize=1)
def _crest_letters() -> dict[str, str]:
    """Outlines of the capitals, centred on x = 0, 1000 units to the em, y upwards."""
    file = Path(__file__).parent / "crest_letters.json"
    outlines: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))["outlines"]
    return outlines


# --- How the colours are found ---------------------------------------------------------------------------

# What KERN UX puts behind a town's colours.
_WHITE: Rgb = (1.0, 1.0, 1.0)
_BLACK: Rgb = (0.0, 0.0, 0.0)
_LIGHT_SURFACE = from_hex("#f3f4f7")  # neutral-025
_DARK_SURFACE = from_hex("#131525")  # neutral-950
_KERN_BLUE = Oklch(0.4284, 0.1689, 265.0)  # darkblue-700, KERN's own action colour
_ERROR_RED = "#c31c13"  # red-600

_LARGEST_CHROMA = 0.17  # stronger colours tire the eye on large areas
_TOO_CLOSE = 0.09  # two colours of one page that differ by less than this (OKLab) look alike


def _light(brand: Oklch) -> Palette:
    soft = _tint(brand, 0.966, 0.018)
    base = _colour_of_actions(brand)
    darker_and_darker = (
        to_rgb(Oklch(min(base.lightness, 0.52) - step * 0.005, base.chroma, base.hue)) for step in range(104)
    )
    action = next(
        colour
        for colour in darker_and_darker
        if _readable(colour, on=[soft, _LIGHT_SURFACE, _WHITE], contrast_at_least=5)
        and contrast(_pressed(colour), _WHITE) >= 4.5
    )
    return Palette(
        action=to_hex(action),
        on_action=to_hex(_WHITE),
        soft=to_hex(soft),
        softer=to_hex(_tint(brand, 0.983, 0.009)),
        line=to_hex(_tint(brand, 0.88, 0.032)),
        middle=to_hex(_tint(brand, 0.905, 0.032)),
        front=to_hex(_tint(brand, 0.845, 0.048)),
        deep=to_hex(_tint(brand, 0.27, 0.05)),
    )


def _dark(brand: Oklch) -> Palette:
    soft = _tint(brand, 0.24, 0.026)
    base = _colour_of_actions(brand)
    lighter_and_lighter = (to_rgb(Oklch(0.70 + step * 0.005, min(base.chroma, 0.10), base.hue)) for step in range(60))
    action = next(
        colour
        for colour in lighter_and_lighter
        if _readable(colour, on=[soft, _DARK_SURFACE, _BLACK], contrast_at_least=7)
    )
    return Palette(
        action=to_hex(action),
        on_action=to_hex(_tint(base, 0.17, 0.03)),
        soft=to_hex(soft),
        softer=to_hex(_tint(brand, 0.20, 0.016)),
        line=to_hex(_tint(brand, 0.38, 0.035)),
        middle=to_hex(_tint(brand, 0.29, 0.032)),
        front=to_hex(_tint(brand, 0.34, 0.04)),
        deep=to_hex(_tint(brand, 0.19, 0.026)),
    )


def _colour_of_actions(brand: Oklch) -> Oklch:
    """The brand, but KERN's blue for yellow and orange: their dark tones are a muddy brown."""
    is_yellow = brand.lightness > 0.72 and 60 < brand.hue < 125 and brand.chroma > 0.06
    return _KERN_BLUE if is_yellow else brand


def _tint(colour: Oklch, lightness: float, chroma_at_most: float) -> Rgb:
    return to_rgb(Oklch(lightness, min(colour.chroma, chroma_at_most), colour.hue))


def _pressed(colour: Rgb) -> Rgb:
    """`colour` with the 16 % of white that KERN mixes into a button while it is pressed."""
    red, green, blue = (0.84 * part + 0.16 for part in colour)
    return red, green, blue


def _readable(colour: Rgb, *, on: Iterable[Rgb], contrast_at_least: float) -> bool:
    return all(contrast(colour, background) >= contrast_at_least for background in on)


def _declarations(palette: Palette) -> str:
    tokens = {
        "--kern-color-action-default": palette.action,
        "--kern-color-action-on-default": palette.on_action,
        "--town-soft": palette.soft,
        "--town-softer": palette.softer,
        "--town-line": palette.line,
        "--town-middle": palette.middle,
        "--town-front": palette.front,
        "--town-deep": palette.deep,
    }
    return "".join(f"{name}:{value};" for name, value in tokens.items())
