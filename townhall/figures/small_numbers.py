"""Small numbers are not shown: "1" may be a person that somebody knows.

A count below five is shown as "<5", whether it is 0 or 4. That alone hides nothing where a sum is shown beside its
parts: 23 in all and 20 of them for one service are 3 for the other. So where a small number could be calculated from
what is shown, others are left out ("–"), as statistical offices do it (complementary suppression).

What this does not stop: whoever writes down a sum each day can subtract yesterday's from today's.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from django.utils.formats import number_format

SMALLEST = 5  # that is shown
ENDLESS = 10**15  # more than anything is counted

K = TypeVar("K", bound=Hashable)


class Sum(NamedTuple, Generic[K]):
    """A number and those that it is the sum of, by their keys. Several sums may have parts in common."""

    total: K
    parts: Sequence[K]


@dataclass(frozen=True)
class Number:
    """A count as people see it."""

    value: int | None  # None: it is not shown
    is_small: bool = False  # because it is below five

    def __str__(self) -> str:
        """Such as "1.234", "<5" or "–"."""
        if self.value is None:
            return f"<{SMALLEST}" if self.is_small else "–"
        return number_format(self.value, use_l10n=True, force_grouping=True)

    @property
    def plain(self) -> str:
        """For tables that programs read."""
        return str(self) if self.value is None else str(self.value)


def shown(value: int, *, is_hidden: bool) -> Number:
    """A count as people see it, if it may be seen."""
    if value < SMALLEST:
        return Number(None, is_small=True)
    return Number(None if is_hidden else value)


def hidden_of(values: Mapping[K, int], sums: Iterable[Sum[K]]) -> frozenset[K]:
    """The keys of the numbers that must not be shown.

    All below five, and others until no small one follows from what is shown. 0 may follow: it is about nobody.
    Raises ValueError if a sum is not that of its parts.
    """
    screen = _Screen(values, list(sums))
    while places := _Known(values, screen.sums, screen.hidden).telling:
        before = len(screen.hidden)
        for place in places:
            screen.hide_one_in(place)
        if len(screen.hidden) == before:  # it follows from several sums together, and these show nothing more
            screen.hide_one_anywhere()
        screen.leave_none_alone()
    return frozenset(screen.hidden)


class _Screen(Generic[K]):
    """What is hidden. In no sum is one hidden number alone, where everybody could calculate it."""

    def __init__(self, values: Mapping[K, int], sums: Sequence[Sum[K]]) -> None:
        self.values, self.sums = values, sums
        self.hidden: set[K] = set()
        self._sums_with: dict[K, list[int]] = {key: [] for key in values}  # by their places
        for place, (total, parts) in enumerate(sums):
            for key in (total, *parts):
                self._sums_with[key].append(place)
        self._count = [0] * len(sums)  # of what is hidden in each
        self._alone: list[int] = []  # sums in which one may be alone
        for key, value in values.items():
            if value < SMALLEST:
                self._hide(key)
        self.leave_none_alone()

    def leave_none_alone(self) -> None:
        while self._alone:
            place = self._alone.pop()
            total, parts = self.sums[place]
            if self._count[place] == 1 and any(self.values[key] for key in (total, *parts) if key in self.hidden):
                self.hide_one_in(place)

    def hide_one_in(self, place: int) -> None:
        """Hide one more number of a sum: best one that is nowhere alone, and best a small part. The total goes last."""
        total, parts = self.sums[place]
        visible = [part for part in parts if part not in self.hidden] or [
            key for key in (total,) if key not in self.hidden
        ]
        if visible:
            self._hide(min(visible, key=lambda key: (self._would_be_alone(key), self.values[key])))

    def hide_one_anywhere(self) -> None:
        """The smallest number that is shown."""
        self._hide(min((key for key in self.values if key not in self.hidden), key=self.values.__getitem__))

    def _would_be_alone(self, key: K) -> bool:
        return any(not self._count[place] for place in self._sums_with[key])

    def _hide(self, key: K) -> None:
        self.hidden.add(key)
        for place in self._sums_with[key]:
            self._count[place] += 1
            if self._count[place] == 1:
                self._alone.append(place)


@dataclass(eq=False)
class _Riddle(Generic[K]):
    """A sum in which something is hidden: `rest` and the unknown parts make the total."""

    place: int  # of the sum
    total: K
    unknown: Sequence[K]
    rest: int


class _Known(Generic[K]):
    """What somebody can find out who sees all but the hidden numbers: between which bounds each of them lies."""

    def __init__(self, values: Mapping[K, int], sums: Iterable[Sum[K]], hidden: set[K]) -> None:
        self.values, self.hidden = values, hidden
        is_small = {key: values[key] < SMALLEST for key in hidden}
        self.low = {key: 0 if small else SMALLEST for key, small in is_small.items()}
        self.high = {key: SMALLEST - 1 if small else ENDLESS for key, small in is_small.items()}
        self._with: dict[K, list[_Riddle[K]]] = {key: [] for key in hidden}
        self._told_by: dict[K, int] = {}  # the place of the sum that last told more about it
        riddles = []
        for place, one in enumerate(sums):
            unknown = [part for part in one.parts if part in hidden]
            if unknown or one.total in hidden:
                rest = sum([values[part] for part in one.parts if part not in hidden])
                riddles.append(_Riddle(place, one.total, unknown, rest))
                for key in {*unknown, one.total} & hidden:
                    self._with[key].append(riddles[-1])
        self._learn_from(riddles)

    @property
    def telling(self) -> list[int]:
        """The places of sums from which hidden numbers follow. Large ones, too: through them small ones may follow."""
        return sorted(
            {self._told_by[key] for key in self.hidden if self.values[key] and self.low[key] == self.high[key]}
        )

    def _learn_from(self, riddles: Iterable[_Riddle[K]]) -> None:
        """Narrow the bounds until no sum tells more than is known."""
        waiting = dict.fromkeys(riddles)
        while waiting:
            riddle, _none = waiting.popitem()
            for key in self._learned_from(riddle):
                self._told_by[key] = riddle.place
                waiting |= dict.fromkeys(self._with[key])

    def _learned_from(self, riddle: _Riddle[K]) -> list[K]:
        """Narrow the bounds of what is unknown in a sum; returns that of which more is known now."""
        low, high, total = self.low, self.high, riddle.total
        lowest = riddle.rest + sum([low[key] for key in riddle.unknown])
        highest = riddle.rest + sum([high[key] for key in riddle.unknown])
        learned = [total] if total in self.hidden and self._narrow(total, lowest, highest) else []
        least, most = low.get(total, self.values[total]), high.get(total, self.values[total])
        for key in riddle.unknown:
            if self._narrow(key, least - highest + high[key], most - lowest + low[key]):
                learned.append(key)
        return learned

    def _narrow(self, key: K, low: int, high: int) -> bool:
        if low <= self.low[key] and high >= self.high[key]:
            return False
        self.low[key], self.high[key] = max(low, self.low[key]), min(high, self.high[key])
        if self.low[key] > self.high[key]:
            raise ValueError(f"the sums do not add up at {key}")
        return True
