import json
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Ask many towns at once while all kinds of things go wrong, and count answers from the wrong town or person."""

    help = (
        "Hammer scratch towns with crossed cookies, exceptions, rollbacks and closed browsers; "
        "fails if one answer comes from the wrong town or person"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--towns", type=int, default=50)
        parser.add_argument("--requests", type=int, default=20_000)
        parser.add_argument("--pgbouncer", action="store_true", help="behind PgBouncer in transaction mode")
        parser.add_argument(
            "--stock", action="store_true", help="negative control: django-tenants' own backend behind PgBouncer"
        )

    def handle(self, *, towns: int, requests: int, pgbouncer: bool, stock: bool, **_options: Any) -> None:
        from tests.load import scratch as portal
        from tests.load.hammer import Hammer

        if (pgbouncer or stock) and not portal.has_pooler():
            raise CommandError("PgBouncer is not installed: apt-get install pgbouncer")
        with ExitStack() as stack:
            scratch = stack.enter_context(portal.scratch(towns))
            dsn, more = scratch.dsn, {}
            if pgbouncer or stock:
                dsn = stack.enter_context(portal.pgbouncer(scratch, as_owner=stock))
            if pgbouncer and not stock:
                more = {"DATABASE_TRANSACTION_POOLING": "true"}
            settings = "tests.load.stock_settings" if stock else "tests.load.hammer_settings"
            environment = portal.environment_of(dsn, settings, scratch.folder, **more)
            host = f"{next(iter(scratch.people))}.localhost"
            port = stack.enter_context(portal.web_server(environment, host, scratch.folder))
            found = Hammer(port, scratch.people, None if stock else scratch.name).strike(requests)
        how = "django-tenants behind PgBouncer" if stock else "behind PgBouncer" if pgbouncer else "pool"
        self.stdout.write(
            f"{found.wrong} wrong answers of {found.checked} ({found.requests} requests to {towns} towns in "
            f"{found.seconds:.0f} s, {how}; {found.by_status})"
        )
        self.stdout.write(json.dumps(asdict(found) | {"towns": towns, "how": how}))
        if found.wrong or not found.checked:
            raise CommandError(f"{found.wrong} answers came from the wrong town or person.", returncode=1)
