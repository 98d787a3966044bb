"""Search over the catalogue in memory: forgiving of typing errors, umlauts, compounds and whole questions.

Each word of a query is looked up among the words of the catalogue. A word that few services have says more.
A service scores by the share of the query that it covers, more in its title than in its text, and more again
if one title or keyword says just what was typed.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from math import log
from threading import Lock
from weakref import WeakKeyDictionary

from catalogue.content import Catalogue, Service
from catalogue.foreign_words import in_german
from catalogue.german import stem, words
from catalogue.vocabulary import Match, Part, Vocabulary

# How much a word counts by where it stands.
_TITLE, _KEYWORD, _SUMMARY, _TEXT = 1.0, 0.9, 0.6, 0.1

_ONE_PHRASE = 0.5  # what it adds if one title or keyword is just what was typed
_TRANSLATED = 0.9  # how alike a word and its translation are
_COMPARED = 30  # services whose phrases are compared, best covering first
_LONGEST_QUERY = 300  # letters, what follows is ignored
_WORTH_SHOWING = 0.4  # hits below are nonsense

# Words that say nothing about what somebody wants.
_STOP_WORDS = frozenset(
    words(
        """
        ich du er sie es wir ihr man sich mich mir uns mein meine meinen meinem meiner meines dein
        deine sein seine seinen seinem seiner ihre ihren ihrem ihrer unser unsere unseren der die
        das den dem des ein eine einen einem einer eines kein keine keinen und oder aber auch als
        wie wo was wann wer wen wem wieso warum woher wohin welche welcher welches welchen ob dass
        wenn weil dann denn doch schon noch nur nun nicht sehr so da hier dort jetzt auf bei bis für
        gegen in im ins mit nach ohne über um unter von vom vor während wegen zu zum zur an am ans
        ab aus bin bist ist sind war sei hat habe haben hatte wird werde werden kann können könnte
        darf dürfen muss müssen soll sollen will wollen möchte brauche braucht brauchen bekomme
        bekommt bekommen gibt geht gehen mache macht machen tun finde finden lassen kostet kosten
        dauert lange viel bitte
        the a an of for to in on my i is do how where what can get
        """
    )
)
# First parts of verbs that German moves to the end of a sentence: "wie melde ich … ab".
_MOVING_PARTS = frozenset(words("ab an auf aus ein um vor zu zurück"))
_PARTICIPLE = re.compile(rf"({'|'.join(sorted(_MOVING_PARTS))})ge(\w+?)(?:e?t|en)(?:e[mnrs]?)?")


@dataclass(frozen=True)
class Hit:
    """A service that answers a query. Scores compare the hits of one query; 1 and more is a good one."""

    service: Service
    score: float


def search(catalogue: Catalogue, query: str, *, limit: int = 20, among: Container[str] | None = None) -> list[Hit]:
    """The services that answer what somebody typed, best first; with `among` only those of these keys.

    Empty if nothing fits: no hit is better than nonsense.
    """
    return _hits(catalogue, query, limit=limit, among=among, unfinished=False)


def suggest(catalogue: Catalogue, prefix: str, *, limit: int = 6, among: Container[str] | None = None) -> list[Hit]:
    """Like search while somebody is typing: the last word may be the beginning of one."""
    return _hits(catalogue, prefix, limit=limit, among=among, unfinished=True)


@dataclass(frozen=True)
class _Reading:
    """A stem of the catalogue that a typed word may mean."""

    stem: str
    part: Part
    likeness: float
    rarity: float


class _Index:
    """Which services have which words, and where. Services are known by key."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue_size = len(catalogue.services)
        # By stem, then by service: the weight of the best place where it stands.
        self._places: dict[str, dict[str, float]] = {}
        # By service: the weights and stems of its title and keywords.
        self._phrases: dict[str, list[tuple[float, frozenset[str]]]] = {key: [] for key in catalogue.services}
        prominent: dict[str, None] = {}
        for service in catalogue.services.values():
            for weight, text in _texts(service):
                meaningful = _meaningful(words(text))
                stems = frozenset(map(stem, meaningful))
                for one in stems:
                    at = self._places.setdefault(one, {})
                    at[service.key] = max(weight, at.get(service.key, 0.0))
                if weight >= _KEYWORD and stems:
                    self._phrases[service.key].append((weight, stems))
                    prominent.update(dict.fromkeys(meaningful))
        self._vocabulary = Vocabulary(prominent)
        self._rarity = {one: self._rarity_if_in(sum(at.values())) for one, at in self._places.items()}
        self._rarity_of_unknown = self._rarity_if_in(1)

    def _rarity_if_in(self, services: float) -> float:
        """How much a word says that so many services have, counted by weight (inverse document frequency)."""
        return log(1 + self._catalogue_size / services)

    def scores(self, query: str, *, among: Container[str] | None, unfinished: bool) -> dict[str, float]:
        """The score of each service worth comparing. Unfinished: the query may end within a word."""
        meant: dict[str, float] = defaultdict(float)  # stem: how much of what was asked it says
        covered: dict[str, float] = defaultdict(float)  # service: how much of what was asked it says
        asked = 0.0  # how much the whole query says
        for readings in self._readings_of_query(query, unfinished=unfinished):
            asked += self._rarity_of_word(readings)
            for reading in readings:
                meant[reading.stem] = max(meant[reading.stem], reading.likeness * reading.rarity)
            for key, share in self._covered_by_service(readings, among).items():
                covered[key] += share
        best = sorted(covered, key=lambda key: -covered[key])[:_COMPARED]
        return {key: covered[key] / asked + _ONE_PHRASE * self._best_phrase(key, meant, asked) for key in best}

    def _readings_of_query(self, query: str, *, unfinished: bool) -> Iterator[list[_Reading]]:
        """What each word may mean that matters, and each verb behind "melde … ab" and "abgemeldet"."""
        query = query[:_LONGEST_QUERY]
        typed = words(query)
        last = typed.pop() if unfinished and typed and not query[-1].isspace() else None
        verbs = {
            *(part + word for part in typed if part in _MOVING_PARTS for word in typed),
            *(_PARTICIPLE.sub(r"\1\2en", word) for word in typed if _PARTICIPLE.fullmatch(word)),
        }
        finished = [*sorted(verb for verb in verbs if verb in self._vocabulary), *_meaningful(typed)]
        for word in dict.fromkeys(finished):
            yield self._readings(word, unfinished=False)
        if last:
            yield self._readings(last, unfinished=True)

    def _readings(self, word: str, *, unfinished: bool) -> list[_Reading]:
        """What a word may mean. The more services have what it may mean, the less it says."""
        matches = [match for match in self._matches(word, unfinished=unfinished) if match.stem in self._places]
        reached: dict[str, float] = defaultdict(float)
        for match in matches:
            if match.part is Part.WHOLE:
                for key, weight in self._places[match.stem].items():
                    reached[key] = max(reached[key], weight * match.likeness)
        most = self._rarity_if_in(max(1.0, sum(reached.values())))
        return [
            _Reading(match.stem, match.part, match.likeness, min(self._rarity[match.stem], most)) for match in matches
        ]

    def _matches(self, word: str, *, unfinished: bool) -> Iterator[Match]:
        """Known words that a word is, or may be a translation of."""
        yield from self._vocabulary.matches(word, unfinished=unfinished)
        for german in in_german(word):
            for match in self._vocabulary.matches(german, unfinished=False):
                yield replace(match, likeness=_TRANSLATED * match.likeness)

    def _rarity_of_word(self, readings: list[_Reading]) -> float:
        """How much a word says. As far as it is unlike what we know, it may be something else."""
        if not readings:
            return self._rarity_of_unknown
        best = max(readings, key=lambda reading: reading.likeness)
        return best.likeness * best.rarity + (1 - best.likeness) * self._rarity_of_unknown

    def _covered_by_service(self, readings: list[_Reading], among: Container[str] | None) -> dict[str, float]:
        """How much of one word each service covers: by its best reading or by both halves of a compound."""
        by_part: dict[Part, dict[str, float]] = {part: defaultdict(float) for part in Part}
        for reading in readings:
            best = by_part[reading.part]
            for key, weight in self._places[reading.stem].items():
                if among is None or key in among:
                    best[key] = max(best[key], reading.likeness * weight * reading.rarity)
        whole, beginning, end = by_part[Part.WHOLE], by_part[Part.BEGINNING], by_part[Part.END]
        return {key: max(whole[key], beginning[key] + end[key]) for key in {*whole, *beginning, *end}}

    def _best_phrase(self, key: str, meant: dict[str, float], asked: float) -> float:
        """How closely the closest title or keyword says what was asked, 0 to 1."""
        closest = 0.0
        for weight, stems in self._phrases[key]:
            says = sum(self._rarity[one] for one in stems)
            common = sum(meant.get(one, 0.0) for one in stems)
            closest = max(closest, weight * common / says * min(1.0, common / asked))
        return closest


