import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.context import as_owner
from tenants.fleet import upgrade
from tenants.fleet.programs import NoProgram
from tenants.fleet.replay import TownFailed
from tenants.fleet.template import MigrationRefused, runs_python


class Command(BaseCommand):
    help = "Bring the database to this version: the tables that all share, the template, then all towns as one."
    requires_system_checks = ()  # whether there is anything to do must be known at once

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", action="store_true", help="say what is to do, and do nothing")
        parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1), help="towns at once")
        parser.add_argument("--canary", nargs="+", default=[], metavar="SLUG", help="further towns that go ahead")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        with as_owner():
            todo = upgrade.plan()
            if todo.is_empty:
                return self.say("Alles ist auf dem neuesten Stand.")
            try:
                self._show(todo)
                if not options["plan"]:
                    self._upgrade(options)
            except (MigrationRefused, NoProgram) as refusal:
                raise CommandError(str(refusal)) from None
        return None

    def say(self, line: str) -> None:
        """Tell the person at the terminal, at once."""
        if self.verbosity:
            self.stdout.write(line)
            self.stdout.flush()

    def _show(self, todo: upgrade.Plan) -> None:
        """What is to do. Raises MigrationRefused."""
        upgrade.refuse_dangerous(todo)
        for migration in upgrade.pending_migrations(todo):
            key = (migration.app_label, migration.name)
            where = [
                label for label, keys in (("gemeinsam", todo.in_public), ("Städte", todo.in_template)) if key in keys
            ]
            self.say(f"{migration}: {', '.join(where)}{' (in Python)' if runs_python(migration) else ''}")
        behind = todo.towns if todo.in_template else todo.behind
        self.say(f"{behind} von {todo.towns} Städten liegen zurück.")

    def _upgrade(self, options: dict[str, Any]) -> None:
        canaries = options["canary"]
        if options["jobs"] < 1:
            raise CommandError("--jobs: Bitte mindestens 1.")
        try:
            report = upgrade.upgrade(jobs=options["jobs"], canaries=canaries, say=self.say)
        except upgrade.UnknownTown as unknown:
            raise CommandError(f"--canary: Die Stadt „{unknown}“ gibt es nicht.") from None
        except upgrade.AlreadyRunning:
            raise CommandError("Es läuft schon eine Aktualisierung. Bitte warten Sie, bis sie fertig ist.") from None
        except upgrade.SharedTablesInUse:
            raise CommandError(
                "Jemand hält die gemeinsamen Tabellen seit mehr als einer halben Minute fest. Es ist nichts geändert. "
                "Bitte beenden Sie lange Abfragen (pg_stat_activity) und starten Sie noch einmal."
            ) from None
        except TownFailed as failure:
            raise CommandError(
                f"{failure.town.name} ({failure.town.slug}) ist an {failure.step} gescheitert: {failure.told}\n"
                "In dieser Stadt ist nichts davon geblieben. Bitte beheben Sie die Ursache und starten Sie noch einmal."
            ) from failure
        slug, seconds = report.slowest
        slowest = f", am längsten {slug} mit {seconds:.2f} s" if slug else ""
        self.say(
            self.style.SUCCESS(
                f"Fertig: {report.steps} neue Migrationen, {report.towns} Städte in {report.seconds:.1f} s"
                f"{slowest}, {report.retries} Wiederholungen."
            )
        )
