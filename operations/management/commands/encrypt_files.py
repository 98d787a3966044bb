from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.management.towns import towns_called
from submissions.uploads.encrypting import encrypt_anew
from tenants.context import in_town
from tenants.vault import keys


class Command(BaseCommand):
    help = (
        "Put the keys of towns under the first of FILE_KEYS, and all files under the newest key of their town. "
        "Can be broken off and begun again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="*", help="only these towns")
        parser.add_argument("--new-town-keys", action="store_true", help="make a new key for each town first")

    def handle(self, *_args: Any, slug: list[str], new_town_keys: bool, **_options: Any) -> None:
        for town in towns_called(slug):
            with in_town(town):
                try:
                    wrapped = keys.wrap_anew()
                    if new_town_keys:
                        keys.make_new_key()
                    files = encrypt_anew()
                except keys.NoKey as problem:
                    raise CommandError(
                        f"{town.name}: In FILE_KEYS fehlt ein Schlüssel, mit dem hier verschlüsselt wurde ({problem}). "
                        "Bitte nennen Sie ihn zusätzlich, hinter dem neuen."
                    ) from None
            self.stdout.write(f"{town.name}: {wrapped} Schlüssel umgeschlüsselt, {files} Dateien neu verschlüsselt.")
        self.stdout.write(self.style.SUCCESS("Fertig."))
