"""`migrate` is `migrate_schemas`, for Django's own test runner and habit."""

from tenants.management.commands.migrate_schemas import Command

__all__ = ["Command"]
