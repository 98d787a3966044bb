from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from operations.backup import RestoreRefused, restore_town
from operations.management.towns import town_called
from tenants.actions import TownRefused
from tenants.fleet.programs import NoProgram


class Command(BaseCommand):
    help = (
        "Put the tables of one town back as they are in a backup: of this town (backup_town) or of all "
        "(pg_dump, custom or directory format). The town must be suspended; the others go on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path, help="file, or folder of the directory format")

    def handle(self, *_args: Any, slug: str, file: Path, **_options: Any) -> None:
        town = town_called(slug)
        try:
            restored = restore_town(town=town, path=file, now=timezone.now())
        except (TownRefused, RestoreRefused) as refusal:
            raise CommandError(str(refusal)) from None
        except NoProgram as problem:
            raise CommandError(f"Es ist alles wie vorher: {problem}") from None
        self.stdout.write(self.style.SUCCESS(f"{town.full_name}: {restored.tables} Tabellen sind zurück."))
        if restored.missing_files:
            self.stdout.write(
                self.style.WARNING(
                    f"Zu {restored.missing_files} hochgeladenen Dateien fehlt die Datei in der Ablage (MEDIA_ROOT oder "
                    f"FILE_BUCKET). Bitte holen Sie auch den Ordner „{town.schema_name}“ von dort aus der Sicherung."
                )
            )
        self.stdout.write("Bitte führen Sie jetzt aus: manage.py migrate_towns. Stellen Sie die Stadt dann online.")
