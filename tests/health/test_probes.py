"""Load balancers ask whether we live and whether we can serve people."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalogue.models import Release, ReleaseState
from tenants.context import at_operator, enter, has_town
from tenants.models import Town
from tests.people import TownClient

HOSTS = ["lage.localhost", "betrieb.localhost", "10.0.0.7:8000", "[::1]", "unbekannt.example", "not a host"]


def alive(host: str) -> tuple[int, object]:
    answer = Client(headers={"host": host}).get("/healthz")
    return answer.status_code, answer.json()


def ready(host: str = "10.0.0.7") -> tuple[int, object]:
    answer = Client(headers={"host": host}).get("/readyz")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("host", HOSTS)
def test_it_lives_at_any_host_and_asks_no_database(host: str) -> None:
    assert alive(host) == (200, {"alive": True})  # this test may not use the database


@pytest.mark.parametrize("host", HOSTS)
def test_it_is_ready_at_any_host(db: None, host: str) -> None:
    assert ready(host) == (200, {"ready": True, "missing": None})


def test_whoever_asks_without_tls_is_answered_and_not_led_elsewhere(db: None, settings: object) -> None:
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]

    assert (alive("10.0.0.7")[0], ready()[0]) == (200, 200)


def test_it_is_not_ready_while_a_migration_is_missing(db: None) -> None:
    with at_operator():
        MigrationRecorder(connection).migration_qs.filter(app="catalogue", name="0001_initial").delete()

    missing = "In der Datenbank fehlt 1 Migration. Bitte führen Sie aus: manage.py migrate_towns"
    assert ready() == (503, {"ready": False, "missing": missing})


def test_migrations_of_a_newer_version_do_not_matter_to_an_older_one(db: None) -> None:
    with at_operator():
        MigrationRecorder(connection).migration_qs.create(app="catalogue", name="9999_of_the_next_version")

    assert ready()[0] == 200


def test_it_is_not_ready_without_a_released_catalogue(db: None) -> None:
    with at_operator():
        Release.objects.filter(state=ReleaseState.RELEASED).update(state=ReleaseState.SUPERSEDED)

    missing = "Es ist kein Leistungskatalog freigegeben. Bitte führen Sie aus: manage.py import_library"
    assert ready() == (503, {"ready": False, "missing": missing})


def test_it_is_asked_in_public_whatever_the_request_before_has_left(lage: Town) -> None:
    enter(lage)

    assert ready()[0] == 200
    assert has_town()  # as it was


def test_asking_often_costs_two_queries(db: None) -> None:
    ready()

    with CaptureQueriesContext(connection) as captured:
        ready()

    assert ["django_migrations" in captured[0]["sql"], "catalogue_release" in captured[1]["sql"]] == [True, True]
    assert len(captured) == 2


def test_only_questions_are_answered(visitor: TownClient) -> None:
    assert [visitor.post(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [405, 405, 405]


def test_answers_are_not_kept_by_caches(visitor: TownClient) -> None:
    assert all("no-store" in visitor.get(path)["Cache-Control"] for path in ("/healthz", "/readyz"))


def test_a_process_without_its_database_lives_but_is_not_ready() -> None:
    """A process of its own, with a database address where nothing answers."""
    program = """
import json, django
django.setup()
from django.test import Client
print(json.dumps([[answer.status_code, answer.json()] for answer in map(Client().get, ["/healthz", "/readyz"])]))
"""
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"}

    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert json.loads(ran.stdout) == [
        [200, {"alive": True}],
        [503, {"ready": False, "missing": "Die Datenbank antwortet nicht."}],
    ]
    assert "ERROR config.probes" in ran.stderr
