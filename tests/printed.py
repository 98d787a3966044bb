"""Reads what is printed: texts, tags and sizes of PDFs, and the QR codes of their pages."""

import io
from collections.abc import Iterator
from typing import Any

import zxingcpp
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import IndirectObject

MILLIMETRE = 72 / 25.4  # points


class Pdf:
    """A PDF as somebody reads it, with her eyes or a screen reader."""

    def __init__(self, content: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(content))
        self.root: Any = self.reader.trailer["/Root"]

    @property
    def texts(self) -> list[str]:
        """What each page says, in single spaces."""
        return [" ".join(page.extract_text().split()) for page in self.reader.pages]

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each page, millimetres."""
        boxes = [page.mediabox for page in self.reader.pages]
        return [(round(float(box.width) / MILLIMETRE), round(float(box.height) / MILLIMETRE)) for box in boxes]

    @property
    def title(self) -> str:
        return str(self.reader.metadata.title if self.reader.metadata else "")

    @property
    def tags(self) -> list[tuple[str, str]]:
        """All structure elements in reading order, each with its alternative text."""
        return list(_elements(self.root["/StructTreeRoot"]))

    @property
    def is_for_everybody(self) -> bool:
        """Whether it says of itself what PDF/UA-1 asks for: tagged, in a language, titled (ISO 14289-1, 5 and 7)."""
        return bool(
            self.root["/MarkInfo"]["/Marked"]
            and str(self.root["/Lang"]).startswith("de")
            and self.root["/ViewerPreferences"]["/DisplayDocTitle"]
            and b"<pdfuaid:part>1</pdfuaid:part>" in self.root["/Metadata"].get_object().get_data()
        )

    @property
    def fonts(self) -> dict[str, bool]:
        """Each font with whether it is inside of the file."""
        found = {}
        for page in self.reader.pages:
            for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
                (descendant,) = font.get_object()["/DescendantFonts"]
                descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                name = str(descriptor["/FontName"]).partition("+")[2]
                found[name] = bool({"/FontFile2", "/FontFile3"} & set(descriptor))
        return found

    def fragments(self, page: int = 0) -> Iterator[tuple[float, float, str]]:
        """Pieces of text with the place where they begin: millimetres from left and from below."""
        found: list[tuple[float, float, str]] = []

        def visit(text: str, now: list[float], matrix: list[float], _font: Any, _size: Any) -> None:
            x, y = matrix[4], matrix[5]
            if text.strip():
                found.append(
                    (
                        (now[0] * x + now[2] * y + now[4]) / MILLIMETRE,
                        (now[1] * x + now[3] * y + now[5]) / MILLIMETRE,
                        text.strip(),
                    )
                )

        self.reader.pages[page].extract_text(visitor_text=visit)
        yield from found


def codes_of(png: bytes) -> list[str]:
    """What the QR codes of a picture say, from left to right in rows from above."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    placed = sorted(found, key=lambda code: (code.position.top_left.y // 100, code.position.top_left.x))
    return [code.text for code in placed]


def _elements(node: Any) -> Iterator[tuple[str, str]]:
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, list):
        for child in node:
            yield from _elements(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]).removeprefix("/"), str(node.get("/Alt", ""))
        yield from _elements(node.get("/K", []))
