"""What the catalogue says about responsibility and order."""

import pytest

from catalogue import german
from catalogue.content import Authority, Catalogue, Responsible
from tenants.municipalities import TownSize

TOWN, COUNTY, OTHER = Responsible.TOWN, Responsible.COUNTY, Responsible.OTHER


@pytest.mark.parametrize(
    ("authority", "small", "middle", "large", "kreisfrei"),
    [
        (Authority.GEMEINDE, TOWN, TOWN, TOWN, TOWN),
        (Authority.GEMEINDE_AB_25K, COUNTY, TOWN, TOWN, TOWN),
        (Authority.JUGENDAMT, COUNTY, COUNTY, TOWN, TOWN),
        (Authority.GEMEINDE_ODER_KREIS, COUNTY, TOWN, TOWN, TOWN),
        (Authority.GEMEINDE_ODER_VERBAND, TOWN, TOWN, TOWN, TOWN),
        (Authority.KREIS, COUNTY, COUNTY, COUNTY, TOWN),
        (Authority.KREIS_ODER_GROSSE_STADT, COUNTY, COUNTY, TOWN, TOWN),
        (Authority.ANDERE, OTHER, OTHER, OTHER, OTHER),
    ],
)
def test_who_is_responsible_follows_from_the_size_of_the_town(
    catalogue: Catalogue,
    authority: Authority,
    small: Responsible,
    middle: Responsible,
    large: Responsible,
    kreisfrei: Responsible,
) -> None:
    service = next(service for service in catalogue.services.values() if service.authority is authority)

    assert [service.responsible(size) for size in TownSize] == [small, middle, large, kreisfrei]


def test_german_words_are_sorted_as_in_a_dictionary() -> None:
    words = ["Zebra", "Äpfel", "Straße", "Ofen", "Apfel", "Strasse", "Öl", "apfel", "Straßen", "Übung", "Uhr"]

    assert sorted(words, key=german.sort_key) == [
        *("Apfel", "apfel", "Äpfel", "Ofen", "Öl", "Strasse", "Straße", "Straßen", "Übung", "Uhr", "Zebra"),
    ]


@pytest.mark.parametrize(
    ("title", "letter"),
    [("Ölfeuerung", "O"), ("Ärztin", "A"), ("wohngeld", "W"), ("„Stadtradeln“", "S"), ("40-Tonner", "0–9")],
)
def test_a_title_stands_under_its_letter(title: str, letter: str) -> None:
    assert german.first_letter(title) == letter


def test_services_stand_under_their_letters_in_order(catalogue: Catalogue) -> None:
    letters = catalogue.by_first_letter()

    assert list(letters) == sorted(letters)
    assert sum(map(len, letters.values())) == len(catalogue.services)
    for services in letters.values():
        titles = [service.title for service in services]
        assert titles == sorted(titles, key=german.sort_key)


def test_only_what_a_town_offers_is_listed_where_that_is_asked_for(catalogue: Catalogue) -> None:
    offered = {"hund-anmelden", "wohngeld"}

    in_letters = catalogue.by_first_letter(among=offered)
    in_situation = catalogue.services_in("hund-und-tiere", among=offered)

    assert {letter: [service.key for service in services] for letter, services in in_letters.items()} == {
        "H": ["hund-anmelden"],
        "W": ["wohngeld"],
    }
    assert [service.key for service in in_situation] == ["hund-anmelden"]


def test_a_service_knows_its_unit_and_what_goes_with_it(catalogue: Catalogue) -> None:
    service = catalogue.services["hund-anmelden"]

    assert catalogue.unit_of(service).key == service.unit
    assert tuple(related.key for related in catalogue.related_to(service)) == service.related
