"""How a line of the log looks, as text or as JSON. Values that might tell about a person never get into one.

Nobody can check each message of each library. So this is done with all of them:

* Of an exception only its type and its way through the code are told. Its text may quote what somebody typed:
  PostgreSQL repeats the row that it refuses, mail servers the address.
* Among the arguments of a message, exceptions that are not ours, rows and requests are named by their type only.
* Where a message of Django's names the path of a request, the route stands instead.
* A message is one line.
"""

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.db.models import Model
from django.http import HttpRequest

from tenants.log_context import work_at_hand

OUR_ROOMS = frozenset(
    ["accounts", "billing", "catalogue", "config", "operations", "submissions", "templates", "tenants", "townhall"]
)


class Line(logging.Formatter):
    """For reading: `2026-11-16 09:30:00,000 INFO config.requests [lage request 4f0c]: GET townhall:home …`."""

    def format(self, record: logging.LogRecord) -> str:
        work = work_at_hand()
        parts = (work.town, work.request_id and f"request {work.request_id}", work.job_id and f"job {work.job_id}")
        place = " ".join(filter(None, parts))
        line = f"{self.formatTime(record)} {record.levelname} {record.name}"
        line += f" [{place}]: {message_of(record)}" if place else f": {message_of(record)}"
        error = _exception_of(record)
        return f"{line}\n{trace_of(error)}" if error else line


class JsonLine(logging.Formatter):
    """For machines: one JSON object. Fields given as `extra={"fields": {…}}` are added."""

    def format(self, record: logging.LogRecord) -> str:
        work = work_at_hand()
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "town": work.town or None,
            "request_id": work.request_id or None,
            "job_id": work.job_id or None,
        }
        if error := _exception_of(record):
            entry["exception"] = {"type": _name_of(error), "traceback": trace_of(error)}
        return json.dumps(entry | getattr(record, "fields", {}), ensure_ascii=False)


class OnlyWithException(logging.Filter):
    """For `django.request`: that an answer was 404 or 503 says the line of the request already."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class NotTheOutcomeOfJobs(logging.Filter):
    """For procrastinate, which quotes the arguments of jobs: `config.worker` says how they ended."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(getattr(record, "action", "")).startswith("job_")


# --- Without values ----------------------------------------------------------------------------------------


def message_of(record: logging.LogRecord) -> str:
    """The message of a record in one line, without values that might tell about a person."""
    if record.name.startswith("django.security."):  # quotes what was sent
        return f"refused: {record.name.rpartition('.')[2]}"
    request = getattr(record, "request", None)
    arguments: Any = record.args
    if isinstance(arguments, dict):
        arguments = {name: _bare(value, request) for name, value in arguments.items()}
    elif arguments:
        arguments = tuple(_bare(value, request) for value in arguments)
    text = str(_bare(record.msg, request))
    try:
        message = text % arguments if arguments else text
    except (TypeError, ValueError):  # a mistake in the message must not lose it
        message = text
    return next(iter(message.splitlines()), "")


def _bare(value: object, request: object) -> object:
    """The value, or what it is, if it might tell about a person."""
    if isinstance(value, BaseException):
        is_ours = type(value).__module__.split(".")[0] in OUR_ROOMS
        return value if is_ours or _quotes_nothing(value) else _name_of(value)
    if isinstance(value, Model):
        return f"{value._meta.label} {value.pk}"
    if isinstance(value, HttpRequest):
        return route_of(value)
    if isinstance(request, HttpRequest) and value in (request.path, request.get_full_path()):
        return route_of(request)
    return value


def _quotes_nothing(problem: BaseException) -> bool:
    """What a database says when it cannot be reached, and the refusals of signing in. Those derived quote paths."""
    is_of_database = isinstance(problem, psycopg.OperationalError | OperationalError)
    return is_of_database or type(problem) is SuspiciousOperation


def route_of(request: HttpRequest) -> str:
    """The pattern of the address that was asked for, without what stands for its blanks; empty if there is none."""
    return f"/{request.resolver_match.route}" if request.resolver_match else ""


def trace_of(error: BaseException) -> str:
    """An exception and what led to it: each one's way through the code and its type, not its text."""
    steps = [f"{''.join(traceback.format_tb(one.__traceback__))}{_name_of(one)}" for one in _chain(error)]
    return "\nwhich led to\n".join(reversed(steps))


def _chain(error: BaseException) -> Iterator[BaseException]:
    following: BaseException | None = error
    while following:
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _exception_of(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _name_of(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
