"""What public pages cost with few towns and with many: two portals on one machine that take turns."""

import http.client
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.browsers import BROWSER
from tests.load.processes import cpu_seconds, database_processes, web_processes
from tests.load.scratch import WORKERS

SECONDS = 1.0  # a round
CLIENTS = 4
EMPTY = "empty view"
PAGES = {
    EMPTY: "/leer/",
    "home": "/",
    "service page": "/leistungen/hund-anmelden/",
    "search": "/suche/?q=hundemarke+verloren",
}


@dataclass(frozen=True)
class Portal:
    """A web server with its database, and the short names of its towns."""

    port: int
    database: str
    towns: Sequence[str]


@dataclass(frozen=True)
class Rate:
    per_second: float  # requests
    cpu_ms: float  # of web workers and database, for each request


@dataclass(frozen=True)
class Found:
    """A page: medians over all rounds."""

    few: Rate
    many: Rate
    ratio: float  # of requests per second, many towns to few
    to_empty: float  # of requests per second with many towns, the page to the empty view


def compare(few: Portal, many: Portal, rounds: int) -> dict[str, Found]:
    """All pages at both portals in turns, at a random town each time. Every page is warm."""
    for portal in (few, many):
        _warm_up(portal)
    samples: dict[str, list[tuple[Rate, Rate]]] = {page: [] for page in PAGES}
    for number in range(rounds):
        for page, path in PAGES.items():
            portals = [few, many] if number % 2 else [many, few]
            rates = {portal: _round(portal, path) for portal in portals}
            samples[page].append((rates[few], rates[many]))
    empty = statistics.median(many.per_second for _few, many in samples[EMPTY])
    return {page: _found(pairs, empty) for page, pairs in samples.items()}


def _found(pairs: Sequence[tuple[Rate, Rate]], empty: float) -> Found:
    few, many = (_median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(many.per_second / few.per_second for few, many in pairs)
    return Found(few, many, round(ratio, 3), round(many.per_second / empty, 3))


def _median(rates: Sequence[Rate]) -> Rate:
    return Rate(
        round(statistics.median(rate.per_second for rate in rates), 1),
        round(statistics.median(rate.cpu_ms for rate in rates), 3),
    )


def _warm_up(portal: Portal) -> None:
    """Each page of each town in each worker: which one answers is chance, so ask often enough."""
    connections = [http.client.HTTPConnection("127.0.0.1", portal.port, timeout=60) for _ in range(4 * WORKERS)]
    for connection in connections:
        for path in PAGES.values():
            for town in portal.towns:
                _get(connection, path, town)
        connection.close()


def _round(portal: Portal, path: str) -> Rate:
    workers, servers = web_processes(portal.port), database_processes(portal.database)
    before = cpu_seconds([*workers, *servers])
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        count = sum(pool.map(lambda _number: _visit(portal, path), range(CLIENTS)))
    seconds = time.perf_counter() - begun
    return Rate(count / seconds, 1000 * (cpu_seconds([*workers, *servers]) - before) / count)


def _visit(portal: Portal, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=30)
    until = time.monotonic() + SECONDS
    count = 0
    while time.monotonic() < until:
        _get(connection, path, random.choice(portal.towns))  # noqa: S311 -- no secret
        count += 1
    connection.close()
    return count


def _get(connection: http.client.HTTPConnection, path: str, town: str) -> None:
    headers = {"Host": f"{town}.localhost", "Accept-Encoding": "gzip", "User-Agent": BROWSER}  # so it is counted
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{town}{path}: {answer.status}")


def plain(found: Mapping[str, Found]) -> dict[str, object]:
    """For JSON."""
    return {page: {**vars(one), "few": vars(one.few), "many": vars(one.many)} for page, one in found.items()}
