"""Has anybody changed what was written down?"""

from argparse import ArgumentParser
from contextlib import AbstractContextManager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.audit_chain import Seal, parse_seal, verify
from tenants.context import at_operator, in_town
from tenants.models import Town


class Command(BaseCommand):
    """Walks the chain of each audit log and says the first thing that is wrong; then it ends with an error."""

    help = "Prüft, ob die Protokolle (wer hat was gesehen und getan) unverändert sind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--town", metavar="SLUG", help="nur diese Stadt, etwa lage")
        parser.add_argument("--seal", metavar="SIEGEL", help="mit --town: ein Siegel von früher, etwa 17:9f2c…")

    def handle(self, *_args: Any, **options: Any) -> None:
        noted = self._noted(options)
        towns = Town.objects.order_by("slug")
        if options["town"]:
            towns = towns.filter(slug=options["town"])
            if not towns:
                raise CommandError(f"Eine Stadt „{options['town']}“ gibt es nicht.")
        broken = [town.slug for town in towns if not self._look(town.slug, in_town(town), noted)]
        if not options["town"] and not self._look("Betrieb", at_operator(), None):
            broken.append("Betrieb")
        if broken:
            raise CommandError(f"Nicht unverändert: {', '.join(broken)}")

    def _noted(self, options: dict[str, Any]) -> Seal | None:
        if not options["seal"]:
            return None
        if not options["town"]:
            raise CommandError("Ein Siegel gehört zu einer Stadt: Bitte geben Sie auch --town an.")
        try:
            return parse_seal(options["seal"])
        except ValueError:
            raise CommandError("So sieht ein Siegel nicht aus. Es ist eine Zahl, „:“ und 64 Zeichen.") from None

    def _look(self, name: str, place: AbstractContextManager[Any], noted: Seal | None) -> bool:
        with place:
            verdict = verify(now=timezone.now(), noted=noted)
        self.stdout.write(
            f"{name}: {verdict.links} Einträge, unverändert. Siegel: {verdict.seal or '-'}"
            if verdict.is_whole
            else f"{name}: {verdict.problem}"
        )
        return verdict.is_whole
