"""The same without the wall, for comparison: django-tenants' own backend, as its documentation sets it up."""

from config.settings import DATABASES
from tests.load.hammer_settings import *  # noqa: F403 -- all of them

DATABASES["default"] |= {"ENGINE": "django_tenants.postgresql_backend", "CONN_MAX_AGE": 600}
del DATABASES["default"]["OPTIONS"]["pool"]
