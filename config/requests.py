"""Each request gets a number, one line in the log, and is counted."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from config.logs import route_of
from tenants.log_context import work_at_hand, working_on
from tenants.metrics import count_request

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_USABLE_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


class RequestLogMiddleware:
    """Names the request in all lines that are logged meanwhile, and in its answer; then logs and counts it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun, number = time.perf_counter(), request_id_of(request)
        with working_on(request_id=number):
            response = self.get_response(request)
            response[HEADER] = number
            _tell(request, response, time.perf_counter() - begun)
        return response


def request_id_of(request: HttpRequest) -> str:
    """The number that a proxy before us gave the request, if it is a harmless one; otherwise a new one."""
    given = request.headers.get(HEADER, "")
    return given if _USABLE_ID.fullmatch(given) else uuid4().hex


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """The route, never the path or the query: they may tell about a person."""
    method = request.method if request.method in _METHODS else "OTHER"
    view, route, size = _view_of(request), route_of(request), _size_of(response)
    milliseconds = round(1000 * seconds, 1)
    count_request(town=work_at_hand().town, view=view, method=method, status=response.status_code, seconds=seconds)
    logger.info(
        "%s %s %s %s %s ms %s bytes",
        method,
        view,
        route or "-",
        response.status_code,
        milliseconds,
        "?" if size is None else size,
        extra={
            "fields": {
                "method": method,
                "view": view,
                "route": route or None,
                "status": response.status_code,
                "milliseconds": milliseconds,
                "bytes": size,
            }
        },
    )


def _view_of(request: HttpRequest) -> str:
    """One of a bounded number of names."""
    if request.resolver_match:
        return request.resolver_match.view_name
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"


def _size_of(response: HttpResponseBase) -> int | None:
    """Bytes of the body; None if it is not known before it is sent."""
    if isinstance(response, HttpResponse):
        return len(response.content)
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None
