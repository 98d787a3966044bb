"""`./run bench`: how much dearer the pages are than an empty view on the same server, measured in the same run.

The machine may be busy with other things, so absolute figures say little. Rounds of all pages alternate with rounds of
the empty view; what is printed are ratios of medians. CPU is that of the web workers (from /proc), which is steadier
than requests per second.
"""

import gzip
import http.client
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import django

from tests.load.processes import cpu_seconds, resident_megabytes, web_processes

ROUNDS = 5
SECONDS = 1.0  # a round
CONNECTIONS = 4
EMPTY = "/leer/"  # tests.load.urls
PAGES = {
    "home": "/",
    "A-Z": "/leistungen/",
    "search": "/suche/?q=hundemarke+verloren",
    "service page": "/leistungen/hund-anmelden/",
}


def main() -> int:
    base = urlsplit(os.environ["BASE_URL"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(f"\nEmpty view: {EMPTY} on {base.netloc}, {ROUNDS} rounds of {SECONDS:g} s, {CONNECTIONS} connections\n")
    print_speed(base.port or 80)
    print_statements()
    print_home_weight(base.port or 80)
    print_founding()
    print_memory(base.port or 80)
    return 0


# --- Requests per second ----------------------------------------------------------------------------------


def print_speed(port: int) -> None:
    paths = {"empty view": EMPTY} | PAGES
    for path in paths.values():
        fetch(port, path)
    rates: dict[str, list[float]] = {name: [] for name in paths}
    costs: dict[str, list[float]] = {name: [] for name in paths}
    for _round in range(ROUNDS):
        for name, path in paths.items():
            before = cpu_seconds(web_processes(port))
            count = sum(run_load(port, path))
            rates[name].append(count / SECONDS)
            costs[name].append((cpu_seconds(web_processes(port)) - before) / max(count, 1))
    empty_rate, empty_cost = statistics.median(rates["empty view"]), statistics.median(costs["empty view"])
    print(f"{'page':<14} {'requests/s : empty view':>24} {'CPU/request : empty view':>26}")
    for name in PAGES:
        rate, cost = statistics.median(rates[name]), statistics.median(costs[name])
        print(f"{name:<14} {rate / empty_rate:>24.2f} {cost / empty_cost if empty_cost else 0:>26.2f}")
    print(f"(empty view: {empty_rate:.0f} requests/s, {1e3 * empty_cost:.2f} ms CPU)\n")


def run_load(port: int, path: str) -> list[int]:
    """Ask for a page over some connections at once; how many answers each got."""
    until = time.monotonic() + SECONDS

    def ask(_number: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        count = 0
        while time.monotonic() < until:
            connection.request("GET", path, headers=headers(port))
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
            count += 1
        connection.close()
        return count

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(ask, range(CONNECTIONS)))


def headers(port: int) -> dict[str, str]:
    return {"Host": f"lage.localhost:{port}", "Accept-Encoding": "gzip"}


def fetch(port: int, path: str) -> tuple[bytes, bytes]:
    """The body as it came over the wire, and unpacked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers(port))
    answer = connection.getresponse()
    body = answer.read()
    packed = answer.headers.get("Content-Encoding") == "gzip"
    connection.close()
    return body, gzip.decompress(body) if packed else body


# --- Statements, bytes, a new town, memory ----------------------------------------------------------------


def print_statements() -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "lage.localhost"})
    print("SQL statements a page (first visit in a worker, then again):")
    for name, path in PAGES.items():
        counts = []
        for _visit in range(2):
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            counts.append(len(captured))
        print(f"  {name:<14} {counts[0]}, {counts[1]}")
    print()


def print_home_weight(port: int) -> None:
    """All bytes of a first visit: the page, its styles, script, pictures and the fonts that Latin text needs."""
    body, html = fetch(port, "/")
    total, files = len(body), 1
    for path in sorted(set(linked(html.decode()))):
        packed, plain = fetch(port, path)
        total, files = total + len(packed), files + 1
        if path.endswith(".css"):
            for font in sorted(set(re.findall(r"url\(\"?([^)\"]*latin[^)\"]*woff2)", plain.decode()))):
                address = str(Path(path).parent / font) if not font.startswith("/") else font
                packed, _plain = fetch(port, os.path.normpath(address))
                total, files = total + len(packed), files + 1
    print(f"Home page, first visit: {total / 1024:.1f} KB in {files} files (limit 150 KB)\n")


def linked(html: str) -> Iterator[str]:
    for address in re.findall(r'(?:href|src)="([^"#]+)', html):
        if re.search(r"\.(css|js|svg|png)(\?|$)|/wappen", address):
            yield address


def print_founding() -> None:
    from django.utils import timezone

    from operations.actions import bring_town_live
    from tenants.models import Town
    from tenants.municipalities import all_municipalities

    taken = set(Town.objects.values_list("ars", flat=True))
    chosen = next(one for one in all_municipalities() if one.ars not in taken)
    before = time.perf_counter()
    bring_town_live(
        municipality=chosen,
        slug=chosen.slug,
        now=timezone.now(),
    )
    print(f"A new town is live after {time.perf_counter() - before:.1f} s ({Town.objects.count()} towns then)\n")


def print_memory(port: int) -> None:
    workers = [resident_megabytes(pid) for pid in web_processes(port)]
    bare = resident_megabytes(os.getpid())
    print(f"Memory of one web worker: {max(workers, default=0):.0f} MB resident (this command: {bare:.0f} MB)\n")


if __name__ == "__main__":
    sys.exit(main())
