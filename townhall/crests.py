"""Which coats of arms a town may upload. The content decides, not the name."""

import re
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree

import typst
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from townhall.pictures import framed

LARGEST = 300 * 1024  # bytes
MOST_PIXELS = 4000  # wide or high
PNG, SVG = "image/png", "image/svg+xml"

_PNG_START = b"\x89PNG\r\n\x1a\n"
_SVG_SPACE = "{http://www.w3.org/2000/svg}"
_XLINK_SPACE = "{http://www.w3.org/1999/xlink}"
# What draws, and nothing that runs, loads or moves.
_DRAWING = frozenset(
    {
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "textPath",
        "title",
        "desc",
        "metadata",
        "style",
        "clipPath",
        "mask",
        "pattern",
        "marker",
        "linearGradient",
        "radialGradient",
        "stop",
        "image",
        "switch",
        "filter",
        "feBlend",
        "feColorMatrix",
        "feComposite",
        "feFlood",
        "feGaussianBlur",
        "feMerge",
        "feMergeNode",
        "feOffset",
    }
)
# Where drawing programs keep notes of their own; browsers do not look there.
_NOTES = (
    "{http://sodipodi.sourceforge.net/",
    "{http://www.inkscape.org/",
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}",
    "{http://creativecommons.org/ns#}",
    "{http://web.resource.org/cc/}",
    "{http://purl.org/dc/elements/1.1/}",
    "{http://ns.adobe.com/",
    "{http://www.serif.com/}",
)
_PICTURE_INSIDE = re.compile(r"data:image/(png|jpe?g);base64,", re.IGNORECASE)
_URL = re.compile(r"url\(\s*['\"]?\s*([^)'\"]*)", re.IGNORECASE)
_DANGEROUS_STYLE = re.compile(r"@import|expression\s*\(|javascript:|\\", re.IGNORECASE)


def content_type_of(content: bytes) -> str:
    """`image/png` or `image/svg+xml`. Raises ValidationError, with a German sentence, for anything else."""
    if len(content) > LARGEST:
        raise ValidationError(_("Die Datei ist zu groß. Ein Wappen darf höchstens 300 KB haben."), code="too_large")
    if content.startswith(_PNG_START):
        _check_png(content)
        return PNG
    if b"<svg" in content:
        _check_svg(content)
        return SVG
    raise ValidationError(
        _("Das ist weder PNG noch SVG. Speichern Sie das Wappen in einem der beiden Formate."), code="wrong_type"
    )


@lru_cache(maxsize=64)
def printable(content: bytes, content_type: str) -> str | None:
    """The crest as the text of an SVG document that documents can hold; None if it cannot be drawn there.

    What browsers draw is more than what documents can: an SVG without any size, a PNG with a wrong checksum.
    """
    text = framed(content, PNG, *_size_of(content)) if content_type == PNG else content.decode(errors="replace")
    document = b'#image(bytes(sys.inputs.crest), format: "svg", height: 1cm)'
    try:
        typst.compile(document, sys_inputs={"crest": text}, ignore_system_fonts=True)  # PDF is the strictest
    except typst.TypstError:
        return None
    return text


def _size_of(png: bytes) -> tuple[int, int]:
    """Width and height, as its header says (PNG specification, 11.2)."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _check_png(content: bytes) -> None:
    """The header says how large it is, the last chunk that nothing is missing (PNG specification, 5 and 11.2)."""
    is_whole = content[12:16] == b"IHDR" and content[-8:-4] == b"IEND"
    width, height = _size_of(content)
    if not is_whole or not width or not height:
        raise ValidationError(
            _("Die PNG-Datei ist beschädigt. Bitte speichern Sie das Wappen noch einmal."), code="broken"
        )
    if max(width, height) > MOST_PIXELS:
        raise ValidationError(
            _("Das Bild ist zu groß: höchstens %(most)d Bildpunkte breit und hoch.") % {"most": MOST_PIXELS},
            code="too_large",
        )


def _check_svg(content: bytes) -> None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _unsafe(_("eigene Definitionen (DOCTYPE)"))
    if b"<?xml-stylesheet" in content:
        raise _unsafe(_("Verweise auf andere Adressen"))
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 -- without a DOCTYPE there are no entities to expand
    except (ElementTree.ParseError, ValueError, LookupError):
        raise ValidationError(
            _("Die SVG-Datei ist beschädigt. Bitte speichern Sie das Wappen noch einmal."), code="broken"
        ) from None
    if root.tag != f"{_SVG_SPACE}svg":
        raise ValidationError(
            _("Die SVG-Datei ist beschädigt. Bitte speichern Sie das Wappen noch einmal."), code="broken"
        )
    for reason in _dangers(root):
        raise _unsafe(reason)


def _dangers(root: ElementTree.Element) -> Iterator[str]:
    """What must not be in a picture that we show, in words."""
    for element in root.iter():
        is_drawing = element.tag.startswith(_SVG_SPACE) and element.tag.removeprefix(_SVG_SPACE) in _DRAWING
        if not is_drawing and not element.tag.startswith(_NOTES):
            yield _("„%(name)s“") % {"name": element.tag.rpartition("}")[2]}
        if element.tag == f"{_SVG_SPACE}style" and _is_dangerous_style(element.text or ""):
            yield _("Verweise auf andere Adressen")
        for name, value in element.items():
            if not name.startswith(_NOTES):
                yield from _dangers_of_attribute(name, value)


def _dangers_of_attribute(name: str, value: str) -> Iterator[str]:
    if name.lower().startswith("on"):
        yield _("Programmteile („%(name)s“)") % {"name": name}
    elif name in ("href", f"{_XLINK_SPACE}href"):
        if not value.startswith("#") and not _PICTURE_INSIDE.match(value):
            yield _("Verweise auf andere Adressen")
    elif _is_dangerous_style(value):
        yield _("Verweise auf andere Adressen")


def _is_dangerous_style(text: str) -> bool:
    return any(not url.startswith("#") for url in _URL.findall(text)) or bool(_DANGEROUS_STYLE.search(text))


def _unsafe(reason: str) -> ValidationError:
    return ValidationError(
        _(
            "In der SVG-Datei steckt etwas, das wir nicht zeigen dürfen: %(reason)s. "
            "Speichern Sie sie als einfaches SVG oder nehmen Sie PNG."
        )
        % {"reason": reason},
        code="unsafe",
    )
