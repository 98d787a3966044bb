"""Pages for what went wrong. Each says what to do now."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import get_random_string

from tenants.context import has_town

logger = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the page does not exist, or it is not this person's."""
    return render(request, "errors/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault. Needs no database; the number ties what a person tells us to the log."""
    number = get_random_string(8, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    logger.error("answered with a broken page, number %s, path %s", number, request.path)
    return render(request, "errors/500.html", {"number": number}, status=500)


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is from another session, usually because somebody signed in meanwhile."""
    logger.info("form token refused: %s", reason)
    template = "errors/form_too_old.html" if has_town() else "errors/form_too_old_operator.html"
    return render(request, template, {"address": request.get_full_path()}, status=403)
