"""A town's hosts."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.urls")),
    path("", include("submissions.urls")),
    path("", include("billing.urls")),
    path("rathaus/", include(("accounts.staff_urls", "staff"))),
]
handler404 = "townhall.error_pages.not_found"
handler500 = "townhall.error_pages.broken"
