"""Every page of a town, from the URLs themselves, and who may open it, from the table that people read."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, reverse
from django.urls.resolvers import RegexPattern

from accounts.models import Role
from tests.desk import urls_of

DOCUMENT = Path("docs/wer-darf-was.md")
EXACT = ("/", "/rathaus/")  # one page each; every other address begins like them
# What the catalogue or the code names, the same in all towns. Anything else in an address is something of one town.
SHARED = {"key", "kind", "colour", "value"}
# About something that not every town has, though their addresses do not say so.
OF_ONE_TOWN = {"administration:withdraw_amount", "administration:reword_pause", "administration:allow_passwords"}


class May(StrEnum):
    """Who gets a page, as the table says it."""

    OPEN = "ja"
    OWN = "eigene"
    NOT = "–"
    ALL = "alle"
    HERSELF = "die Person selbst"
    WITH_KEY = "Programme mit Schlüssel"


@dataclass(frozen=True)
class Page:
    """A URL with its name, its address with `…` for each key in it, and the names of those keys."""

    name: str
    place: str
    keys: frozenset[str]

    @property
    def is_of_one_town(self) -> bool:
        return bool(self.keys - SHARED) or self.name in OF_ONE_TOWN

    def address(self, values: dict[str, dict[str, Any]], urlconf: str = settings.ROOT_URLCONF) -> str:
        """The whole address. Values of a room or of the page itself come before those of all pages."""
        known = values[""] | values.get(self.name.partition(":")[0], {}) | values.get(self.name, {})
        return reverse(self.name, kwargs={key: known[key] for key in self.keys}, urlconf=urlconf)


def pages_of(urlconf: str) -> list[Page]:
    """All of them, in the order of the URLs."""
    return [
        Page(name, "/" + "".join(map(_readable, chain)), frozenset(chain[-1].pattern.converters))
        for name, chain in urls_of(urlconf)
    ]


def _readable(one: URLPattern | URLResolver) -> str:
    if isinstance(one.pattern, RegexPattern):
        return re.sub(r"\(.*", "…", str(one.pattern).removeprefix("^"))
    return re.sub(r"<[^>]*>", "…", str(one.pattern))


@dataclass(frozen=True)
class Table:
    """What the document promises: by the beginning of an address, for the town hall by role."""

    roles: list[str]  # the heads of the columns
    of_staff: dict[str, dict[Role, May]]
    of_others: dict[str, May]

    def row(self, page: Page) -> str | None:
        """The longest row that the address begins with."""
        rows = [*self.of_staff, *self.of_others]
        fit = [row for row in rows if (page.place == row if row in EXACT else page.place.startswith(row))]
        return max(fit, key=len, default=None)


def read_table() -> Table:
    """The two tables of the document."""
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|") and "---" not in line]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    (_title, *roles), *rest = cells
    of_staff, of_others = {}, {}
    for named, *marks in rest:
        found = re.search("`(.*)`", named)
        if found and len(marks) > 1:
            of_staff[found[1]] = dict(zip(Role, map(May, marks), strict=True))
        elif found:
            of_others[found[1]] = May(marks[0])
    return Table(roles, of_staff, of_others)
