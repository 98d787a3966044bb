import json
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

LOWEST_RATIO = 0.75  # of requests per second
MOST_MEGABYTES = 150  # of a connection, unless it is recycled before


class Command(BaseCommand):
    """Measure what the wall costs, beside the same pages without it, and what a connection weighs."""

    help = "Measure what the wall costs: requests per second with and without roles, and the weight of a connection"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--towns", type=int, default=20)
        parser.add_argument("--rounds", type=int, default=15)

    def handle(self, *, towns: int, rounds: int, **_options: Any) -> None:
        from tests.load import scratch as portal
        from tests.load import wall

        with ExitStack() as stack:
            scratch = stack.enter_context(portal.scratch(towns))
            host = f"{next(iter(scratch.people))}.localhost"
            ports = {}
            for name, settings in (("wall", "tests.load.hammer_settings"), ("open", "tests.load.open_settings")):
                environment = portal.environment_of(scratch.dsn, settings, scratch.folder, DATABASE_POOL_SIZE="4")
                ports[name] = stack.enter_context(portal.web_server(environment, host, scratch.folder))
            found = wall.compare(ports, scratch.name, scratch.people, rounds)
            skipped: list[str] = []
            weights: dict[int, float] = {}
            with wall.unless_forbidden(skipped):
                weights = dict(
                    wall.weights(scratch.dsn, scratch.name, [one.replace("-", "_") for one in scratch.people])
                )
        for page, one in found.items():
            verdict = "as good as" if one.ratio >= LOWEST_RATIO else "worse than"
            self.stdout.write(
                f"{page}: {one.wall.per_second:.0f} requests/s with the wall, {one.open.per_second:.0f} without, "
                f"ratio {one.ratio:.2f} ({verdict} {LOWEST_RATIO}); "
                f"CPU of a request, web + database: {one.wall.web_ms:.2f} + {one.wall.database_ms:.2f} ms, "
                f"without {one.open.web_ms:.2f} + {one.open.database_ms:.2f} ms, ratio {one.cpu_ratio:.2f}"
            )
        lifetime = connection.settings_dict["OPTIONS"]["pool"]["max_lifetime"]
        for number, megabytes in weights.items():
            self.stdout.write(
                f"a connection that has read all tables of {number} towns holds {megabytes:.0f} MB "
                f"(target: at most {MOST_MEGABYTES}, or recycled after {lifetime} s)"
            )
        if skipped:
            self.stdout.write(f"weight of a connection not measured: {skipped[0]}")
        pages = {page: asdict(one) for page, one in found.items()}
        self.stdout.write(json.dumps({"towns": towns, "pages": pages, "connection_megabytes": weights}))
