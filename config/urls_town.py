"""A town's hosts."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.tokens.api import nothing_here
from config.schema import schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("townhall.urls")),
    path("api/v1/schema/", schema, name="schema"),
    path("api/v1/", include("townhall.api_urls")),
    path("api/v1/submissions/", include("submissions.casework.api_urls")),
    path("api/v1/payments/", include("billing.api_urls")),
    re_path(r"^api/v1/(.*/|.*\.\w+)?$", nothing_here),
    path("", include("accounts.urls")),
    path("", include("submissions.urls")),
    path("fundsachen/", include("submissions.found.urls")),
    path("", include("billing.urls")),
    path("rathaus/", include(("accounts.staff_urls", "staff"))),
    path("rathaus/termine/", include("submissions.appointments.urls")),
    path("rathaus/", include("submissions.casework.urls")),
    path("rathaus/fundsachen/", include("submissions.found.desk_urls")),
    path("rathaus/loeschfristen/", include("submissions.retention_urls")),
    path("rathaus/datenschutz/", include("submissions.data_protection_urls")),
    path("rathaus/verwaltung/leistungen/", include("submissions.fee_example_urls")),
    path("rathaus/verwaltung/weitergabe/", include("submissions.handover.urls")),
    path("rathaus/verwaltung/aemter/", include("submissions.appointments.calendar_urls")),
    path("rathaus/verwaltung/", include("townhall.administration_urls")),
    path("rathaus/verwaltung/bezahlen/", include("billing.account_urls")),
    path("rathaus/verwaltung/checkliste/", include("operations.town_checklist_urls")),
    path("rathaus/verwaltung/zugriff/", include("operations.town_access_urls")),
    path("rathaus/kasse/ueberweisungen/", include("billing.bank.urls")),
    path("rathaus/kasse/", include("billing.treasury_urls")),
    path("", include("townhall.address_urls")),  # last: it takes what no other page is
]
handler400 = "townhall.error_pages.bad_request"
handler403 = "townhall.error_pages.forbidden"
handler404 = "townhall.error_pages.not_found"
handler500 = "townhall.error_pages.broken"
