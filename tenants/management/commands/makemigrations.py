from typing import Any

from django.core.management.commands.makemigrations import Command as MakeMigrations

from tenants.context import as_owner


class Command(MakeMigrations):
    """Looks into the database too, which may be empty yet: there is no role for anybody but the owner."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*arguments, **options)
