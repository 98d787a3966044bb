"""What a town prints: sheets of service cards, and signs for doors, each with a short address and its QR code."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import segno
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.content import Service
from catalogue.queries import shortest_words
from tenants.models import readable_host
from townhall import theme
from townhall.pdf import render_pdf, render_png
from townhall.presentation import provider_of, row_of
from townhall.shopfront import Shopfront

PORTAL = "portal"  # stands for the portal where else a service's key stands
CARDS_ON_A_SHEET = 10
PREVIEW_PPI = 120

_ALL_AUTHORITIES = "115"  # the phone number that all authorities in Germany share
_SKYLINE = settings.ROOT / "templates" / "partials" / "skyline.html"
_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-ZÄÖÜ])")


class Format(models.TextChoices):
    """What is printed, as the address bar names it."""

    CARDS = "karten", gettext_lazy("Bogen mit zehn Karten")
    SIGN_A4 = "schild-a4", gettext_lazy("Türschild A4")
    SIGN_A3 = "schild-a3", gettext_lazy("Türschild A3")

    @property
    def usual_letter(self) -> str:
        """The letter of its QR codes as long as nobody chooses another."""
        return "k" if self is Format.CARDS else "s"


@dataclass(frozen=True)
class Order:
    """What to print: for which services (or PORTAL), in which format, with which letter, for which host of the town."""

    format: Format
    keys: tuple[str, ...]
    letter: str  # tells in the figures which print brought people: a to z
    base: str  # address of the host, such as https://serviceportal.lage.de


@dataclass(frozen=True)
class Address:
    """A short address on paper: as it is typed, and as its QR code says it."""

    host: str
    path: str  # "/hund"; empty for the portal
    coded: str

    @property
    def typed(self) -> str:
        return self.host + self.path


@dataclass(frozen=True)
class Print:
    """What stands on one card or sign."""

    title: str
    sentence: str
    lead: str
    invitation: str
    instead: str
    help: str
    office: str
    phone: str
    address: Address

    def plain(self) -> dict[str, Any]:
        """As the templates of documents take it."""
        code, modules = qr_code(self.address.coded)
        return vars(self) | {
            "address": {"host": self.address.host, "path": self.address.path},
            "qr": code,
            "modules": modules,
            "qr_alt": _("QR-Code: %(address)s") % {"address": self.address.coded},
        }


def prints_of(front: Shopfront, order: Order, today: date) -> list[Print]:
    """One for each thing that the order names; the town must show them all."""
    words = shortest_words(order.keys)
    return [
        _of_service(front, order, front.services[key], words.get(key, key), today)
        if key != PORTAL
        else _of_portal(front, order)
        for key in order.keys
    ]


def pdf_of(front: Shopfront, order: Order, today: date) -> bytes:
    """The sheet of cards, or the signs, one a page."""
    prints = prints_of(front, order, today)
    template, data = _document(front, order, prints)
    return render_pdf(template, **data)


def preview_of(front: Shopfront, order: Order, today: date) -> bytes:
    """The first page as PNG."""
    prints = prints_of(front, order, today)
    template, data = _document(front, order, prints if order.format is Format.CARDS else prints[:1])
    return render_png(template, ppi=PREVIEW_PPI, **data)


def dealt(prints: Sequence[Print]) -> list[Print]:
    """Ten cards of up to ten kinds, as evenly as may be; those of a kind lie together."""
    return [prints[place * len(prints) // CARDS_ON_A_SHEET] for place in range(CARDS_ON_A_SHEET)]


def file_name(order: Order, prints: Sequence[Print]) -> str:
    """What the file is called on the administrator's computer: `karten-hund.pdf`."""
    about = prints[0].address.path.strip("/") or PORTAL
    return f"{order.format}-{about}{'-und-mehr' if len(prints) > 1 else ''}.pdf"


