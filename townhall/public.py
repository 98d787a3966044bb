"""Public pages are the same for everybody: rendered once for each version and part of the day, answered from memory.

A part of the day ends when an office opens or closes: "Jetzt geöffnet" is part of the pages. So is what the operator
announces, while it lasts.
"""

import functools
import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from tenants import announcements
from townhall.error_pages import no_such_page
from townhall.figures import counting
from townhall.figures.counting import Seen
from townhall.shopfront import Shopfront, recent_shopfront, shopfront

P = ParamSpec("P")
KEPT_FOR = 24 * 60 * 60  # seconds
LONGEST_ADDRESS = 300  # characters; whatever is longer is not kept
TAKES_GZIP = re.compile(r"\bgzip\b")


@dataclass(frozen=True)
class KeptPage:
    """A page as it lies in memory: compressed once for all who ask."""

    status: int
    compressed: bytes  # gzip
    content_type: str
    etag: str
    location: str  # where it leads on to; empty if it is a page itself
    seen: Seen | None  # what looking at it counts as; None: nothing

    @classmethod
    def of(cls, answer: HttpResponse, seen: Seen | None) -> "KeptPage":
        etag = f'W/"{hashlib.sha256(answer.content).hexdigest()[:24]}"'
        return cls(
            status=answer.status_code,
            compressed=gzip.compress(answer.content, mtime=0),
            content_type=answer["Content-Type"],
            etag=etag,
            location=answer.get("Location", ""),
            seen=seen,
        )

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """The page for this browser, or that it has not changed since the browser asked last."""
        if TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")):
            answer = HttpResponse(self.compressed, content_type=self.content_type, status=self.status)
            answer["Content-Encoding"] = "gzip"
        else:
            content = gzip.decompress(self.compressed)
            answer = HttpResponse(content, content_type=self.content_type, status=self.status)
        if self.location:
            answer["Location"] = self.location
        answer["ETag"] = self.etag
        answer["Cache-Control"] = "no-cache"
        patch_vary_headers(answer, ["Accept-Encoding"])
        return get_conditional_response(request, etag=self.etag, response=answer) or answer


def public_page(
    view: Callable[Concatenate[HttpRequest, Shopfront, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page that depends on nothing but its address, the town, the catalogue and the part of the day.

    The view gets the shopfront and must not look at session or user. Browsers ask each time and are told by
    ETag that nothing has changed. Who has a session may have changed something: she sees the newest, others what was
    there a second ago.
    """

    @functools.wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        front = shopfront() if settings.SESSION_COOKIE_NAME in request.COOKIES else recent_shopfront()
        address = f"{request.get_host()}{request.get_full_path()}"
        key = _key(address, front, timezone.localtime())
        kept: KeptPage | None = cache.get(key)
        if kept is None:
            rendered = _rendered(request, front, *args, **kwargs)
            kept = KeptPage.of(rendered, _seen(request, rendered))
            # Nothing that has begun or ended while the page was made may be kept under what was before.
            if len(address) <= LONGEST_ADDRESS and key == _key(address, front, timezone.localtime()):
                cache.set(key, kept, KEPT_FOR)
        if kept.seen:
            counting.count(request, kept.seen)
        return kept.answer(request)

    def _rendered(request: HttpRequest, front: Shopfront, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            answer = view(request, front, *args, **kwargs)
        except Http404:  # the shopfront is at hand here; the handler of the site would ask for it once more
            return no_such_page(request, front)
        if isinstance(answer, SimpleTemplateResponse):  # those of Django REST framework wait to be rendered
            answer.render()
        return answer

    return require_safe(page)  # type: ignore[return-value]


@dataclass(frozen=True)
class SearchResult:
    """What somebody searched for, and whether there was anything."""

    query: str
    is_found: bool


def with_search(page: HttpResponse, result: SearchResult) -> HttpResponse:
    """The page of a search, which counts as one."""
    page.search_result = result  # type: ignore[attr-defined]  # read by `_seen`
    return page


def _seen(request: HttpRequest, answer: HttpResponse) -> Seen | None:
    """What looking at a page counts as: one that is found and made for people."""
    match = request.resolver_match
    if match is None or answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
        return None
    page = match.url_name or ""
    found: SearchResult | None = getattr(answer, "search_result", None)
    return Seen(
        page,
        service_key=match.kwargs["key"] if page == "service" else "",
        is_search=found is not None,
        fruitless=found.query if found and not found.is_found else "",
    )


def _key(address: str, front: Shopfront, now: datetime) -> str:
    """What a page is kept under."""
    moment = f"{now.date()} {front.part_of_day(now)}"
    said = [(one.when, one.text) for one in announcements.for_citizens(front.town, now=now)]
    return "page:" + hashlib.sha256(f"{address} {front.version} {moment} {said}".encode()).hexdigest()
