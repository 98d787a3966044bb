import pytest

from billing.bank.references import DIGITS, check_digit, compact, found_in, grouped, make_reference
from billing.bank.states import CheckDigit


@pytest.mark.parametrize(
    ("body", "check", "digits"),
    [
        ("7992739871", CheckDigit.MODULO_10, "3"),  # the example of ISO/IEC 7812
        ("261533", CheckDigit.MODULO_11, "9"),  # 2·3 + 3·3 + 4·5 + 5·1 + 6·6 + 7·2 = 90, and 9 more is a multiple of 11
        ("539007547034", CheckDigit.MODULO_97, "18"),  # as RF18 5390 0754 7034 without letters
    ],
)
def test_check_digits_are_those_of_the_standards(body: str, check: CheckDigit, digits: str) -> None:
    if check == CheckDigit.MODULO_97:
        assert check_digit(body + "RF", check) == digits
    else:
        assert check_digit(body, check) == digits


@pytest.mark.parametrize("check", CheckDigit)
def test_one_wrong_digit_is_never_another_reference(check: CheckDigit) -> None:
    known = {one for number in range(1, 400) if (one := make_reference("SP", number, check))}

    for reference in sorted(known)[:60]:
        for place in range(2, len(reference)):
            wrong = [reference[:place] + digit + reference[place + 1 :] for digit in "0123456789"]
            assert known.intersection(wrong) == {reference}


def test_numbers_whose_check_digit_has_two_places_are_left_out() -> None:
    made = [make_reference("SP", number, CheckDigit.MODULO_11) for number in range(1, 100)]

    assert made.count(None) > 0
    assert all(one is None or len(one) == 2 + DIGITS + 1 for one in made)


@pytest.mark.parametrize(
    "purpose",
    [
        "SP000000017",
        "sp 0000 0001 7",
        "Hundemarke SP-0000.0001/7 vielen Dank",
        "KASSENZEICHENSP000000017DANKE",
        "SVWZ+SP00000\n0017",
    ],
)
def test_a_reference_is_found_however_it_is_written(purpose: str) -> None:
    assert found_in(purpose, {"SP000000017", "SP000000025"}) == ["SP000000017"]


@pytest.mark.parametrize("purpose", ["", "SPO00000017", "SP00000001", "SP 0000 0001 8", "SP00000001l", "5P000000017"])
def test_what_is_nearly_a_reference_is_none(purpose: str) -> None:
    assert found_in(purpose, {"SP000000017"}) == []


def test_several_references_are_all_found_once() -> None:
    known = {"SP000000017", "SP000000025"}

    assert found_in("SP000000025 und SP000000017, SP000000025", known) == ["SP000000025", "SP000000017"]


def test_people_read_references_in_groups() -> None:
    assert grouped("SP000000017") == "SP00 0000 017"
    assert compact(grouped("SP000000017")) == "SP000000017"
