from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from operations.moving.bundle import BundleRefused
from operations.moving.loading import import_town
from tenants.actions import TownRefused


class Command(BaseCommand):
    help = "Create a town from a file that export_town wrote, here or elsewhere. It begins suspended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.zip")
        parser.add_argument("--slug", default="", help="short name for the address; default: as it was")

    def handle(self, *_args: Any, file: Path, slug: str, **_options: Any) -> None:
        try:
            town = import_town(path=file, slug=slug, now=timezone.now())
        except (BundleRefused, TownRefused) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(self.style.SUCCESS(f"{town.full_name} ist da und angehalten: {town.url}/"))
        self.stdout.write("Bitte sehen Sie nach und stellen Sie die Stadt dann im Betrieb online.")
        self.stdout.write("Mitarbeitende brauchen neue Einladungen: Passwörter und zweite Faktoren ziehen nicht um.")
