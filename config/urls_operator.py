"""The operator's host."""

from django.urls import URLPattern, URLResolver, include, path

from accounts import views as accounts_views
from billing.webhooks import views as webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("anmelden/zurueck/", accounts_views.hand_on, name="central_return"),
    path("abgemeldet/", accounts_views.hand_on, name="central_signed_out"),
    path("webhooks/stripe/", webhooks.stripe_event, name="stripe_event"),
    path("konto/", include(("accounts.staff_urls", "staff"))),
    path("", include("operations.urls")),
]
handler404 = "townhall.error_pages.not_found"
handler500 = "townhall.error_pages.broken"
