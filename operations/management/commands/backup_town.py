from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.backup import back_up_town
from operations.management.towns import town_called
from tenants.fleet.programs import NoProgram


class Command(BaseCommand):
    help = "Write the tables of one town to a file of pg_dump (custom format). Uploads lie in MEDIA_ROOT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, slug: str, file: Path, **_options: Any) -> None:
        town = town_called(slug)
        try:
            back_up_town(town=town, path=file)
        except FileExistsError as problem:
            raise CommandError(f"„{problem.filename}“ gibt es schon. Bitte wählen Sie einen anderen Namen.") from None
        except (NoProgram, OSError) as problem:
            raise CommandError(f"Die Sicherung ist nicht gelungen: {problem}") from None
        self.stdout.write(self.style.SUCCESS(f"{town.full_name} steht in {file} ({file.stat().st_size} Bytes)."))
