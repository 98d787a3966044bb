from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actions import InvitationRefused
from accounts.staff import split_name
from operations.actions import FirstAdministrator, invite_further
from operations.management.towns import town_called


class Command(BaseCommand):
    help = (
        "Invite another administrator of a town, by mail. For when nobody of the town can let others in any more; the "
        "desk can do it only until somebody of the town has signed in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("email", metavar="MAIL")
        parser.add_argument("name", metavar="NAME", help="given name and family name")

    def handle(self, *_args: Any, slug: str, email: str, name: str, **_options: Any) -> None:
        given_name, family_name = split_name(name)
        administrator = FirstAdministrator(email, given_name, family_name)
        try:
            invite_further(town=town_called(slug), administrator=administrator, by=None, now=timezone.now())
        except InvitationRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Die Einladung an {email} ist unterwegs.")
