import json
import logging
import os
import subprocess
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from operations.actions import bring_town_live
from operations.backup import back_up_town, restore_town
from operations.deletion import delete_town
from operations.moving.export import export_town
from operations.moving.loading import import_town
from tenants.actions import change_state, create_town
from tenants.context import as_owner, in_town
from tenants.fleet import programs, rehearsal, server
from tenants.models import Town, TownState
from tenants.municipalities import all_municipalities

VISITED = 3  # towns that somebody keeps asking meanwhile


class Command(BaseCommand):
    """Export, delete and import one of many towns, and bring it back from backups, while the others serve."""

    help = (
        "Rehearse in a database of its own that one of many towns leaves and comes back, from its export, its backup "
        "and a dump of all, while others serve; fails if a checksum differs or a visitor is turned away"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--towns", type=int, default=40, help="how many there are (at least 4)")

    def handle(self, *_args: Any, towns: int, **_options: Any) -> None:
        logging.disable(logging.INFO)  # of each request and job
        with (
            rehearsal.database_of_its_own(f"leaving_{os.getpid()}"),
            tempfile.TemporaryDirectory() as folder,
            override_settings(MEDIA_ROOT=str(Path(folder) / "media")),
        ):
            figures = {"rehearsal": "leaving", "towns": towns, **_rehearse(towns, Path(folder))}
        seconds = ", ".join(f"{what} {needed:.1f} s" for what, needed in figures["seconds"].items())
        self.stdout.write(json.dumps(figures))
        self.stdout.write(
            f"{towns} Städte, eine ging und kam wieder: {seconds}. Prüfsummen gleich: {figures['same']}. "
            f"Antworten der anderen dabei: {figures['answers']}."
        )
        if not all(figures["same"].values()) or set(figures["answers"]) != {200}:
            raise CommandError("Das darf nicht sein.")


def _rehearse(towns: int, folder: Path) -> dict[str, Any]:
    from tests.operations.full_town import contents, fill

    visited, leaving = _found(towns)
    with in_town(leaving):
        fill()
    before = contents(leaving)
    seconds: dict[str, float] = {}
    same: dict[str, bool] = {}

    def timed(what: str, do: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        done = do()
        seconds[what] = round(time.perf_counter() - began, 2)
        return done

    with rehearsal.Visitor(visited, "/aemter/") as visitor:
        now = timezone.now()
        bundle, backup, nightly = (folder / name for name in ("town.zip", "town.dump", "nightly"))
        timed("Sicherung", partial(back_up_town, town=leaving, path=backup))
        timed("Sicherung aller", partial(_dump_all, nightly))
        change_state(town=leaving, state=TownState.SUSPENDED)
        for what, path in (("zurück aus Sicherung", backup), ("zurück aus Sicherung aller", nightly)):
            _drop_schema(leaving)
            timed(what, partial(restore_town, town=leaving, path=path, now=now))
            same[what] = contents(leaving) == before
        timed("Export", partial(export_town, town=leaving, path=bundle, now=now))
        change_state(town=leaving, state=TownState.LEFT)
        protocol = {"confirmed": leaving.name, "by": "Probe", "reason": "Probe"}
        timed("Löschung", partial(delete_town, town=leaving, export=bundle, now=now, **protocol))
        came_back = timed("Import", partial(import_town, path=bundle, now=now))
        same["Import"] = contents(came_back) == before
    return {"seconds": seconds, "same": same, "answers": dict(visitor.answers)}


def _found(towns: int) -> tuple[list[str], Town]:
    """So many towns: the short names of some that people see, and the one that leaves."""
    call_command("migrate_towns", verbosity=0)
    call_command("import_library", verbosity=0)
    made: list[Town] = []
    for number, one in enumerate(all_municipalities()[:towns]):
        now = timezone.now()
        if number <= VISITED:
            made.append(bring_town_live(municipality=one, slug=one.slug, now=now))
        else:
            made.append(create_town(municipality=one, slug=one.slug, own_hosts=[], now=now))
    return [town.slug for town in made[:VISITED]], made[VISITED]


def _dump_all(folder: Path) -> None:
    arguments = ["--format=directory", "--role=none", "--file", str(folder), "--dbname", server.address()]
    subprocess.run([programs.path_of("pg_dump"), *arguments], env=programs.environment(), check=True)


def _drop_schema(town: Town) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{town.schema_name}" CASCADE')
