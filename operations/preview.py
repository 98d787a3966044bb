"""What a new town will look like, before it exists."""

from dataclasses import dataclass
from urllib.parse import quote

from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.municipalities import Municipality
from townhall import theme
from townhall.colours import contrast, from_hex
from townhall.theme import Palette


@dataclass(frozen=True)
class Preview:
    """Pictures are `data:` addresses."""

    picture: str  # a home page in small
    crest: str
    action: str  # the colour of buttons and links
    is_darker: bool  # whether they need another colour than the town's, to be readable
    contrast: float  # of text on a button
    warning: str | None

    @classmethod
    def of(cls, municipality: Municipality, colour: str) -> "Preview":
        """The preview of a town with this brand colour. Raises theme.BadColour."""
        palette = theme.derive(colour).light
        crest = theme.crest_svg(municipality.name[0], colour)
        return cls(
            picture=_address(_home_page(palette)),
            crest=_address(crest),
            action=palette.action,
            is_darker=palette.action != colour,
            contrast=contrast(from_hex(palette.action), from_hex(palette.on_action)),
            warning=theme.warning(colour),
        )


def _address(svg: str) -> str:
    return f"data:image/svg+xml,{quote(svg)}"


def _home_page(palette: Palette) -> SafeString:
    """A phone's worth of home page in the town's colours: header, search, tiles, footer."""
    tiles = [(x, y) for y in (132, 186) for x in (20, 126, 232)]
    drawn = "".join(
        format_html(
            '<rect x="{}" y="{}" width="98" height="46" rx="5" fill="#fff" stroke="{}"/>'
            '<circle cx="{}" cy="{}" r="10" fill="{}"/><circle cx="{}" cy="{}" r="4" fill="{}"/>'
            '<rect x="{}" y="{}" width="48" height="6" rx="3" fill="#1d2233"/>',
            x, y, palette.line,
            x + 19, y + 23, palette.soft, x + 19, y + 23, palette.action,
            x + 38, y + 20,
        )
        for x, y in tiles
    )  # fmt: skip
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 350 290" width="350" height="290">'
        '<rect width="350" height="290" fill="#fff"/>'
        '<rect x="20" y="9" width="16" height="19" rx="4" fill="{action}"/>'
        '<rect x="44" y="11" width="74" height="6" rx="3" fill="#1d2233"/>'
        '<rect x="44" y="21" width="44" height="5" rx="2.5" fill="#9aa0b0"/>'
        '<rect y="38" width="350" height="80" fill="{soft}"/>'
        '<path d="M0 118V96l40-12 30 10 34-22 30 20 46-8 40 12 38-20 36 16 56-12v38z" fill="{front}"/>'
        '<rect x="20" y="52" width="150" height="9" rx="4.5" fill="#1d2233"/>'
        '<rect x="20" y="74" width="216" height="28" rx="4" fill="#fff" stroke="#1d2233"/>'
        '<rect x="242" y="74" width="88" height="28" rx="4" fill="{action}"/>'
        '<rect x="264" y="85" width="44" height="6" rx="3" fill="{on_action}"/>'
        "{tiles}"
        '<rect y="246" width="350" height="44" fill="{deep}"/>'
        '<rect x="20" y="260" width="70" height="5" rx="2.5" fill="#fff"/>'
        '<rect x="20" y="271" width="46" height="5" rx="2.5" fill="#fff" opacity=".7"/>'
        '<rect x="140" y="260" width="56" height="5" rx="2.5" fill="#fff" opacity=".7"/>'
        '<rect x="246" y="260" width="60" height="5" rx="2.5" fill="#fff" opacity=".7"/></svg>',
        action=palette.action,
        on_action=palette.on_action,
        soft=palette.soft,
        front=palette.front,
        deep=palette.deep,
        tiles=SafeString(drawn),
    )
