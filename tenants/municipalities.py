"""The official list of the 396 towns of North Rhine-Westphalia.

Source: Statistisches Bundesamt (Destatis), Gemeindeverzeichnis of 31 December 2024; postal codes from
OpenStreetMap (ODbL 1.0). See NOTICE.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy

DATA = Path(__file__).parent / "data"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


class TownSize(models.IntegerChoices):
    """Classes of towns by the tasks that the law gives them. Ordered. Source: § 4 GO NRW."""

    KLEIN = 1, gettext_lazy("Kreisangehörige Stadt oder Gemeinde")
    MITTEL = 2, gettext_lazy("Mittlere kreisangehörige Stadt")
    GROSS = 3, gettext_lazy("Große kreisangehörige Stadt")
    KREISFREI = 4, gettext_lazy("Kreisfreie Stadt")


def town_size(*, population: int, kreisfrei: bool) -> TownSize:
    """The class of a town with so many people. On application smaller towns may belong to a higher one."""
    if kreisfrei:
        return TownSize.KREISFREI
    if population >= 60_000:
        return TownSize.GROSS
    return TownSize.MITTEL if population >= 25_000 else TownSize.KLEIN


@dataclass(frozen=True)
class Municipality:
    """One entry of the official list."""

    ars: str  # Amtlicher Regionalschlüssel, 12 digits
    ags: str  # Amtlicher Gemeindeschlüssel, 8 digits
    name: str  # such as "Lage"
    kind: str  # "Stadt" or "Gemeinde"
    county: str  # such as "Kreis Lippe"; empty for a kreisfreie Stadt
    district: str  # Regierungsbezirk, such as "Detmold"
    population: int
    street: str  # of the town hall, with the house number
    postal_code: str
    city: str
    postal_codes: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """Such as "Stadt Lage" or "Gemeinde Augustdorf"."""
        return f"{self.kind} {self.name}"

    @property
    def is_county_free(self) -> bool:
        return not self.county

    @property
    def size(self) -> TownSize:
        """The class that follows from its people."""
        return town_size(population=self.population, kreisfrei=self.is_county_free)

    @property
    def possible_sizes(self) -> tuple[TownSize, ...]:
        """Those that it may belong to: a kreisfreie Stadt has no county, all others have one."""
        own = TownSize.KREISFREI
        return (own,) if self.is_county_free else tuple(size for size in TownSize if size != own)

    @property
    def slug(self) -> str:
        """The short name for host, schema and submission numbers, such as `bad-salzuflen`."""
        return host_label(self.name)


def host_label(name: str) -> str:
    """A town's name as it can stand in an address: ä becomes ae, an addition in brackets is left out."""
    return slugify(re.sub(r"\(.*?\)", "", name).translate(_UMLAUTS).replace("/", " "))


@cache
def all_municipalities() -> tuple[Municipality, ...]:
    """All 396, in the order of their names."""
    postal_codes: dict[str, list[str]] = {}
    for row in _rows("postal_codes_nrw.csv"):
        postal_codes.setdefault(row["ars"], []).append(row["postal_code"])
    found = [
        Municipality(
            ars=row["ars"],
            ags=row["ags"],
            name=row["name_short"],
            kind="Gemeinde" if row["type"] == "Kreisangehörige Gemeinde" else "Stadt",
            county="" if row["type"] == "Kreisfreie Stadt" else _county_name(row["kreis_name"]),
            district=row["regierungsbezirk_name"].removeprefix("Reg.-Bez. "),
            population=int(row["population_2023_12_31"]),
            street=row["admin_street_2023"],
            postal_code=row["admin_postal_code_2023"],
            city=row["admin_city_2023"],
            postal_codes=tuple(sorted(postal_codes.get(row["ars"], []))),
        )
        for row in _rows("municipalities_nrw.csv")
    ]
    return tuple(sorted(found, key=lambda municipality: _folded(municipality.name)))


def municipality(ars: str) -> Municipality:
    """The entry with this key (ARS, 12 digits, or AGS, 8 digits). Raises KeyError if there is none."""
    return _by_key()[ars]


def find_municipalities(query: str, limit: int = 12) -> list[Municipality]:
    """Towns whose name has a word that begins like `query`, or whose key or postal code does.

    "Blom" finds Blomberg, "salzuf" Bad Salzuflen, "Koeln" Köln, "3279" the towns with such postal codes. Those
    whose name begins like it come first.
    """
    found = [candidate for candidate in all_municipalities() if is_named(candidate, query)]
    found.sort(key=lambda candidate: not _folded(candidate.name).startswith(_folded(query)))
    return found[:limit]


def is_named(candidate: Municipality, query: str) -> bool:
    """Whether a word of its name, its key or a postal code begins like `query`."""
    wanted = _folded(query)
    if not wanted:
        return False
    if wanted.isdigit():
        return any(key.startswith(wanted) for key in (candidate.ars, candidate.ags, *candidate.postal_codes))
    return f" {wanted}" in f" {_folded(candidate.name)}"


@lru_cache(maxsize=1024)
def _folded(name: str) -> str:
    """A name as it is compared: without umlauts, capitals and signs, "St." in full."""
    plain = re.sub(r"[^a-z0-9]+", " ", name.translate(_UMLAUTS).lower()).strip()
    return re.sub(r"\bst\b", "sankt", plain)


def _county_name(name: str) -> str:
    """The list says "Lippe" where people say "Kreis Lippe", but "Märkischer Kreis" in full."""
    in_full = "kreis" in name.lower() or "region" in name.lower()
    return name if in_full else f"Kreis {name}"


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


@cache
def _by_key() -> dict[str, Municipality]:
    entries = all_municipalities()
    return {entry.ars: entry for entry in entries} | {entry.ags: entry for entry in entries}
