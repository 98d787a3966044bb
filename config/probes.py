"""What machines ask about us. They ask at any host, also by IP address, so it is answered before a town is looked up.

`/healthz`: does this process answer? `/readyz`: can it serve people? `/metrics`: see `config.metrics`.
"""

import logging
from collections.abc import Callable
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import Error, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalogue.models import Release, ReleaseState
from config.metrics import metrics
from tenants.context import at_operator

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing, least of all the database: a restart would not bring that back."""
    return JsonResponse({"alive": True})


@never_cache
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """200 if people can be served; otherwise 503, and `missing` says in German what is wrong and how to mend it."""
    missing = what_is_missing()
    if missing:
        logger.warning("not ready: %s", missing)
    return JsonResponse(
        {"ready": not missing, "missing": missing or None},
        status=503 if missing else 200,
        json_dumps_params={"ensure_ascii": False},
    )


def what_is_missing() -> str:
    """The first thing that must be mended before people can be served, in German; empty if there is none."""
    try:
        with at_operator():
            if count := len(_shipped_migrations() - _applied_migrations()):
                return ngettext(
                    "In der Datenbank fehlt %(count)d Migration. Bitte führen Sie aus: manage.py migrate_towns",
                    "In der Datenbank fehlen %(count)d Migrationen. Bitte führen Sie aus: manage.py migrate_towns",
                    count,
                ) % {"count": count}
            if not Release.objects.filter(state=ReleaseState.RELEASED).exists():
                return _("Es ist kein Leistungskatalog freigegeben. Bitte führen Sie aus: manage.py import_library")
    except Error as problem:
        logger.error("the database does not answer: %s", problem)
        return _("Die Datenbank antwortet nicht.")
    return ""


@cache
def _shipped_migrations() -> frozenset[tuple[str, str]]:
    """App and name of all migrations of `public` that belong to this version. They are files: they do not change."""
    labels = {config.label for config in apps.get_app_configs() if config.name in settings.SHARED_APPS}
    return frozenset(key for key in MigrationLoader(None).disk_migrations if key[0] in labels)


def _applied_migrations() -> set[tuple[str, str]]:
    try:
        return set(MigrationRecorder(connection).migration_qs.values_list("app", "name"))
    except ProgrammingError:  # a database in which nobody has migrated anything: even this table is not there
        return set()


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": alive, "/readyz": ready, "/metrics": metrics}


class ProbeMiddleware:
    """Answers the probes, and gives everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return PROBES.get(request.path_info, self.get_response)(request)
