"""The words of a catalogue, and which of them somebody may mean who typed a word."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from rapidfuzz.distance import OSA

from catalogue.german import stem

_SHORTEST_PART = 4  # letters: shorter words are found in too many others


class Part(Enum):
    """Which part of the typed word a known word explains."""

    WHOLE = "whole"
    BEGINNING = "beginning"  # "container" in "containerstellplatz"
    END = "end"


@dataclass(frozen=True)
class Match:
    """A known stem that a typed word may mean. `likeness` is 1 for the same word and near 0 for hardly."""

    stem: str
    likeness: float
    part: Part = Part.WHOLE


class Vocabulary:
    """Folded words, found by the same stem, as part of a compound or with typing errors in them."""

    def __init__(self, words: Iterable[str]) -> None:
        self._stems = {form: stem(word) for word in words for form in _forms(word)}
        self._forms_with: dict[str, list[str]] = {}
        for form in self._stems:
            for trigram in _trigrams(form):
                self._forms_with.setdefault(trigram, []).append(form)

    def __contains__(self, word: str) -> bool:
        return stem(word) in self._stems

    def matches(self, word: str, *, unfinished: bool) -> Iterator[Match]:
        """All that a folded word may mean. An unfinished word may be the beginning of a longer one."""
        yield Match(stem(word), 1.0)
        for form in _forms(word):
            yield from self._compounds(form, unfinished=unfinished)
        if word not in self:
            yield from self._misspelt(word, unfinished=unfinished)

    def _compounds(self, typed: str, *, unfinished: bool) -> Iterator[Match]:
        """Known words that begin or end with the typed one, or the other way round."""
        least = 0.8 if unfinished else 0.6
        for known in self._forms_with.get(f" {typed[:2]}", ()):
            if known.startswith(typed) and len(typed) >= (2 if unfinished else 3):
                yield Match(self._stems[known], _likeness_of_part(typed, known, least=least))
            elif typed.startswith(known) and len(known) >= _SHORTEST_PART:
                yield Match(self._stems[known], 0.8 * _likeness_of_part(known, typed), Part.BEGINNING)
        for known in self._forms_with.get(f"{typed[-2:]} ", ()):
            if known.endswith(typed) and len(typed) >= _SHORTEST_PART:
                yield Match(self._stems[known], _likeness_of_part(typed, known, least=0.6))
            elif typed.endswith(known) and len(known) >= _SHORTEST_PART:
                yield Match(self._stems[known], 0.8 * _likeness_of_part(known, typed), Part.END)

    def _misspelt(self, typed: str, *, unfinished: bool) -> Iterator[Match]:
        """Known words that a few typing errors turn into the typed one."""
        tolerated = _tolerated_errors(typed)
        if not tolerated:
            return
        shared = Counter(known for trigram in _trigrams(typed) for known in self._forms_with.get(trigram, ()))
        for known, count in shared.items():
            if count < (len(typed) - 1) // 3:
                continue
            meant = known[: len(typed)] if unfinished else known
            errors = OSA.distance(typed, meant, score_cutoff=tolerated)
            if errors <= tolerated:
                yield Match(self._stems[known], 1 - 2 * errors / max(len(typed), len(meant)))


def _forms(word: str) -> list[str]:
    return list(dict.fromkeys((word, stem(word))))


def _likeness_of_part(part: str, whole: str, *, least: float = 0.4) -> float:
    """A word is the liker to a compound with it, the more of the compound it makes up."""
    return least + (1 - least) * len(part) / len(whole)


def _tolerated_errors(word: str) -> int:
    if len(word) < _SHORTEST_PART:
        return 0
    return 1 if len(word) < 7 else 2 if len(word) < 12 else 3


def _trigrams(word: str) -> set[str]:
    """Three letters each, with a space for the beginning and the end of the word."""
    padded = f" {word} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
