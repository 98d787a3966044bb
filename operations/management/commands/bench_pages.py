import json
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand

LOWEST_RATIO = 0.85  # of requests per second, many towns to few
LOWEST_TO_EMPTY = 0.5  # likewise, a page that is kept to an empty view
FEW = 4


class Command(BaseCommand):
    """Measure whether public pages get slower the more towns there are, beside a portal with four of them."""

    help = "Measure public pages with many towns, beside the same with four, and beside an empty view"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--towns", type=int, default=40)
        parser.add_argument("--rounds", type=int, default=9)

    def handle(self, *, towns: int, rounds: int, **_options: Any) -> None:
        from tests.load import pages
        from tests.load import scratch as portal

        with ExitStack() as stack:
            portals = []
            for number in (min(FEW, towns), towns):
                scratch = stack.enter_context(portal.scratch(number))
                host = f"{next(iter(scratch.people))}.localhost"
                environment = portal.environment_of(scratch.dsn, "tests.load.hammer_settings", scratch.folder)
                port = stack.enter_context(portal.web_server(environment, host, scratch.folder))
                portals.append(pages.Portal(port, scratch.name, tuple(scratch.people)))
            few, many = portals
            found = pages.compare(few, many, rounds)
        for page, one in found.items():
            verdict = "as good as" if one.ratio >= LOWEST_RATIO else "worse than"
            self.stdout.write(
                f"{page}: {one.many.per_second:.0f} requests/s with {towns} towns, {one.few.per_second:.0f} with "
                f"{min(FEW, towns)}, ratio {one.ratio:.2f} ({verdict} {LOWEST_RATIO}); to an empty view "
                f"{one.to_empty:.2f} (target {LOWEST_TO_EMPTY}); "
                f"CPU of a request {one.many.cpu_ms:.2f} and {one.few.cpu_ms:.2f} ms"
            )
        self.stdout.write(json.dumps({"bench": "pages", "towns": towns, "pages": pages.plain(found)}))
