"""A small site for the design tests: the styleguide, and names for all addresses that the frame links to.

Needs no database and no town.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import override_settings
from django.urls import include, path

from templates import styleguide
from townhall import theme

BRAND = "#14694f"

SUGGESTIONS = [
    {"title": "Hund anmelden", "kind": "Leistung", "url": "/ziel/"},
    {"title": "Hund abmelden", "kind": "Leistung", "url": "/ziel/?abmelden"},
]


def page(request: HttpRequest, **_arguments: str) -> HttpResponse:
    return HttpResponse("<!DOCTYPE html><html lang=de><title>Ziel</title><main>Ziel</main></html>")


def suggestions(request: HttpRequest) -> JsonResponse:
    return JsonResponse(SUGGESTIONS if request.GET["q"].startswith("Hun") else [], safe=False)


def theme_css(request: HttpRequest, digest: str) -> HttpResponse:
    return HttpResponse(theme.css(BRAND), content_type="text/css")


def crest(request: HttpRequest) -> HttpResponse:
    return HttpResponse(theme.crest_svg("L", BRAND), content_type="image/svg+xml")


def town(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the town as templates see it."""
    return {
        "town": SimpleNamespace(
            name="Lage",
            full_name="Stadt Lage",
            kind="Stadt",
            claim_line="Offizielle Website der Stadt Lage",
            theme_url=f"/farben-{theme.digest(BRAND)}.css",
            crest_url="/wappen.svg",
            address=SimpleNamespace(street="Am Drawen Hof 1", postal_code="32791", city="Lage"),
            phone="05232 601-0",
            email="stadt@lage.example",
        )
    }


def _names(namespace: str, *names: str) -> Any:
    routes = [path(f"{namespace}/{name}/", page, name=name) for name in names]
    return path("", include((routes, namespace)))


urlpatterns = [
    path("bausteine/", include("templates.styleguide")),
    path("ziel/", page),
    path("wappen.svg", crest),
    path("farben-<str:digest>.css", theme_css),
    path(
        "",
        include(
            (
                [
                    path("", page, name="home"),
                    path("vorschlaege/", suggestions, name="suggestions"),
                    *(
                        path(f"{name}/", page, name=name)
                        for name in (
                            "services", "search", "offices", "help", "imprint", "privacy", "accessibility",
                            "report_barrier",
                        )
                    ),
                ],
                "townhall",
            )
        ),
    ),
    _names("submissions", "mine"),
    _names("accounts", "sign_out"),
    _names("staff", "sign_out", "start"),
]  # fmt: skip


@contextmanager
def served() -> Iterator[None]:
    """Settings for this site: its addresses, its town, only the middleware that the pages need."""
    templates: Any = deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["context_processors"] = [
        "django.template.context_processors.request",
        "tests.design.site.town",
    ]
    middleware = ["csp.middleware.CSPMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
    with override_settings(TEMPLATES=templates, ROOT_URLCONF="tests.design.site", MIDDLEWARE=middleware):
        yield


PAGES = [f"/bausteine/{route.pattern}" for route in styleguide.urlpatterns]
