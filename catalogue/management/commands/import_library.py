from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.actions import release
from catalogue.reading import SHIPPED_LIBRARY
from catalogue.source import LibraryRefused


class Command(BaseCommand):
    help = "Releases the catalogue that a folder of files describes to all towns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED_LIBRARY)
        parser.add_argument("--by", default="manage.py import_library", help="who releases it")
        parser.add_argument("--notes", default="", help="what is new, for the towns")

    def handle(self, *, folder: Path, by: str, notes: str, verbosity: int, **_options: Any) -> None:
        now = timezone.now()
        try:
            current = release(folder, by=by, now=now, notes=notes)
        except LibraryRefused as refusal:
            raise CommandError(str(refusal)) from None
        if current.released_at == now:
            outcome = _("Katalog %(number)s ist freigegeben.")
        else:
            outcome = _("Katalog %(number)s ist noch aktuell.")
        if verbosity:
            self.stdout.write(outcome % {"number": current.number})
