from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actions import InvitationRefused, add_operator, forget_second_factor
from accounts.models import Kind, User
from accounts.staff import password_link, split_name
from tenants.context import at_operator


class Command(BaseCommand):
    help = (
        "Let somebody work at the operator's desk: prints the link with which she chooses a password and connects "
        "her app. For somebody who can already, prints a new link."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="MAIL")
        parser.add_argument("name", metavar="NAME", nargs="?", default="", help="given name and family name")
        parser.add_argument("--new-app", action="store_true", help="forget the app of somebody whose phone is lost")

    def handle(self, *_args: Any, **options: Any) -> None:
        with at_operator():
            login = options["email"].strip().lower()
            operator = User.objects.filter(login=login, kind=Kind.OPERATOR).first() or _add(login, options["name"])
            if options["new_app"]:
                forget_second_factor(user=operator)
            days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
            self.stdout.write(f"{operator.name} wählt hier ein Passwort (einmal, innerhalb von {days} Tagen):")
            self.stdout.write(password_link(operator))


def _add(email: str, name: str) -> User:
    given_name, family_name = split_name(name)
    if not family_name:
        raise CommandError(f'Diesen Zugang gibt es noch nicht. Bitte mit Namen: create_operator {email} "Vor Nachname"')
    try:
        return add_operator(email=email, given_name=given_name, family_name=family_name, now=timezone.now())
    except InvitationRefused as refusal:
        raise CommandError(str(refusal)) from None
