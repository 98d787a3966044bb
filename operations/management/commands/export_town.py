from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from operations.management.towns import town_called
from operations.moving.export import export_town


class Command(BaseCommand):
    help = "Write all of one town to a file that it can take along: data, documents, uploads, checksums."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path, metavar="FILE.zip")

    def handle(self, *_args: Any, slug: str, file: Path, **_options: Any) -> None:
        town = town_called(slug)
        try:
            digest = export_town(town=town, path=file, now=timezone.now())
        except FileExistsError as problem:
            raise CommandError(f"„{problem.filename}“ gibt es schon. Bitte wählen Sie einen anderen Namen.") from None
        except OSError as problem:
            raise CommandError(f"„{file}“ lässt sich nicht schreiben: {problem.strerror}") from None
        self.stdout.write(self.style.SUCCESS(f"{town.full_name} steht in {file} ({file.stat().st_size} Bytes)."))
        self.stdout.write(f"Prüfsumme: {digest}")
