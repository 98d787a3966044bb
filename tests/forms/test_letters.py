"""Letters and signs of DIN 91379, and number plates."""

import unicodedata

import pytest

from catalogue.forms.letters import foreign_sign_in_name, foreign_sign_in_text
from catalogue.forms.patterns import plate_as_written


@pytest.mark.parametrize(
    "name", ["Łucja", "Şahin", "Ağrı", "Kőrösi", "Nguyễn", "Đorđe", "O’Neill", "Groß", "M̂bongo", "Žižek", "Ẅest", "ẞ"]
)
def test_names_of_europe_can_be_written(name: str) -> None:
    assert foreign_sign_in_name(name) == ""
    assert foreign_sign_in_name(unicodedata.normalize("NFD", name)) == ""


@pytest.mark.parametrize(
    ("name", "sign"),
    [("Anna7", "7"), ("Анна", "А"), ("Άννα", "Ά"), ("安娜", "安"), ("Anna<b>", "<"), ("Anna\u200b", "\u200b")],
)
def test_the_first_sign_that_no_register_takes_is_named(name: str, sign: str) -> None:
    assert foreign_sign_in_name(name) == sign


def test_a_text_may_hold_more() -> None:
    assert foreign_sign_in_text("„Straße 7“ – 50 % von 3 m², Αθήνα, София …\n• Punkt") == ""
    assert foreign_sign_in_text("schön 😀") == "😀"
    assert foreign_sign_in_text("weich\u00adtrennen") == "\u00ad"
    assert foreign_sign_in_text("\x00") == "\x00"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("lip ab 123", "LIP-AB 123"),
        ("LIP-AB123", "LIP-AB 123"),
        ("lip - ab - 123 e", "LIP-AB 123E"),
        ("B A 1", "B-A 1"),
        ("löb-x 9h", "LÖB-X 9H"),
        ("LIPAB123", "LIPAB123"),
        ("4711", "4711"),
    ],
)
def test_a_number_plate_is_written_as_usual(typed: str, written: str) -> None:
    assert plate_as_written(typed) == written
