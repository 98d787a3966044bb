"""The badge "Digitales Rathaus der Stadt Lage" for the town's own home page."""

import re

from django.utils.translation import gettext as _

from townhall.pdf import render_svg
from townhall.shopfront import Shopfront

_SIZE = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')


def badge_svg(front: Shopfront) -> str:
    """An SVG document that loads nothing."""
    drawn = render_svg(
        front, "badge", title=_("Digitales Rathaus"), of_whom=_("der %(town)s") % {"town": front.town.full_name}
    )
    return drawn.decode()


def badge_size(front: Shopfront) -> tuple[int, int]:
    """Its width and height in CSS pixels."""
    found = _SIZE.search(badge_svg(front))
    assert found is not None
    return round(float(found[1])), round(float(found[2]))
