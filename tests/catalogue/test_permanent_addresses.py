"""Words that stand on printed cards lead to their service for ever, whatever becomes of the catalogue."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from catalogue.actions import release
from catalogue.addresses import as_word
from catalogue.content import Catalogue
from catalogue.models import PermanentAddress
from catalogue.queries import service_behind, shortest_words
from catalogue.reading import SHIPPED_LIBRARY, read_library
from catalogue.source import LibraryRefused
from tests.catalogue.libraries import service, write_library
from tests.people import MONDAY

CAT = "- {word: katze, service: katze-melden}\n"


def released(library: Path) -> None:
    release(library, by="Olga", now=MONDAY, notes="")


def without_dog(library: Path) -> Path:
    """A library whose registration of dogs is gone."""
    (library / "services/hund-anmelden.yaml").unlink()
    return library


@pytest.fixture
def cats_and_dogs(db: None, tmp_path: Path) -> Path:
    """Released: `katze` and `hund` lead to their services."""
    dog = "- {word: hund, service: hund-anmelden}\n"
    library = write_library(tmp_path / "first", addresses=dog + CAT, katze_melden=service("katze-melden"))
    released(library)
    return tmp_path / "second"


def test_each_service_has_its_key_and_the_words_of_the_library(cats_and_dogs: Path) -> None:
    assert [service_behind(word) for word in ("katze", "katze-melden", "hund", "hund-anmelden", "maus")] == [
        *("katze-melden", "katze-melden", "hund-anmelden", "hund-anmelden"),
        None,
    ]


def test_the_shortest_word_is_the_one_to_print(cats_and_dogs: Path) -> None:
    assert shortest_words(["katze-melden", "hund-anmelden", "gibt-es-nicht"]) == {
        "katze-melden": "katze",
        "hund-anmelden": "hund",
    }


# --- When the catalogue changes ---------------------------------------------------------------------------


def test_a_service_with_another_key_is_found_under_all_its_words(cats_and_dogs: Path) -> None:
    renamed = "- {word: hund, service: hund-melden}\n- {word: hund-anmelden, service: hund-melden}\n"

    released(without_dog(write_library(cats_and_dogs, addresses=renamed, hund_melden=service("hund-melden"))))

    assert [service_behind(word) for word in ("hund", "hund-anmelden", "hund-melden")] == ["hund-melden"] * 3


def test_words_that_a_library_forgets_follow_their_service_to_its_successor(cats_and_dogs: Path) -> None:
    renamed = "- {word: hund-anmelden, service: hund-melden}\n"

    released(without_dog(write_library(cats_and_dogs, addresses=renamed, hund_melden=service("hund-melden"))))

    assert service_behind("hund") == "hund-melden"


def test_a_service_that_goes_for_good_leaves_its_words_behind(cats_and_dogs: Path) -> None:
    released(without_dog(write_library(cats_and_dogs, addresses=CAT, katze_melden=service("katze-melden"))))

    assert service_behind("hund") == "hund-anmelden"
    assert service_behind("katze") == "katze-melden"


def test_a_word_is_not_given_to_another_service_while_its_own_is_there(cats_and_dogs: Path) -> None:
    taken = "- {word: katze, service: katze-melden}\n- {word: hund, service: katze-melden}\n"

    with pytest.raises(LibraryRefused) as refused:
        released(write_library(cats_and_dogs, addresses=taken, katze_melden=service("katze-melden")))

    assert str(refused.value) == (
        "addresses.yaml, Zeile 2: „hund“ führt schon zu „hund-anmelden“ und ist vielleicht gedruckt. "
        "Nehmen Sie ein anderes Wort."
    )
    assert service_behind("hund") == "hund-anmelden"


def test_a_new_service_cannot_have_a_word_of_another_as_its_key(cats_and_dogs: Path) -> None:
    new = write_library(cats_and_dogs, addresses=CAT, katze_melden=service("katze-melden"), hund=service("hund"))

    with pytest.raises(LibraryRefused, match=r"^services/hund.yaml, Zeile 1: „hund“ führt schon zu „hund-anmelden“"):
        released(new)


def test_words_that_come_later_are_laid_out_without_a_new_release(cats_and_dogs: Path) -> None:
    dogs = "- {word: hund, service: hund-anmelden}\n- {word: welpe, service: hund-anmelden}\n"

    released(write_library(cats_and_dogs, addresses=dogs + CAT, katze_melden=service("katze-melden")))

    assert service_behind("welpe") == "hund-anmelden"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM catalogue_permanentaddress WHERE word = 'hund'",
        "UPDATE catalogue_permanentaddress SET word = 'katz' WHERE word = 'hund'",
    ],
)
def test_the_database_lets_no_word_go(cats_and_dogs: Path, change: str) -> None:
    with (
        pytest.raises(IntegrityError, match="cannot change any more"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)

    assert PermanentAddress.objects.filter(word="hund").exists()


# --- What may be a word -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{word: Hund, service: hund-anmelden}", "„Hund“ geht nicht als Adresse"),
        ("{word: müll, service: hund-anmelden}", "„müll“ geht nicht als Adresse"),
        ("{word: h, service: hund-anmelden}", "„h“ geht nicht als Adresse"),
        ("{word: hund/abc, service: hund-anmelden}", "„hund/abc“ geht nicht als Adresse"),
        ("{word: suche, service: hund-anmelden}", "Unter „suche“ hat jede Stadt schon eine Seite."),
        ("{word: hund, service: gibt-es-nicht}", "Eine Leistung „gibt-es-nicht“ gibt es nicht."),
        (
            "{word: hund-anmelden, service: hund-anmelden}",
            "„hund-anmelden“ ist der Schlüssel einer Leistung und führt schon dorthin.",
        ),
    ],
)
def test_a_word_that_cannot_be_one_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    library = write_library(tmp_path, addresses=f"- {{word: welpe, service: hund-anmelden}}\n- {line}\n")

    with pytest.raises(LibraryRefused) as refused:
        read_library(library)

    assert str(refused.value).startswith(f"addresses.yaml, Zeile 2: {problem}")


def test_a_word_stands_in_the_file_once(tmp_path: Path) -> None:
    library = write_library(tmp_path, addresses="- {word: hund, service: hund-anmelden}\n" * 2)

    with pytest.raises(LibraryRefused, match="Den Schlüssel „hund“ gibt es schon"):
        read_library(library)


@pytest.mark.parametrize(("typed", "word"), [("Hund", "hund"), ("Müll", "muell"), (" STRASSE ", "strasse")])
def test_a_word_is_known_however_it_is_typed(typed: str, word: str) -> None:
    assert as_word(typed) == word


def test_the_words_that_ship_are_short_and_unlike_each_other(catalogue: Catalogue) -> None:
    words = read_library(SHIPPED_LIBRARY).addresses

    shortest = {key: min((word for word in words if words[word] == key), key=len) for key in catalogue.services}
    assert max(map(len, shortest.values())) <= 24
    assert sum(map(len, shortest.values())) / len(shortest) < 11