_indexes: WeakKeyDictionary[Catalogue, _Index] = WeakKeyDictionary()
_building = Lock()


def _index_of(catalogue: Catalogue) -> _Index:
    """The index of a catalogue: built once, gone with it."""
    with _building:
        index = _indexes.get(catalogue)
        if index is None:
            index = _indexes[catalogue] = _Index(catalogue)
    return index


def _hits(catalogue: Catalogue, query: str, *, limit: int, among: Container[str] | None, unfinished: bool) -> list[Hit]:
    scores = _index_of(catalogue).scores(query, among=among, unfinished=unfinished)
    hits = [Hit(catalogue.services[key], score) for key, score in scores.items() if score >= _WORTH_SHOWING]
    return sorted(hits, key=lambda hit: (-hit.score, hit.service.title))[:limit]


def _texts(service: Service) -> Iterator[tuple[float, str]]:
    yield _TITLE, service.title
    for keyword in service.keywords:
        yield _KEYWORD, keyword
    yield _SUMMARY, service.summary
    for text in (*service.requirements, *service.steps, *service.hints):
        yield _TEXT, text
    for document in service.documents:
        yield _TEXT, document.name


def _meaningful(typed: list[str]) -> list[str]:
    return [word for word in typed if word not in _STOP_WORDS]
