from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actions import AccessRefused, InvitationRefused, change_access, forget_second_factor, invite_operator
from accounts.models import Kind, OperatorRole, User
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
        parser.add_argument(
            "--role",
            action="append",
            choices=OperatorRole.values,
            default=[],
            help="what she may do; several times for several. Without: all, or what somebody known may do already",
        )
        parser.add_argument("--new-app", action="store_true", help="forget the app of somebody whose phone is lost")

    def handle(self, *_args: Any, email: str, name: str, role: list[str], new_app: bool, **_options: Any) -> None:
        with at_operator():
            roles = [OperatorRole(one) for one in dict.fromkeys(role)]
            known = User.objects.filter(login=email.strip().lower(), kind=Kind.OPERATOR).first()
            operator = known or _invite(email, name, roles or list(OperatorRole))
            if known and roles:
                _give(known, roles)
            if new_app:
                forget_second_factor(user=operator, by=None, now=timezone.now())
            days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
            self.stdout.write(f"{operator.name} wählt hier ein Passwort (einmal, innerhalb von {days} Tagen):")
            self.stdout.write(password_link(operator))
            self.stdout.write(f"Darf: {', '.join(operator.role_labels)}")


def _invite(email: str, name: str, roles: list[OperatorRole]) -> User:
    given_name, family_name = split_name(name)
    if not family_name:
        raise CommandError(f'Diesen Zugang gibt es noch nicht. Bitte mit Namen: create_operator {email} "Vor Nachname"')
    try:
        return invite_operator(
            email=email,
            given_name=given_name,
            family_name=family_name,
            roles=roles,
            by=None,
            now=timezone.now(),
            by_mail=False,
        )
    except InvitationRefused as refusal:
        raise CommandError(str(refusal)) from None


def _give(operator: User, roles: list[OperatorRole]) -> None:
    """Other roles for somebody who is known; whoever was locked out may come in again."""
    try:
        change_access(user=operator, roles=roles, is_active=True, by=None, now=timezone.now())
    except AccessRefused as refusal:
        raise CommandError(str(refusal)) from None
