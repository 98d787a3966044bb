"""Several processes of the web server and the worker, as in production: they count together, and log in JSON."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from procrastinate.contrib.django import app
from prometheus_client.parser import text_string_to_metric_families

from config.local.configuration import Ports
from config.local.part import Part, answers_http
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.browsers import BROWSER
from tests.factories import make_submission
from tests.people import make_anna
from tests.processes import environment_of_a_process
from townhall.figures.measures import Measure
from townhall.models import Figure

TOKEN = "only-for-tests"
VISITS = 40
SAMPLES = 8  # enough for each of the two processes to be asked
NOTICE = "submissions.jobs.send_notice"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(tmp_path: Path, transactional_db: None) -> dict[str, str]:
    """Of processes that use this test's database. Nobody takes their mails."""
    return environment_of_a_process(
        EMAIL_URL="smtp://127.0.0.1:1",
        LOG_FORMAT="json",
        METRICS_TOKEN=TOKEN,
        PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"),
    )


@pytest.fixture
def web(environment: dict[str, str], tmp_path: Path) -> Iterator[Part]:
    """Two processes behind one port."""
    port = Ports.free().web
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--port", str(port)]
    command += ["--log-config", "config/granian_logs.json", "config.wsgi:application"]
    server = Part("Web", command, tmp_path / "web.log", lambda: answers_http(port, "/healthz"), environment)
    server.start()
    try:
        server.wait_until_ready()
        environment["WEB_PORT"] = str(port)
        yield server
    finally:
        server.ask_to_stop()
        server.make_sure_it_stopped(0)


def ask(environment: dict[str, str], path: str, host: str, agent: str = "") -> tuple[int, str]:
    """One request on a connection of its own, so that either process may get it."""
    visit = http.client.HTTPConnection("127.0.0.1", int(environment["WEB_PORT"]), timeout=30)
    headers = {"Host": host, "Authorization": f"Bearer {TOKEN}", "User-Agent": agent}
    visit.request("GET", path, headers=headers)
    answer = visit.getresponse()
    body = answer.read().decode()
    visit.close()
    return answer.status, body


def scraped(environment: dict[str, str]) -> dict[tuple[str, ...], float]:
    """What Prometheus gets, by name and values of the labels in the alphabetical order of their names."""
    status, body = ask(environment, "/metrics", "10.0.0.7")
    assert status == 200
    return {
        (sample.name, *(value for _label, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def run_worker(environment: dict[str, str]) -> list[dict[str, Any]]:
    """Let the worker do what is due. Returns its log."""
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
    ran = subprocess.run(
        command, cwd=settings.ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]


def test_all_processes_count_together_whoever_is_asked(lage: Town, environment: dict[str, str], web: Part) -> None:
    for _visit in range(VISITS):
        assert ask(environment, "/hilfe/", "lage.localhost")[0] == 200
    queue_jobs(lage)
    log = run_worker(environment)

    told = [scraped(environment) for _sample in range(SAMPLES)]

    pids = {re.sub(r"\D", "", file.stem) for file in Path(environment["PROMETHEUS_MULTIPROC_DIR"]).glob("counter_*")}
    assert len(pids) == 3  # two of the web server, one of the worker
    for figures in told:
        assert figures["stadttor_requests_total", "read", "2xx", "lage"] == VISITS
        assert figures["stadttor_request_seconds_count", "townhall:help"] == VISITS
        assert figures["stadttor_jobs_total", "succeeded", NOTICE] == 1
        assert figures["stadttor_jobs_total", "retried", NOTICE] == 1
        assert figures["stadttor_jobs_total", "failed", NOTICE] == 1
        assert figures["stadttor_job_seconds_count", NOTICE] == 3
        assert figures["stadttor_mails_total", "failed", "lage"] == 1
        assert figures["stadttor_jobs_given_up", NOTICE] == 1
        assert figures["stadttor_database_answers",] == 1
    assert_the_worker_told_what_it_did(log)
    assert_the_web_server_told_what_it_did(web.log)


def test_what_all_processes_have_counted_is_written_when_they_are_asked_to_stop(
    lage: Town, environment: dict[str, str], web: Part
) -> None:
    for _visit in range(VISITS):
        assert ask(environment, "/leistungen/hund-anmelden/", "lage.localhost", BROWSER)[0] == 200
    with in_town(lage):
        before = Figure.objects.count()
    web.ask_to_stop()
    web.make_sure_it_stopped(time.monotonic() + 20)

    with in_town(lage):
        seen = list(Figure.objects.filter(measure=Measure.SEEN).values_list("service_key", "number"))
    assert (before, seen) == (0, [("hund-anmelden", VISITS)])


def queue_jobs(lage: Town) -> None:
    """One that succeeds, because there is no address; one whose mail nobody takes; one of a town that is gone."""
    with in_town(lage):
        anna = make_anna()
        for email in ("", "anna@post.example"):
            make_submission(anna, email=email)  # queues the notice that it was received
    with at_operator():
        app.configure_task(NOTICE).defer(town="gone", submission="anna@post.example", notice="received")


def assert_the_worker_told_what_it_did(log: list[dict[str, Any]]) -> None:
    jobs = [entry for entry in log if entry["logger"] == "config.worker"]
    told = sorted(
        (entry["outcome"], entry["level"], entry["town"], entry.get("exception", {}).get("type"))
        for entry in jobs
        if entry["task"] == NOTICE
    )
    assert told == [
        ("failed", "ERROR", "gone", "tenants.jobs.TownIsGone"),
        ("retried", "WARNING", "lage", "ConnectionRefusedError"),
        ("succeeded", "INFO", "lage", None),
    ]
    assert len({entry["job_id"] for entry in jobs}) == len(jobs)
    assert "anna" not in json.dumps(log)


def assert_the_web_server_told_what_it_did(log: Path) -> None:
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    visits = [entry for entry in entries if entry["logger"] == "config.requests"]
    assert [(entry["town"], entry["view"]) for entry in visits] == [("lage", "townhall:help")] * VISITS
    assert len({entry["request_id"] for entry in visits}) == VISITS
