"""Counts what people look at, while public pages cost the database nothing: in memory, written down each minute.

What is kept is a sum by week, for each page and service. Neither address nor cookie nor browser is looked at beyond
the moment; so nobody can tell whether two pages were seen by one person or by two.

Each web process counts for itself and adds to the same sums. What one has counted and not yet written is lost if it is
killed: a minute's worth (`FIGURES_SECONDS`). If it is asked to stop it writes first; if the database is
away, counts wait.
"""

import logging
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from multiprocessing.util import Finalize
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

from crawleruseragents import is_crawler
from django.db import Error, connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from tenants.context import at_operator, current_town, in_town
from tenants.hosts import is_behind
from tenants.models import Town
from townhall.figures.actions import Address, Key, add, add_visits, keep_fruitless_searches
from townhall.figures.measures import Measure, week_of

logger = logging.getLogger(__name__)

MOST_SEARCHES = 100  # different ones that are remembered of a town until the next writing
LONGEST_SEARCH = 40  # characters that are kept
LONGEST_AGENT = 1_000  # characters; nobody's browser tells that much about itself


@dataclass(frozen=True)
class Seen:
    """What looking at a page counts as."""

    page: str  # the name of its route
    service_key: str = ""
    is_search: bool = False
    fruitless: str = ""  # what was searched for without a result


class _Counts:
    """Of one town, since they were last written."""

    def __init__(self) -> None:
        self.figures: Counter[Key] = Counter()
        self.searches: Counter[tuple[date, str]] = Counter()
        self.addresses: Counter[Address] = Counter()

    def remember(self, day: date, search: str, number: int = 1) -> None:
        if (day, search) in self.searches or len(self.searches) < MOST_SEARCHES:
            self.searches[day, search] += number


_lock = Lock()
_counts: dict[str, _Counts] = {}  # by the town's schema


# --- Counting --------------------------------------------------------------------------------------------


def count(request: HttpRequest, seen: Seen) -> None:
    """Somebody looks at a page. Machines do not count, nor pages that a browser fetches in advance."""
    if not comes_from_a_person(request):
        return
    today = timezone.localdate()
    week = week_of(today)
    keys = [Key(week, Measure.SEEN, seen.service_key, "" if seen.service_key else seen.page)]
    if comes_from_elsewhere(request):
        keys.append(Key(week, Measure.VISITED))
    if seen.is_search:
        keys.append(Key(week, Measure.SEARCHED))
    if seen.fruitless:
        keys.append(Key(week, Measure.FRUITLESS))
    with _lock:
        counts = _counts.setdefault(current_town().schema_name, _Counts())
        counts.figures.update(keys)
        if text := without_persons(seen.fruitless):
            counts.remember(today, text)


def count_address(request: HttpRequest, word: str, letter: str) -> None:
    """Somebody comes by a short address, as on a printed card."""
    if not comes_from_a_person(request):
        return
    address = Address(timezone.localdate(), word, letter)
    with _lock:
        _counts.setdefault(current_town().schema_name, _Counts()).addresses[address] += 1


def comes_from_a_person(request: HttpRequest) -> bool:
    """Whether a browser shows the page to somebody now, as far as it says so."""
    headers = request.headers
    purpose = " ".join(headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    if request.method != "GET" or "prefetch" in purpose or "preview" in purpose:
        return False
    return not _is_machine(headers.get("User-Agent", "")[:LONGEST_AGENT])


@lru_cache(maxsize=2_000)
def _is_machine(agent: str) -> bool:
    """Whether what a program says about itself is nothing, or what a machine says."""
    return not agent or bool(is_crawler(agent))


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the page before was not one of ours: a visit begins."""
    return urlsplit(request.headers.get("Referer", "")).netloc != request.get_host()


def without_persons(search: str) -> str:
    """What may be kept of a search: small letters, no digits, no mail addresses, cut off. Empty if nothing is left."""
    words = [word for word in search.casefold().split() if "@" not in word]
    plain = re.sub(r"[\W\d_]+", " ", " ".join(words)).strip()[:LONGEST_SEARCH].strip()
    return plain if len(plain) > 1 else ""


# --- Writing ---------------------------------------------------------------------------------------------


def write() -> None:
    """Add what this process has counted to the figures of the towns. What cannot be written waits for the next time."""
    global _counts
    with _lock:
        counted, _counts = _counts, {}
    if not counted:
        return
    try:
        with at_operator():
            towns = list(Town.objects.filter(schema_name__in=counted))
    except Error as problem:
        _wait_with(counted, problem)
        return
    for town in towns:  # what is no more has no figures
        counts = counted[town.schema_name]
        try:
            if is_behind(town):
                _put_back(town.schema_name, counts)
            else:
                _write_in(town, counts)
        except Error as problem:
            _wait_with({town.schema_name: counts}, problem)


def _write_in(town: Town, counts: _Counts) -> None:
    with in_town(town), transaction.atomic():
        add(counts.figures)
        add_visits(counts.addresses)
        for day in sorted({day for day, _text in counts.searches}):
            of_day = [(text, number) for (other, text), number in counts.searches.items() if other == day]
            keep_fruitless_searches(of_day, on=day)


def _wait_with(counted: dict[str, _Counts], problem: Error) -> None:
    logger.warning("figures wait to be written: %s", type(problem).__name__)
    for schema, counts in counted.items():
        _put_back(schema, counts)


def _put_back(schema: str, counts: _Counts) -> None:
    with _lock:
        newer = _counts.setdefault(schema, _Counts())
        newer.figures.update(counts.figures)
        newer.addresses.update(counts.addresses)
        for (day, text), number in counts.searches.items():
            newer.remember(day, text, number)


def write_regularly(each_seconds: float) -> Event:
    """From now on a thread of this process writes, until the event is set; and when the process is asked to stop."""
    stop = Event()

    def work() -> None:
        while not stop.wait(each_seconds):
            _write_and_return_the_connection()

    Thread(target=work, name="figures", daemon=True).start()
    # Not `atexit`: the web server forks its processes with multiprocessing, which runs its own finalizers only.
    Finalize(None, _write_and_return_the_connection, exitpriority=1)
    return stop


def _write_and_return_the_connection() -> None:
    try:
        write()
    except Exception:  # the outermost border of a thread: it must go on
        logger.exception("figures could not be written")
    finally:
        connection.close()


def forget() -> None:
    """Drop what was counted and not written (tests)."""
    _counts.clear()
