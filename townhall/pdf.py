"""Documents with the town's letterhead: accessible PDFs (PDF/UA-1) with embedded fonts, made by typst.

The templates in `templates/pdf/` get their data as JSON, never as typst source, so that nothing in it can be a command.
"""

import json
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import timezone

from templates.components import german_date
from townhall import theme
from townhall.shopfront import Shopfront, shopfront

FOLDER = Path(settings.ROOT) / "templates" / "pdf"


def render_pdf(template: str, **data: Any) -> bytes:
    """The document `templates/pdf/<template>.typ` filled with `data` (plain values) for the current town."""
    front = shopfront()
    inputs = {"data": json.dumps(data | {"town": _letterhead(front)}, ensure_ascii=False), "crest": _crest(front)}
    made: bytes = typst.compile(
        str(FOLDER / f"{template}.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards="ua-1",
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
    }


def _crest(front: Shopfront) -> str:
    """The crest as SVG text; an uploaded picture of another kind is left out in favour of the drawn one."""
    profile = front.profile
    if profile.crest and profile.crest_type == "image/svg+xml":
        return bytes(profile.crest).decode()
    return theme.crest_svg(front.town.name[0], profile.colour)
