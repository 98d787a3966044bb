"""The official list of the towns of North Rhine-Westphalia."""

import re

import pytest

from tenants.actions import RESERVED
from tenants.municipalities import (
    TownSize,
    all_municipalities,
    find_municipalities,
    host_label,
    municipality,
    town_size,
)

OWL = {"Kreis Gütersloh", "Kreis Herford", "Kreis Höxter", "Kreis Lippe", "Kreis Minden-Lübbecke", "Kreis Paderborn"}


def names(query: str, limit: int = 12) -> list[str]:
    return [entry.name for entry in find_municipalities(query, limit)]


def test_all_396_are_there_once() -> None:
    entries = all_municipalities()

    assert len(entries) == 396
    assert len({entry.ars for entry in entries}) == len({entry.ags for entry in entries}) == 396


def test_the_region_has_70_towns_and_the_state_22_without_a_county() -> None:
    entries = all_municipalities()

    assert sum(entry.county in OWL or entry.name == "Bielefeld" for entry in entries) == 70
    assert sum(entry.is_county_free for entry in entries) == 22
    assert {entry.kind for entry in entries} == {"Stadt", "Gemeinde"}


def test_every_entry_is_complete() -> None:
    for entry in all_municipalities():
        assert re.fullmatch(r"05\d{10}", entry.ars)
        assert re.fullmatch(r"05\d{6}", entry.ags)
        assert re.fullmatch(r"\d{5}", entry.postal_code)
        assert entry.street
        assert entry.city
        assert entry.population > 3000
        assert entry.postal_codes


def test_every_short_name_is_its_own_and_fits_host_and_schema() -> None:
    slugs = [entry.slug for entry in all_municipalities()]

    assert len(set(slugs)) == 396
    assert not set(slugs) & RESERVED
    for slug in slugs:
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug)
        assert len(slug) <= 50
        assert not slug.startswith("pg-")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Köln", "koeln"),
        ("Übach-Palenberg", "uebach-palenberg"),
        ("Schloß Holte-Stukenbrock", "schloss-holte-stukenbrock"),
        ("Halle (Westf.)", "halle"),
        ("Fröndenberg/Ruhr", "froendenberg-ruhr"),
        ("Mülheim an der Ruhr", "muelheim-an-der-ruhr"),
    ],
)
def test_a_name_becomes_an_address(name: str, label: str) -> None:
    assert host_label(name) == label


def test_lage_is_as_the_list_has_it() -> None:
    lage = municipality("057660040040")

    assert (lage.ags, lage.kind, lage.county, lage.district) == ("05766040", "Stadt", "Kreis Lippe", "Detmold")
    assert (lage.population, lage.postal_codes) == (35311, ("32791",))
    assert municipality("05766040") is lage


@pytest.mark.parametrize("key", ["", "05", "99999999", "057660040041", "Lage"])
def test_an_unknown_key_is_an_error(key: str) -> None:
    with pytest.raises(KeyError):
        municipality(key)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Blom", ["Blomberg"]),
        ("blomberg", ["Blomberg"]),
        ("  BLOM ", ["Blomberg"]),
        ("Bad Salz", ["Bad Salzuflen"]),
        ("bad-salz", ["Bad Salzuflen"]),
        ("Salzuf", ["Bad Salzuflen"]),
        ("Köln", ["Köln"]),
        ("Koeln", ["Köln"]),
        ("köln", ["Köln"]),
        ("Muelheim", ["Mülheim an der Ruhr"]),
        ("St. Augustin", ["Sankt Augustin"]),
        ("Schloss Holte", ["Schloß Holte-Stukenbrock"]),
        ("Palenberg", ["Übach-Palenberg"]),
        ("057660040040", ["Lage"]),
        ("05766040", ["Lage"]),
        ("32791", ["Lage"]),
        ("Xanten!", ["Xanten"]),
    ],
)
def test_a_town_is_found_by_what_people_type(query: str, found: list[str]) -> None:
    assert names(query) == found


def test_the_beginning_of_a_postal_code_finds_all_its_towns() -> None:
    assert set(names("327", limit=50)) == {
        entry.name for entry in all_municipalities() if any(code.startswith("327") for code in entry.postal_codes)
    }
    assert "Detmold" in names("327", limit=50)


def test_names_that_begin_like_it_come_first() -> None:
    assert names("Ober") == ["Oberhausen"]
    assert names("Her")[:3] == ["Herdecke", "Herford", "Herne"]
    assert names("Horn") == ["Horn-Bad Meinberg"]
    assert names("Bad")[-1] == "Horn-Bad Meinberg"


@pytest.mark.parametrize("query", ["", "   ", "%", "!", "xyz", "München", "' OR 1=1", "a" * 5000])
def test_what_is_no_town_finds_nothing(query: str) -> None:
    assert names(query) == []


def test_there_are_no_more_than_asked_for() -> None:
    assert len(names("B", limit=8)) == 8


# --- Size ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "kreisfrei", "size"),
    [
        (0, False, TownSize.KLEIN),
        (24_999, False, TownSize.KLEIN),
        (25_000, False, TownSize.MITTEL),
        (59_999, False, TownSize.MITTEL),
        (60_000, False, TownSize.GROSS),
        (340_000, False, TownSize.GROSS),
        (40_000, True, TownSize.KREISFREI),
    ],
)
def test_the_class_of_a_town_follows_from_its_people(population: int, kreisfrei: bool, size: TownSize) -> None:
    assert town_size(population=population, kreisfrei=kreisfrei) is size


def test_a_town_has_a_county_or_it_has_none() -> None:
    sizes = {entry.is_county_free: entry.possible_sizes for entry in all_municipalities()}

    assert sizes == {True: (TownSize.KREISFREI,), False: (TownSize.KLEIN, TownSize.MITTEL, TownSize.GROSS)}
    assert [entry.name for entry in all_municipalities() if entry.size not in entry.possible_sizes] == []
