"""Finds the town by the host of a request, before anything else asks the database."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render

from tenants.context import enter, leave
from tenants.hosts import is_behind, town_at

RETRY_SECONDS = 30  # after which a browser or a machine may ask again
GetResponse = Callable[[HttpRequest], HttpResponse]


class TownMiddleware:
    """Puts the town's schema before all tables, or answers that there is no town at this host.

    The operator's host works in `public` with URLs of its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        leave()
        host, _port = split_domain_port(request.get_host())
        if host == settings.OPERATOR_HOST:
            request.urlconf = settings.OPERATOR_URLCONF
            return self.get_response(request)
        town = town_at(host)
        if town is None:
            return render(request, "no_town.html", {"base_url": settings.BASE_URL}, status=404)
        if town.has_left:
            return render(request, "town_left.html", {"name": town.full_name}, status=410)
        if not town.is_reachable:
            return render(request, "town_paused.html", {"name": town.full_name}, status=503)
        if is_behind(town):
            response = render(request, "town_updating.html", {"name": town.full_name}, status=503)
            response["Retry-After"] = str(RETRY_SECONDS)
            return response
        enter(town)
        response = self.get_response(request)
        if town.is_trial:
            response["X-Robots-Tag"] = "noindex"
        return response
