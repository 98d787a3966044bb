from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants import checks  # noqa: F401 -- these two register their checks
        from tenants.fleet import expansion  # noqa: F401

        post_migrate.connect(_build_the_wall, sender=self)


def _build_the_wall(**_signal: Any) -> None:
    """After each migration of a schema: whatever tables it has now, the wall stands around them."""
    from django.db import connection

    from tenants import wall
    from tenants.context import as_owner

    database = connection.settings_dict["NAME"]
    schema = connection.schema_name  # type: ignore[attr-defined]  # django-tenants
    with as_owner(), connection.cursor() as cursor:
        if schema == wall.PUBLIC:
            wall.build_around_public(cursor, database)
        else:
            wall.build_around_town(cursor, database, schema, wall.tables_of(cursor, schema))
