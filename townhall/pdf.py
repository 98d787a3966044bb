"""Documents with the town's letterhead, made by typst: accessible (PDF/UA-1), to keep (PDF/A-3a), fonts embedded.

The templates in `templates/pdf/` get their data as JSON, never as typst source, so that nothing in it can be a command.
"""

import json
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from templates.components import german_date
from townhall import theme
from townhall.crests import printable
from townhall.shopfront import Shopfront, shopfront

FOLDER = Path(settings.ROOT) / "templates" / "pdf"


def render_pdf(template: str, **data: Any) -> bytes:
    """The document `templates/pdf/<template>.typ` filled with `data` (plain values) for the current town."""
    return _compiled(shopfront(), template, data, pdf_standards=["a-3a", "ua-1"])


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """A document that the browser shows, under a name to save it."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def render_png(template: str, *, ppi: float, **data: Any) -> bytes:
    """The same as a picture with so many dots an inch; it must have one page only."""
    return _compiled(shopfront(), template, data, format="png", ppi=ppi)


def render_svg(front: Shopfront, template: str, **data: Any) -> bytes:
    """The same as a drawing in which letters are outlines, for pages; it must have one page only."""
    return _compiled(front, template, data, format="svg")


def _compiled(front: Shopfront, template: str, data: dict[str, Any], **options: Any) -> bytes:
    inputs = {"data": json.dumps(data | {"town": _letterhead(front)}, ensure_ascii=False), "crest": _crest(front)}
    made: bytes = typst.compile(
        str(FOLDER / f"{template}.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs=inputs,
        **options,
    )
    return made


def _letterhead(front: Shopfront) -> dict[str, str]:
    profile, colours = front.profile, theme.derive(front.profile.colour).light
    return {
        "name": front.town.full_name,
        "street": profile.street,
        "city": f"{profile.postal_code} {profile.city}",
        "phone": profile.phone,
        "email": profile.email,
        "url": front.town.url.split("://", 1)[1],
        "today": german_date(timezone.localdate()),
        "colour": colours.action,
        "line": colours.line,
        "soft": colours.softer,
        "tint": colours.soft,  # for large areas on paper, where `soft` would hardly be seen
    }


def _crest(front: Shopfront) -> str:
    """The crest as SVG text: the town's own, or the drawn one if it has none that can be printed."""
    profile = front.profile
    own = printable(bytes(profile.crest), profile.crest_type) if profile.crest else None
    return own or theme.crest_svg(front.town.name[0], profile.colour)
