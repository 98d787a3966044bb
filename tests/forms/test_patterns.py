"""What people may type where a text is of a known kind."""

import pytest

from catalogue.forms.patterns import PATTERNS


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("name", "Đorđe"),
        ("name", "Şahin"),
        ("name", "O’Neill-von der Marwitz"),
        ("name", "Maria José Dr."),
        ("house_number", "72"),
        ("house_number", "7 a"),
        ("house_number", "12-14"),
        ("house_number", "12 1/2"),
        ("house_number", "A 3"),
        ("postal_code", "32791"),
        ("tag_number", "4711"),
        ("chip", "276098123456789"),
    ],
)
def test_what_exists_can_be_typed(kind: str, typed: str) -> None:
    assert PATTERNS[kind].fits(typed)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("name", "4711"),
        ("name", "<b>"),
        ("name", "-"),
        ("house_number", "zwölf"),
        ("house_number", "12; DROP"),
        ("house_number", ""),
        ("postal_code", "3279"),
        ("postal_code", "D-32791"),
        ("tag_number", "123456789"),
        ("chip", "27609812345678"),
    ],
)
def test_what_cannot_be_right_is_refused(kind: str, typed: str) -> None:
    assert not PATTERNS[kind].fits(typed)
