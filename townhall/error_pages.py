"""Pages for what went wrong. Each says what to do now."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string

from tenants.context import has_town
from townhall.context import page_for_everybody, town_on_page
from townhall.shopfront import Shopfront, remembered, shopfront

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's form
    """400: what was sent cannot be read, usually because it is too large."""
    return _answer(request, "errors/400.html", "errors/400_operator.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's form
    """403: this person may not do that."""
    return _answer(request, "errors/403.html", "errors/403_operator.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's form
    """404: the page does not exist, or it is not this person's."""
    return _answer(request, "errors/404.html", "errors/404_operator.html", status=404)


def no_such_page(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """404 where the shopfront is at hand already."""
    return page_for_everybody(request, front, "errors/404.html", status=404)


def broken(_request: HttpRequest) -> HttpResponse:
    """500: our fault. Asks neither database nor session.

    The number ties what a person tells us to the log.
    """
    number = get_random_string(8, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    logger.error("answered with a broken page, number %s", number)
    front = remembered()
    context = {"number": number, "town": front and town_on_page(front)}
    return HttpResponse(render_to_string("errors/500.html", context), status=500)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is from another session, usually because somebody signed in meanwhile.

    Nothing that was typed is lost: if the form came from a page of ours, it can be sent once more from here.
    Another website could not make use of that, because the browser says where a form comes from.
    """
    logger.info("form token refused: %s", reason.partition(" - ")[0])  # what follows quotes addresses
    context = {
        "address": request.get_full_path(),
        "typed": _typed(request) if _came_from_here(request) else [],
        "had_files": bool(request.FILES),
        "csrf_token": get_token(request),
    }
    return _answer(request, "errors/form_too_old.html", "errors/form_too_old_operator.html", status=403, **context)


def _answer(request: HttpRequest, in_town: str, at_operator: str, *, status: int, **context: Any) -> HttpResponse:
    """A page in the town's clothes on a town's host, plain on the operator's."""
    if has_town():
        return page_for_everybody(request, shopfront(), in_town, status=status, **context)
    return HttpResponse(render_to_string(at_operator, context), status=status)


def _came_from_here(request: HttpRequest) -> bool:
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and value of everything that was sent, but the old token and passwords."""
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
