"""What a line of the log tells: town, request, job, what happened. And what it does not tell."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation, SuspiciousOperation
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing.providers.contract import ProviderUnreachable
from config.logs import JsonLine
from tenants.context import in_town
from tenants.log_context import work_at_hand, working_on
from tenants.models import Town
from tests.health.capture import Log
from tests.people import MONDAY, Browser, TownClient, make_anna
from townhall import views

logger = logging.getLogger("tests.health")


def entries(log: Log) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.json.splitlines()]


def requests_in(log: Log) -> list[dict[str, Any]]:
    return [entry for entry in entries(log) if entry["logger"] == "config.requests"]


# --- Lines of requests -------------------------------------------------------------------------------------


def test_each_request_is_one_line_with_route_and_town(visitor: TownClient, log: Log) -> None:
    answer = visitor.get("/leistungen/hund-anmelden/?von=suche")

    [line] = log.text.splitlines()
    [entry] = entries(log)
    number = answer["X-Request-ID"]
    pattern = rf"\S+ \S+ INFO config.requests \[lage request {number}\]: (.*)"
    told = re.fullmatch(pattern, line)
    assert told
    assert told[1] == entry["message"]
    assert entry | {"time": "", "milliseconds": 0, "message": ""} == {
        "time": "",
        "level": "INFO",
        "logger": "config.requests",
        "message": "",
        "town": "lage",
        "request_id": number,
        "job_id": None,
        "method": "GET",
        "view": "townhall:service",
        "route": "/leistungen/<slug:key>/",
        "status": 200,
        "milliseconds": 0,
        "bytes": len(answer.content),
    }
    assert entry["message"] == (
        f"GET townhall:service /leistungen/<slug:key>/ 200 {entry['milliseconds']} ms {entry['bytes']} bytes"
    )
    assert 0 < entry["milliseconds"] < 60_000


def test_the_time_is_in_utc(visitor: TownClient, log: Log) -> None:
    visitor.get("/")

    [entry] = entries(log)
    time = datetime.fromisoformat(entry["time"])
    assert time.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - time) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("host", "path", "town", "view", "status"),
    [
        ("lage.localhost", "/gibt-es-nicht/anna-schroeder/", "lage", "none", 404),
        ("betrieb.localhost", "/", None, "operations:towns", 302),
        ("unbekannt.localhost", "/anna-schroeder/", None, "none", 404),
        ("lage.localhost", "/static/tenants/nothing.css", "lage", "static", 404),
    ],
)
def test_pages_that_are_none_have_lines_too(
    lage: Town, log: Log, host: str, path: str, town: str | None, view: str, status: int
) -> None:
    Browser(host).get(path)

    [entry] = requests_in(log)
    assert (entry["town"], entry["view"], entry["status"]) == (town, view, status)
    assert "schroeder" not in log.text + log.json


def test_a_town_that_is_paused_has_lines_too(lage: Town, log: Log) -> None:
    Town.objects.filter(pk=lage.pk).update(state="suspended")

    TownClient(lage).get("/")

    assert [(entry["town"], entry["status"]) for entry in entries(log)] == [(None, 503)]


def test_probes_have_no_lines(visitor: TownClient, log: Log) -> None:
    visitor.get("/healthz")
    visitor.get("/readyz")

    assert log.text == ""


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("4f0c2e1a-99aa", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("anna@post.example", False),
        ("eins zwei", False),
        ("٣٤", False),
        ("abc\n", False),
    ],
)
def test_a_number_of_the_proxy_is_taken_if_it_is_harmless(db: None, given: str, is_taken: bool) -> None:
    number = Client().get("/", headers={"host": "unbekannt.localhost", "x-request-id": given})["X-Request-ID"]

    assert (number == given) is is_taken
    assert re.fullmatch("[A-Za-z0-9-]{1,64}", number)


def test_numbers_differ_and_do_not_outlive_their_request(visitor: TownClient) -> None:
    numbers = {visitor.get("/")["X-Request-ID"] for _visit in range(3)}

    assert len(numbers) == 3
    assert work_at_hand().request_id == ""


# --- Town, request and job ---------------------------------------------------------------------------------


def test_lines_name_the_town_at_work(lage: Town, detmold: Town, log: Log) -> None:
    with working_on(town="lage", job_id="7"):
        for town in (lage, detmold):
            with in_town(town):
                logger.info("in a town")
        logger.info("between towns")
    logger.info("afterwards")

    assert [(entry["town"], entry["job_id"]) for entry in entries(log)] == [
        ("lage", "7"),
        ("detmold", "7"),
        ("lage", "7"),
        (None, None),
    ]
    assert "[detmold job 7]: in a town" in log.text
    assert log.text.endswith("INFO tests.health: afterwards\n")


# --- Without values ----------------------------------------------------------------------------------------


def fail_with_values(*_arguments: Any, **_keywords: Any) -> None:
    """Somebody's data in an exception, and in the one that led to it."""
    try:
        raise ValueError("anna@post.example")
    except ValueError as problem:
        raise RuntimeError("Anna Schröder") from problem


