"""How good the search is: real queries, the services that answer them, and at which place they are found."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from catalogue.content import Catalogue
from catalogue.search import search


class QueriesRefused(ValueError):
    """A file of queries is not as it must be; the message says where and why, in German."""


@dataclass(frozen=True)
class Query:
    """What somebody typed, the keys of the services that answer it, and what makes it hard to find."""

    text: str
    answers: frozenset[str]
    kind: str


@dataclass(frozen=True)
class Result:
    """`place` is that of the first answer among the hits (1 is the top), None if there is none."""

    query: Query
    hits: tuple[str, ...]
    place: int | None


def read_queries(file: Path) -> list[Query]:
    """Read tab-separated lines: query, keys with commas between them, kind. The first line names the columns.

    Raises QueriesRefused.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    except (OSError, UnicodeDecodeError):
        raise QueriesRefused(_("Die Datei %(file)s lässt sich nicht lesen.") % {"file": file}) from None
    for number, row in enumerate(rows, start=2):
        if len(row) != 3 or not all(row):
            reason = _("Zeile %(line)s: Erwartet werden Suche, Schlüssel und Art, mit Tabulator getrennt.")
            raise QueriesRefused(reason % {"line": number})
    if not rows:
        raise QueriesRefused(_("Die Datei %(file)s enthält keine Suchen.") % {"file": file})
    return [Query(text, frozenset(keys.split(",")), kind) for text, keys, kind in rows]


def evaluate(catalogue: Catalogue, queries: Iterable[Query]) -> list[Result]:
    """Search for each query. Raises QueriesRefused for answers that the catalogue does not have."""
    return [_result(catalogue, query) for query in queries]


def recall(results: list[Result], *, among_first: int) -> float:
    """The share of the queries, 0 to 1, that have an answer among their first hits."""
    return sum(1 for one in results if one.place and one.place <= among_first) / len(results)


def _result(catalogue: Catalogue, query: Query) -> Result:
    unknown = sorted(query.answers - catalogue.services.keys())
    if unknown:
        reason = _("„%(query)s“: Die Leistung „%(key)s“ gibt es nicht.")
        raise QueriesRefused(reason % {"query": query.text, "key": unknown[0]})
    hits = tuple(hit.service.key for hit in search(catalogue, query.text))
    return Result(query, hits, next((place for place, key in enumerate(hits, 1) if key in query.answers), None))
