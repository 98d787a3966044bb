from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from operations.deletion import delete_town, protocol_text
from operations.management.towns import town_called
from operations.moving.bundle import BundleRefused
from tenants.actions import TownRefused


class Command(BaseCommand):
    help = "Remove a town that has left, for good, and print the protocol. Needs an export of it as it is now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--confirm", required=True, metavar="NAME", help="name of the town, typed once more")
        parser.add_argument("--export", required=True, type=Path, metavar="FILE.zip", help="what export_town wrote")
        parser.add_argument("--by", required=True, metavar="NAME", help="who does it")
        parser.add_argument("--reason", required=True)

    def handle(self, *_args: Any, slug: str, **options: Any) -> None:
        town = town_called(slug)
        try:
            deletion = delete_town(
                town=town,
                confirmed=options["confirm"],
                export=options["export"],
                by=options["by"],
                reason=options["reason"],
                now=timezone.now(),
            )
        except (TownRefused, BundleRefused) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(protocol_text(deletion))
