"""The icons of the pages: which there are, and how their sprite is built.

All are Material Symbols (rounded, weight 400; Apache-2.0), the family that KERN's own icons come from.
`docker/vendor_frontend.sh` writes the sprite with `python -m templates.icons FOLDER_WITH_THE_SVG_FILES`.
"""

import re
import sys
from pathlib import Path

# A life situation of the catalogue may have one of these; nothing else checks that they are used.
LIFE_SITUATION_ICONS = frozenset(
    {
        "badge",
        "celebration",
        "child_care",
        "directions_car",
        "favorite",
        "foundation",
        "home",
        "how_to_vote",
        "local_florist",
        "local_library",
        "pets",
        "public",
        "receipt_long",
        "recycling",
        "report",
        "storefront",
        "volunteer_activism",
    }
)

# What the pages themselves use.
INTERFACE_ICONS = frozenset(
    {
        "accessibility_new",
        "add",
        "arrow_back",
        "arrow_forward",
        "bar_chart",
        "call",
        "check",
        "check_circle",
        "chevron_right",
        "credit_card",
        "description",
        "download",
        "euro",
        "filter_list",
        "group",
        "how_to_reg",
        "inbox",
        "info",
        "location_on",
        "lock",
        "logout",
        "mail",
        "menu",
        "palette",
        "payments",
        "person",
        "save",
        "schedule",
        "search",
        "task_alt",
        "timer",
        "upload_file",
        "verified_user",
    }
)

ICONS = LIFE_SITUATION_ICONS | INTERFACE_ICONS


def sprite(folder: Path) -> str:
    """One SVG document with a symbol for each icon, made of the files `<name>.svg` in `folder`.

    Raises FileNotFoundError for an icon that the folder does not have.
    """
    symbols = [_symbol(name, (folder / f"{name}.svg").read_text()) for name in sorted(ICONS)]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""])


def _symbol(name: str, svg: str) -> str:
    drawing = re.fullmatch(r"<svg[^>]*>(.*)</svg>\s*", svg, re.DOTALL)
    if drawing is None:
        raise ValueError(f"not an SVG file: {name}")
    return f'<symbol id="{name}" viewBox="0 -960 960 960">{drawing[1]}</symbol>'


if __name__ == "__main__":
    sys.stdout.write(sprite(Path(sys.argv[1])))
