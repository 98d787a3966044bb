import json
import logging
import os
import statistics
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from operations.actions import bring_town_live
from tenants.actions import create_town
from tenants.context import as_owner
from tenants.fleet import rehearsal
from tenants.models import Town
from tenants.municipalities import Municipality, all_municipalities

MARKS = (0.1, 0.5, 1.0)  # of all towns: where is measured
BY_MIGRATIONS = 3  # schemas at each mark, as django-tenants makes them; they go again
WHOLE = 3  # towns that are brought live at the end, with all that people need


class Command(BaseCommand):
    help = "Measure how long a new town takes, beside its migrations, in a database of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--towns", type=int, default=40, help="how many there are in the end")

    def handle(self, *_args: Any, towns: int, **_options: Any) -> None:
        chosen = list(all_municipalities()[:towns])
        logging.disable(logging.INFO)  # of each request and job
        with rehearsal.database_of_its_own(f"bench_{os.getpid()}"):
            call_command("migrate_towns", verbosity=0)
            call_command("import_library", verbosity=0)
            figures = _measure(chosen)
        self.stdout.write(json.dumps(figures))
        last = figures["marks"][-1]
        self.stdout.write(
            f"Neue Stadt: {last['script']:.3f} s bei {len(chosen)} Städten, {figures['growth']:.2f}-mal so lang wie am "
            f"Anfang; durch Migrationen {last['migrations']:.3f} s, das {1 / last['ratio']:.1f}-fache. "
            f"Ganz fertig in {figures['brought_live']:.2f} s."
        )


def _measure(chosen: list[Municipality]) -> dict[str, Any]:
    marks = {max(1, round(share * len(chosen))) for share in MARKS}
    window = max(3, len(chosen) // 20)  # towns before a mark, of which the median counts
    seconds: list[float] = []
    measured = []
    for number, municipality in enumerate(chosen, start=1):
        seconds.append(_seconds_of_script(municipality))
        if number in marks:
            script = statistics.median(seconds[-window:])
            migrations = statistics.median(_seconds_of_migrations(f"bench_{sample}") for sample in range(BY_MIGRATIONS))
            measured.append({"towns": number, "script": script, "migrations": migrations, "ratio": script / migrations})
    return {
        "bench": "towns",
        "marks": measured,
        "growth": measured[-1]["script"] / measured[0]["script"],
        "brought_live": statistics.median(_seconds_of_all(municipality) for municipality in _not_yet(chosen)[:WHOLE]),
    }


def _not_yet(chosen: list[Municipality]) -> list[Municipality]:
    """Some that have no town yet; if all have one, the last of them give theirs back."""
    left = [one for one in all_municipalities() if one not in chosen]
    if len(left) >= WHOLE:
        return left
    for one in chosen[-WHOLE:]:
        town = Town.objects.get(ars=one.ars)
        _drop(town.schema_name)
        Town.objects.filter(pk=town.pk).delete()
    return chosen[-WHOLE:]


def _seconds_of_script(municipality: Municipality) -> float:
    """Row, host, schema, role and rights, in one transaction."""
    began = time.perf_counter()
    create_town(municipality=municipality, slug=municipality.slug, own_hosts=[], now=timezone.now())
    return time.perf_counter() - began


def _seconds_of_all(municipality: Municipality) -> float:
    """What "Neue Stadt" does at the desk: offices, offers and the first version of all pages too."""
    began = time.perf_counter()
    bring_town_live(
        municipality=municipality,
        slug=municipality.slug,
        now=timezone.now(),
    )
    return time.perf_counter() - began


def _seconds_of_migrations(schema: str) -> float:
    """A schema as django-tenants makes it."""
    began = time.perf_counter()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    call_command("migrate_schemas", schema_name=schema, tenant=True, interactive=False, verbosity=0)
    needed = time.perf_counter() - began
    _drop(schema)
    return needed


def _drop(schema: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')
