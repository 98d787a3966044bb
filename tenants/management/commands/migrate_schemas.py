from typing import Any

from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

from tenants.context import as_owner


class Command(MigrateSchemasCommand):  # type: ignore[misc]  # django-tenants has no types
    """As django-tenants does it, with the owner's rights: no role of a request may change tables."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*arguments, **options)
