from argparse import ArgumentParser
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from operations.management.towns import towns_called
from submissions.uploads.checking import Findings, check, delete_orphans
from tenants.context import in_town
from tenants.models import Town

SHOWN = 20  # names of each kind


class Command(BaseCommand):
    help = "Compare files and database: what is missing, what nobody knows, what was changed, what was not scanned."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="*", help="only these towns")
        parser.add_argument("--contents", action="store_true", help="also read every file and compare its checksum")
        parser.add_argument(
            "--delete-orphans",
            action="store_true",
            help="delete files older than a day that the database does not know",
        )

    def handle(self, *_args: Any, slug: list[str], contents: bool, **options: Any) -> None:
        all_fine = True
        for town in towns_called(slug):
            with in_town(town):
                found = check(now=timezone.now(), reads=contents)
                if options["delete_orphans"]:
                    for name in delete_orphans(found):
                        self.stdout.write(f"  gelöscht: {name}")
            self._tell(town, found)
            all_fine &= found.is_fine
        if not slug:
            self._tell_of_folders_without_town()
        if not all_fine:
            raise CommandError("Es ist nicht alles in Ordnung.")
        self.stdout.write(self.style.SUCCESS("Alles in Ordnung."))

    def _tell(self, town: Town, found: Findings) -> None:
        self.stdout.write(
            f"{town.name}: {found.files} Dateien, {filesizeformat(found.bytes)}; nicht auf Viren geprüft: "
            f"{found.unscanned}, mit Virus: {found.infected}, nicht verschlüsselt: {found.plain}"
        )
        for label, names in (
            ("fehlt", found.missing),
            ("ist beschädigt oder verändert", found.wrong),
            ("kennt die Datenbank nicht", found.orphans),
        ):
            for name in names[:SHOWN]:
                self.stdout.write(self.style.ERROR(f"  {label}: {name}"))
            if len(names) > SHOWN:
                self.stdout.write(self.style.ERROR(f"  {label}: noch {len(names) - SHOWN} weitere"))

    def _tell_of_folders_without_town(self) -> None:
        schemas = set(Town.objects.values_list("schema_name", flat=True))
        try:
            folders, _files = default_storage.listdir("")
        except FileNotFoundError:
            return
        for folder in sorted(set(folders) - schemas):
            if folder.startswith("_"):  # no schema: bundles of towns (operations.exports)
                continue
            self.stdout.write(self.style.WARNING(f"Zu keiner Stadt gehört der Ordner {folder}/."))
