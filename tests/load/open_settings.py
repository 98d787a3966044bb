"""The same without the wall, as fast as it can be: the same pool, the search path set once a request, no roles."""

from config.settings import DATABASES
from tests.load.hammer_settings import *  # noqa: F403 -- all of them

DATABASES["default"]["ENGINE"] = "django_tenants.postgresql_backend"
DATABASES["default"]["OPTIONS"]["options"] = "-c role=none"
TENANT_LIMIT_SET_CALLS = True
