import json
import logging
import os
import signal
import statistics
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from operations.actions import bring_town_live
from tenants.actions import create_town
from tenants.context import as_owner, at_operator
from tenants.fleet import rehearsal
from tenants.models import MigrationStep, Town
from tenants.municipalities import all_municipalities

VISITED = 3  # towns that a browser keeps asking while others are killed
SAMPLE = 20  # towns that django-tenants migrates
KILLED_AT = (0.2, 0.5, 0.8)  # of all towns
COLUMN = 'operations = [migrations.AddField("office", "bench_{}", models.TextField(null=True))]'


class Command(BaseCommand):
    help = "Measure how long all towns take to migrate, beside django-tenants, in a database of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--towns", type=int, default=40, help="how many there are")

    def handle(self, *_args: Any, towns: int, **_options: Any) -> None:
        logging.disable(logging.INFO)  # of each request and job
        with (
            rehearsal.database_of_its_own(f"bench_{os.getpid()}"),
            tempfile.TemporaryDirectory() as folder,
        ):
            _found(towns)
            figures = {"bench": "migrate", "towns": towns, **_measure(towns, Path(folder))}
        self.stdout.write(json.dumps(figures))
        self.stdout.write(
            f"{towns} Städte: nichts zu tun in {figures['nothing_to_do']:.2f} s, eine Spalte in "
            f"{figures['column']:.2f} s ({1000 * figures['column_per_town']:.1f} ms je Stadt, ein "
            f"{1 / figures['ratio']:.0f}-stel von migrate_schemas). {len(KILLED_AT)}-mal abgebrochen: "
            f"{'am Ende richtig' if figures['right_after_kills'] else 'FALSCH'}; Antworten dabei: {figures['answers']}."
        )


def _found(towns: int) -> None:
    call_command("migrate_towns", verbosity=0)
    call_command("import_library", verbosity=0)
    for number, one in enumerate(all_municipalities()[:towns]):
        if number < VISITED:
            bring_town_live(
                municipality=one,
                slug=one.slug,
                now=timezone.now(),
            )
        else:
            create_town(municipality=one, slug=one.slug, own_hosts=[], now=timezone.now())


def _measure(towns: int, folder: Path) -> dict[str, Any]:
    nothing = statistics.median(_seconds({}) for _round in range(3))
    columns = {"m0901_bench": COLUMN.format("first")}
    column = _seconds(rehearsal.write_next_version(folder, columns))
    columns["m0902_bench"] = COLUMN.format("second")
    is_right, answers = _killed(towns, rehearsal.write_next_version(folder, columns))
    columns["m0903_bench"] = COLUMN.format("third")
    rehearsal.write_next_version(folder, columns)
    by_django = _seconds_of_django(folder)
    return {
        "nothing_to_do": nothing,
        "column": column,
        "column_per_town": column / towns,
        "migrate_schemas_per_town": by_django,
        "ratio": column / towns / by_django,
        "right_after_kills": is_right,
        "answers": answers,
    }


def _seconds(version: dict[str, str]) -> float:
    """All of it: the start of Django, the template, the script for new towns, the towns."""
    began = time.perf_counter()
    code, told = rehearsal.run(["migrate_towns"], version)
    if code:
        raise RuntimeError(told)
    return time.perf_counter() - began


def _seconds_of_django(folder: Path) -> float:
    """What one town takes under migrate_schemas, without the start of Django."""
    sys.path.insert(0, str(folder))
    with at_operator():
        schemas = list(Town.objects.order_by("-pk").values_list("schema_name", flat=True)[:SAMPLE])
    with override_settings(MIGRATION_MODULES={rehearsal.APP: rehearsal.MODULE}):
        began = time.perf_counter()
        for schema in schemas:
            call_command("migrate_schemas", schema_name=schema, tenant=True, interactive=False, verbosity=0)
    return (time.perf_counter() - began) / len(schemas)


def _killed(towns: int, version: dict[str, str]) -> tuple[bool, dict[int, int]]:
    """Migrate, killed again and again, while people keep asking. Whether it ended right, and how they were answered."""
    with at_operator():
        before = MigrationStep.objects.count()
        visited = list(Town.objects.order_by("pk").values_list("slug", flat=True)[:VISITED])
    with rehearsal.Visitor(visited, "/aemter/") as visitor:
        for share in KILLED_AT:
            with rehearsal.start(["migrate_towns", "--jobs", "1"], version) as process:
                while _count_at(before + 1) < share * towns and process.poll() is None:
                    time.sleep(0.001)
                process.send_signal(signal.SIGKILL)
        _seconds(version)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT table_schema) FROM information_schema.columns WHERE column_name = 'bench_second'"
        )
        (columns,) = cursor.fetchone()
    is_right = columns == towns + 1 and _count_at(before + 1) == towns  # the template, too
    return is_right, dict(visitor.answers)


def _count_at(level: int) -> int:
    with at_operator():
        return int(Town.objects.filter(level__gte=level).count())
