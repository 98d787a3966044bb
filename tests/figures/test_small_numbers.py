"""Numbers below five are not shown, and do not follow from what is."""

import itertools
import random

import pytest

from townhall.figures.small_numbers import Number, Sum, hidden_of, shown


def hidden_in_line(*parts: int) -> tuple[set[int], bool]:
    """Which parts of a sum are hidden, by their position, and whether the sum is."""
    values: dict[int, int] = dict(enumerate(parts)) | {-1: sum(parts)}
    hidden = hidden_of(values, [Sum(-1, range(len(parts)))])
    return set(hidden) - {-1}, -1 in hidden


@pytest.mark.parametrize(
    ("value", "text"), [(0, "<5"), (1, "<5"), (4, "<5"), (5, "5"), (999, "999"), (12345, "12.345")]
)
def test_below_five_is_shown_as_that(value: int, text: str) -> None:
    assert str(shown(value, is_hidden=False)) == text


def test_what_is_left_out_for_the_sake_of_others_is_a_dash() -> None:
    assert (str(shown(20, is_hidden=True)), str(shown(3, is_hidden=True))) == ("–", "<5")
    assert Number(12345).plain == "12345"


@pytest.mark.parametrize(
    ("parts", "hidden", "sum_is_hidden"),
    [
        ((8, 6, 7), set(), False),  # nothing small
        ((8, 1, 1, 1), {1, 2, 3}, False),  # 11 applications, 8 about dogs: the rest may be anything
        ((8, 3, 0), {1, 2}, False),
        ((20, 3), {0, 1}, False),  # 3 would be 23 less 20
        ((20, 30, 3), {0, 2}, False),  # so the smallest other one goes, too
        ((20, 4, 4), {0, 1, 2}, False),  # 8 of two small ones is 4 each
        ((3,), {0}, True),
        ((4, 4), {0, 1}, True),  # here the sum itself would tell
        ((20, 0), {1}, False),  # that nobody did it may be known
        ((0, 0), {0, 1}, True),
    ],
)
def test_a_sum_gives_no_small_part_away(parts: tuple[int, ...], hidden: set[int], sum_is_hidden: bool) -> None:
    assert hidden_in_line(*parts) == (hidden, sum_is_hidden)


Cell = tuple[int, int]  # row and column


def table(rows: list[list[int]]) -> tuple[dict[Cell, int], list[Sum[Cell]]]:
    """Numbers in rows and columns with all their sums, those at -1."""
    height, width = len(rows), len(rows[0])
    values = {(y, x): rows[y][x] for y in range(height) for x in range(width)}
    values |= {(y, -1): sum(rows[y]) for y in range(height)}
    values |= {(-1, x): sum(row[x] for row in rows) for x in range(width)}
    values[-1, -1] = sum(map(sum, rows))
    sums = [Sum((y, -1), [(y, x) for x in range(width)]) for y in range(height)]
    sums += [Sum((-1, x), [(y, x) for y in range(height)]) for x in range(width)]
    sums += [Sum((-1, -1), [(y, -1) for y in range(height)]), Sum((-1, -1), [(-1, x) for x in range(width)])]
    return values, sums


def test_of_a_small_number_in_the_middle_a_whole_rectangle_is_left_out() -> None:
    values, sums = table([[20, 3, 30], [40, 50, 60], [70, 80, 90]])

    assert hidden_of(values, sums) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_that_nobody_did_something_helps_nobody_to_find_out_about_others() -> None:
    """0 and 2 are what 6 leaves of 8: with 7 and 20 hidden above them they may as well be 1 and 1, or 2 and 0."""
    values, sums = table([[7, 20, 30], [0, 2, 6]])

    assert hidden_of(values, sums) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def follows(values: dict[Cell, int], sums: list[Sum[Cell]], hidden: frozenset[Cell]) -> list[Cell]:
    """The small numbers that somebody finds out who tries all possibilities: small ones 0 to 4, others near by."""
    parts = [key for key in hidden if -1 not in key]
    ranges = [range(5) if values[key] < 5 else range(5, values[key] + 5) for key in parts]
    found: dict[Cell, set[int]] = {key: set() for key in parts}
    for tried in itertools.product(*ranges):
        guess = {key: value for key, value in values.items() if -1 not in key} | dict(zip(parts, tried, strict=True))
        for total, its_parts in sums:
            guess[total] = sum(guess[part] for part in its_parts)
        fits = all(
            (guess[key] < 5) == (values[key] < 5) if key in hidden else guess[key] == values[key] for key in values
        )
        if fits:
            for key, value in zip(parts, tried, strict=True):
                found[key].add(value)
    return [key for key, may_be in found.items() if len(may_be) == 1 and 0 < values[key] < 5]


@pytest.mark.parametrize("seed", range(100))
def test_no_small_number_is_found_out_by_trying_all_possibilities(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 -- numbers for a test
    width = dice.choice([2, 3])
    values, sums = table([[dice.choice([0, 1, 2, 3, 4, 5, 6, 9]) for _column in range(width)] for _row in range(2)])

    assert follows(values, sums, hidden_of(values, sums)) == []
