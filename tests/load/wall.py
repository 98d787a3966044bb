"""What the wall costs: the same pages with and without it, in turns, on one machine; and what a connection weighs."""

import http.client
import random
import re
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.load.processes import cpu_seconds, database_processes, web_processes
from tests.load.scratch import Person

SECONDS = 0.5  # a round
CLIENTS = 4
PAGES = {
    "one question": "/eine/",
    "my applications": "/meine-antraege/",  # of somebody who is signed in
    "home": "/",
    "no question": "/leer/",
}


@dataclass(frozen=True)
class Rate:
    """Medians over all rounds."""

    per_second: float  # requests
    web_ms: float  # CPU of the web workers, for each request
    database_ms: float  # CPU of PostgreSQL, for each request


@dataclass(frozen=True)
class Compared:
    """One page."""

    wall: Rate
    open: Rate
    ratio: float  # of requests per second, with the wall to without: the median of those of all rounds
    cpu_ratio: float  # of CPU of a request, likewise


def compare(
    ports: Mapping[str, int], database: str, people: Mapping[str, Sequence[Person]], rounds: int
) -> dict[str, Compared]:
    """Each page at the servers `wall` and `open`. They take turns, because the machine may be busy."""
    samples: dict[str, list[dict[str, Rate]]] = {page: [] for page in PAGES}
    for number in range(-1, rounds):  # the first one warms up
        for page, path in PAGES.items():
            servers = sorted(ports) if number % 2 else sorted(ports, reverse=True)
            pair = {server: _round(ports[server], path, database, people) for server in servers}
            if number >= 0:
                samples[page].append(pair)
    return {page: _compared(pairs) for page, pairs in samples.items()}


def _compared(pairs: Sequence[Mapping[str, Rate]]) -> Compared:
    ratios = [pair["wall"].per_second / pair["open"].per_second for pair in pairs]
    cpu = [_cpu_of(pair["wall"]) / _cpu_of(pair["open"]) for pair in pairs]
    return Compared(
        wall=_median([pair["wall"] for pair in pairs]),
        open=_median([pair["open"] for pair in pairs]),
        ratio=round(statistics.median(ratios), 3),
        cpu_ratio=round(statistics.median(cpu), 3),
    )


def _cpu_of(rate: Rate) -> float:
    return rate.web_ms + rate.database_ms


def _median(samples: Sequence[Rate]) -> Rate:
    columns = zip(*((one.per_second, one.web_ms, one.database_ms) for one in samples), strict=True)
    return Rate(*(round(statistics.median(column), 3) for column in columns))


def _round(port: int, path: str, database: str, people: Mapping[str, Sequence[Person]]) -> Rate:
    workers, servers = web_processes(port), database_processes(database)
    before = cpu_seconds(workers), cpu_seconds(servers)
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        count = sum(pool.map(lambda _number: _ask(port, path, people), range(CLIENTS)))
    seconds = time.perf_counter() - begun
    web, asked = cpu_seconds(workers) - before[0], cpu_seconds(servers) - before[1]
    return Rate(count / seconds, 1000 * web / count, 1000 * asked / count)


def _ask(port: int, path: str, people: Mapping[str, Sequence[Person]]) -> int:
    towns = sorted(people)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    until = time.monotonic() + SECONDS
    count = 0
    while time.monotonic() < until:
        town = random.choice(towns)  # noqa: S311 -- no secret
        headers = {"Host": f"{town}.localhost", "Cookie": f"session={people[town][0].session}"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        count += 1
    connection.close()
    return count


# --- What a connection weighs -----------------------------------------------------------------------------


def weights(dsn: str, database: str, schemas: Sequence[str]) -> Iterator[tuple[int, float]]:
    """MB of memory of its own that one connection holds after it has read all tables of so many towns."""
    with psycopg.connect(dsn, autocommit=True, options="-c role=none") as session:
        tables = [
            table
            for (table,) in session.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
                " AND relname <> 'django_migrations'",
                [schemas[0]],
            )
        ]
        for number, schema in enumerate(schemas, 1):
            place = [f"{schema}, public", f"{database}.{schema}"]
            session.execute("SELECT set_config('search_path', %s, false), set_config('role', %s, false)", place)
            for table in tables:
                session.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(table)))
            if number in (1, 10, 50, 100, 200, 300, len(schemas)):
                yield number, _own_memory(session.info.backend_pid)


def _own_memory(process: int) -> float:
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    match = re.search(r"Private_Dirty:\s+(\d+) kB", text)
    assert match
    return round(int(match[1]) / 1024, 1)


@contextmanager
def unless_forbidden(skipped: list[str]) -> Iterator[None]:
    """Only root and PostgreSQL's own account may see how much memory it holds."""
    try:
        yield
    except PermissionError as problem:
        skipped.append(str(problem))
