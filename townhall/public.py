"""Public pages are the same for everybody: rendered once a minute and version, then answered from memory."""

import functools
import hashlib
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.views.decorators.http import require_safe

from townhall.shopfront import Shopfront, shopfront

P = ParamSpec("P")
KEPT_FOR = 120  # seconds; opening hours ("Jetzt geöffnet") are part of the pages
LONGEST_ADDRESS = 300  # characters; whatever is longer is not kept


def public_page(
    view: Callable[Concatenate[HttpRequest, Shopfront, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page that depends on nothing but its address, the town, the catalogue and the minute.

    The view gets the shopfront and must not look at session or user. Browsers ask each time and are told by ETag
    that nothing has changed.
    """

    @functools.wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        front = shopfront()
        minute = timezone.now().strftime("%Y%m%d%H%M")
        address = f"{request.get_host()}{request.get_full_path()}"
        key = "page:" + hashlib.sha256(f"{address} {front.version} {minute}".encode()).hexdigest()
        kept: tuple[int, bytes, str, str] | None = cache.get(key)
        if kept is None:
            answer = view(request, front, *args, **kwargs)
            etag = f'W/"{hashlib.sha256(answer.content).hexdigest()[:24]}"'
            kept = answer.status_code, answer.content, answer["Content-Type"], etag
            if len(address) <= LONGEST_ADDRESS:
                cache.set(key, kept, KEPT_FOR)
        return _answer(request, *kept)

    return require_safe(page)  # type: ignore[return-value]


def _answer(request: HttpRequest, status: int, content: bytes, content_type: str, etag: str) -> HttpResponse:
    answer: HttpResponse
    if request.headers.get("If-None-Match") == etag and status == 200:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(content, content_type=content_type, status=status)
    answer["ETag"] = etag
    answer["Cache-Control"] = "no-cache"
    return answer
