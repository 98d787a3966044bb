from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actions import InvitationRefused
from accounts.staff import split_name
from catalogue.current import NotReleased
from operations.actions import FirstAdministrator, bring_town_live
from tenants.actions import TownRefused, clean_host
from tenants.models import TownState
from tenants.municipalities import Municipality, TownSize, find_municipalities, municipality
from townhall.theme import FIRST_COLOUR, BadColour


class Command(BaseCommand):
    help = "Create a town, as a trial: by its name or official key (ARS or AGS)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("town", help="name, ARS (12 digits) or AGS (8 digits)")
        parser.add_argument("--slug", help="short name for the address; default: made from the name")
        parser.add_argument("--host", action="append", default=[], help="a further host of the town's own")
        sizes = [size.name.lower() for size in TownSize]
        parser.add_argument("--size", choices=sizes, help="which tasks the law gives it; default: by its people")
        parser.add_argument(
            "--live", metavar="REASON", help="at once, and why; default: a trial, until the desk says so"
        )
        parser.add_argument("--colour", default=FIRST_COLOUR, help="#rrggbb")
        parser.add_argument("--admin", metavar="MAIL", help="mail address of the first administrator")
        parser.add_argument("--admin-name", default="", metavar="NAME", help="given name and family name")

    def handle(self, *_args: Any, **options: Any) -> None:
        chosen = _chosen(options["town"])
        administrator = _administrator(options["admin"], options["admin_name"])
        try:
            town = bring_town_live(
                municipality=chosen,
                slug=options["slug"] or chosen.slug,
                own_hosts=[clean_host(host) for host in options["host"]],
                colour=options["colour"],
                administrator=administrator,
                size=TownSize[options["size"].upper()] if options["size"] else None,
                state=TownState.LIVE if options["live"] else TownState.TEST,
                reason=options["live"] or "",
                now=timezone.now(),
            )
        except (TownRefused, InvitationRefused, BadColour) as refusal:
            raise CommandError(str(refusal)) from None
        except NotReleased:
            raise CommandError(
                "Es gibt noch keinen freigegebenen Leistungskatalog. Bitte zuerst: manage.py import_library"
            ) from None
        self.stdout.write(self.style.SUCCESS(f"{town.full_name} ist {town.get_state_display()}: {town.url}/"))
        for waiting in town.waiting_hosts.all():
            self.stdout.write(waiting.explanation)
        if administrator:
            self.stdout.write(f"Die Einladung ist an {administrator.email} unterwegs.")
        else:
            self.stdout.write("Es ist noch niemand eingeladen. Das geht im Betrieb auf der Seite der Stadt.")


def _administrator(email: str | None, name: str) -> FirstAdministrator | None:
    if not email:
        return None
    given_name, family_name = split_name(name)
    if not family_name:
        raise CommandError('Bitte auch den Namen angeben: --admin-name "Vorname Nachname"')
    return FirstAdministrator(email, given_name, family_name)


def _chosen(wanted: str) -> Municipality:
    """The one town that is meant. Raises CommandError, in German, if there is none or more than one."""
    if wanted.isdigit():
        try:
            return municipality(wanted)
        except KeyError:
            raise CommandError(
                f"Den Schlüssel {wanted} gibt es in der amtlichen Liste nicht (ARS: 12 Ziffern, AGS: 8 Ziffern)."
            ) from None
    found = find_municipalities(wanted)
    exact = [one for one in found if one.name.lower() == wanted.lower()]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise CommandError(f"„{wanted}“ steht nicht in der amtlichen Liste der Städte in Nordrhein-Westfalen.")
    names = ", ".join(f"{one.name} ({one.ags})" for one in found)
    raise CommandError(f"Bitte genauer. In Frage kommen: {names}")
