"""Arithmetic with colours: hex notation, OKLCH, contrast.

OKLab and OKLCH: Björn Ottosson, "A perceptual color space for image processing" (2020), the space that
CSS Color 4 calls `oklch()`. Relative luminance and contrast ratio: WCAG 2.2, definitions.
"""

import math
from dataclasses import dataclass

# A colour in sRGB: red, green, blue, each from 0 to 1.
Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Oklch:
    """A colour as the eye sorts it: lightness 0 to 1, chroma (0 is grey), hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @property
    def _plane(self) -> tuple[float, float]:
        """The two colour axes of OKLab: green to red, blue to yellow."""
        angle = math.radians(self.hue)
        return self.chroma * math.cos(angle), self.chroma * math.sin(angle)


def from_hex(colour: str) -> Rgb:
    """`#rrggbb` as sRGB."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def to_hex(colour: Rgb) -> str:
    """sRGB as `#rrggbb`."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def to_oklch(colour: Rgb) -> Oklch:
    """sRGB as OKLCH."""
    red, green, blue = (_linear(part) for part in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    green_red = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    hue = math.degrees(math.atan2(blue_yellow, green_red)) % 360
    return Oklch(lightness, math.hypot(green_red, blue_yellow), hue)


def to_rgb(colour: Oklch) -> Rgb:
    """OKLCH as sRGB. A colour that no screen can show becomes the nearest paler one of the same lightness."""
    linear = _linear_rgb(colour)
    while not all(-1e-4 <= part <= 1 + 1e-4 for part in linear) and colour.chroma > 1e-3:
        colour = Oklch(colour.lightness, colour.chroma * 0.96, colour.hue)
        linear = _linear_rgb(colour)
    red, green, blue = (_gamma(min(max(part, 0.0), 1.0)) for part in linear)
    return red, green, blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio after WCAG: 1 (same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: Oklch, other: Oklch) -> float:
    """How different two colours look: Euclidean distance in OKLab (black to white is 1)."""
    return math.dist((one.lightness, *one._plane), (other.lightness, *other._plane))


def _linear_rgb(colour: Oklch) -> Rgb:
    green_red, blue_yellow = colour._plane
    long = (colour.lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (colour.lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (colour.lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