def _document(front: Shopfront, order: Order, prints: Sequence[Print]) -> tuple[str, dict[str, Any]]:
    """Template and data."""
    about = ", ".join(one.title for one in prints[:3]) + (" …" if len(prints) > 3 else "")
    if order.format is Format.CARDS:
        title = _("Servicekarten: %(about)s") % {"about": about}
        return "cards", {"title": title, "portal": _portal(), "cards": [one.plain() for one in dealt(prints)]}
    return "sign", {
        "title": _("Türschild: %(about)s") % {"about": about},
        "portal": _portal(),
        "paper": "a3" if order.format is Format.SIGN_A3 else "a4",
        "signs": [one.plain() for one in prints],
        "skyline": _skyline(theme.derive(front.profile.colour).light),
        "scan": _("Halten Sie die Kamera Ihres Telefons auf den Code."),
        "type": _("Oder geben Sie ein:"),
    }


# --- What stands there -----------------------------------------------------------------------------------


def _of_portal(front: Shopfront, order: Order) -> Print:
    office = front.main_office
    return Print(
        title=_("Digitales Rathaus"),
        sentence=_("Erledigen Sie von zu Hause, wofür Sie sonst ins Rathaus kommen."),
        lead=_("Online unter"),
        invitation=_("Geht auch online."),
        instead=_("Lieber persönlich?"),
        help=_("Wir helfen Ihnen gern, auch beim Ausfüllen eines Online-Antrags."),
        office=office.name if office else "",
        phone=(office and office.phone) or front.profile.phone or _ALL_AUTHORITIES,
        address=_address(order, ""),
    )


def _of_service(front: Shopfront, order: Order, service: Service, word: str, today: date) -> Print:
    provider, is_online = provider_of(front, service), row_of(front, service, today).is_online
    office = None if provider else front.office_for(service)
    by_others = _("Das macht nicht die %(town)s.") % {"town": front.town.full_name}
    here = _("Wir helfen Ihnen gern, auch beim Ausfüllen des Antrags.") if is_online else _("Wir helfen Ihnen gern.")
    return Print(
        title=service.title,
        sentence=_SENTENCE.split(service.summary, maxsplit=1)[0],
        lead=_("Online unter") if is_online else _("Mehr dazu unter"),
        invitation=_("Geht auch online.") if is_online else _("Alles dazu steht online."),
        instead=_("Zuständig ist") if provider else _("Lieber persönlich?"),
        help=by_others if provider else here,
        office=provider.name if provider else office.name if office else "",
        phone="" if provider else (office and office.phone) or front.profile.phone or _ALL_AUTHORITIES,
        address=_address(order, word),
    )


def _address(order: Order, word: str) -> Address:
    path = f"/{word}" if word else ""
    return Address(host=typed_host(order.base), path=path, coded=f"{order.base}{path}/{order.letter}")


def typed_host(base: str) -> str:
    """The host of an address as people type it: `köln.de` for `https://xn--kln-sna.de`."""
    host, *port = base.split("://", 1)[1].split(":")
    return ":".join([readable_host(host), *port])


def _portal() -> str:
    return _("Serviceportal")


# --- Drawings --------------------------------------------------------------------------------------------


def qr_code(text: str) -> tuple[str, int]:
    """A QR code as SVG without a margin, and how many modules it is wide. It bears at least 15 % of damage."""
    code = segno.make(text, error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="svg", border=0, xmldecl=False, omitsize=True)
    return out.getvalue().decode(), int(code.symbol_size(border=0)[0])


def _skyline(colours: theme.Palette) -> str:
    """The town that is drawn on the home page, in these colours, as an SVG document of its own."""
    drawing = _SKYLINE.read_text(encoding="utf-8")
    svg = drawing[drawing.index("<svg") :].replace('class="skyline"', 'xmlns="http://www.w3.org/2000/svg"')
    for part, colour, strength in (
        ("back", colours.middle, 0.5),
        ("middle", colours.middle, 1),
        ("front", colours.front, 1),
        ("windows", colours.softer, 1),
    ):
        svg = svg.replace(f'class="skyline__{part}"', f'fill="{colour}" opacity="{strength}"')
    return svg