def test_an_exception_tells_its_type_and_its_way_but_no_values(log: Log) -> None:
    try:
        fail_with_values()
    except RuntimeError:
        logger.exception("it failed")

    [entry] = entries(log)
    trace = entry["exception"]["traceback"]
    assert entry["exception"]["type"] == "RuntimeError"
    assert [line for line in trace.splitlines() if not line.startswith(" ")] == [
        "ValueError",
        "which led to",
        "RuntimeError",
    ]
    assert "in fail_with_values" in trace
    assert trace in log.text
    shown = re.sub(r"    raise .*", "", log.text)  # a line of code, which here holds the value
    assert "Anna" not in shown
    assert "anna" not in shown


def create_and_log(row: dict[str, Any]) -> None:
    try:
        User.objects.create(**row)
    except IntegrityError as problem:
        logger.exception("refused: %s", problem)
        raise


def test_a_row_that_the_database_refuses_is_not_repeated(in_lage: Town, log: Log) -> None:
    row = {"kind": "citizen", "login": "bernadette", "email": "bernadette@post.example", "created_at": MONDAY}

    with pytest.raises(IntegrityError, match="bernadette"), transaction.atomic():
        create_and_log(row)

    assert "refused: django.db.utils.IntegrityError" in log.text
    assert "psycopg.errors.CheckViolation" in log.text
    assert "bernadette" not in log.text + log.json


def test_rows_requests_and_foreign_exceptions_are_named_by_their_kind(in_lage: Town, log: Log) -> None:
    anna = make_anna()
    request = HttpRequest()
    request.path = "/anna/"

    logger.info("%s, %s, %s", anna, request, OSError("anna@post.example"))
    logger.info(ValueError("anna"))
    logger.info("%(who)s", {"who": anna})
    logger.info("%s", SuspiciousFileOperation("/media/anna.pdf"))

    assert [entry["message"] for entry in entries(log)] == [
        f"accounts.User {anna.pk}, , OSError",
        "ValueError",
        f"accounts.User {anna.pk}",
        "django.core.exceptions.SuspiciousFileOperation",
    ]


def test_what_helps_the_operator_and_names_nobody_stays(log: Log) -> None:
    logger.info("%s", ProviderUnreachable("ConnectTimeout"))
    logger.info("%s", SuspiciousOperation("id token: meant for others too"))
    logger.info("%s", OperationalError("connection refused\n\tIs the server running?"))

    messages = [entry["message"] for entry in entries(log)]
    assert messages == ["ConnectTimeout", "id token: meant for others too", "connection refused"]


def test_nobody_can_write_lines_of_his_own_into_the_log(log: Log) -> None:
    logger.info("host %s", "evil\n2026-11-16 09:30:00 INFO config.requests: GET / 200")

    assert len(log.text.splitlines()) == len(log.json.splitlines()) == 1


def test_a_wrong_message_is_not_lost() -> None:
    record = logging.makeLogRecord({"name": "tests", "msg": "one %s and another %s", "args": ("only one",)})

    assert json.loads(JsonLine().format(record))["message"] == "one %s and another %s"


def test_a_broken_page_is_told_once_with_route_and_number(
    lage: Town, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "page_for_everybody", fail_with_values)
    visitor = TownClient(lage, raise_request_exception=False)

    answer = visitor.get(reverse("townhall:service", args=["hund-anmelden"]))

    told, fault, line = entries(log)
    assert fault["logger"] == "django.request"
    assert fault["message"] == "Internal Server Error: /leistungen/<slug:key>/"
    assert fault["exception"]["type"] == "RuntimeError"
    assert told["message"].startswith("answered with a broken page, number ")
    assert line["status"] == 500
    assert {entry["request_id"] for entry in entries(log)} == {answer["X-Request-ID"]}
    assert {entry["town"] for entry in entries(log)} == {"lage"}
    assert "hund-anmelden" not in log.text + log.json


def test_pages_that_are_missing_or_closed_are_no_errors(visitor: TownClient, log: Log) -> None:
    visitor.get("/gibt-es-nicht/")
    visitor.post("/")

    assert {entry["logger"] for entry in entries(log)} == {"config.requests"}
    assert User.objects.count() == 0
