"""The cash office, below /rathaus/kasse/."""

from django.urls import path

from billing import closing_views, refund_views, treasury_views

app_name = "treasury"
urlpatterns = [
    path("", treasury_views.payments, name="payments"),
    path("zahlungen.csv", treasury_views.export, name="export"),
    path("erstattungen/", refund_views.refunds, name="refunds"),
    path("erstattungen/<uuid:pk>/freigeben/", refund_views.release, name="release"),
    path("erstattungen/<uuid:pk>/ablehnen/", refund_views.decline, name="decline"),
    path("erstattungen/<uuid:pk>/ueberwiesen/", refund_views.made_by_hand, name="made_by_hand"),
    path("abschluesse/", closing_views.newest, name="statements"),
    path("abschluesse/<int:year>/", closing_views.year, name="year"),
    path("abschluesse/<int:year>/buchungen.csv", closing_views.year_table, name="year_table"),
    path("abschluesse/<int:year>/summen.pdf", closing_views.year_pdf, name="year_pdf"),
    path("abschluesse/<int:year>/<int:month>/", closing_views.month, name="month"),
    path("abschluesse/<int:year>/<int:month>/buchungen.csv", closing_views.month_table, name="month_table"),
    path("abschluesse/<int:year>/<int:month>/summen.pdf", closing_views.month_pdf, name="month_pdf"),
    path("abschluesse/<int:year>/<int:month>/<int:day>/", closing_views.day, name="day"),
    path("abschluesse/<int:year>/<int:month>/<int:day>/buchungen.csv", closing_views.day_table, name="day_table"),
    path("abschluesse/<int:year>/<int:month>/<int:day>/abschluss.pdf", closing_views.day_pdf, name="day_pdf"),
    path("<slug:reference>/", treasury_views.payment, name="payment"),
    path("<slug:reference>/quittung.pdf", treasury_views.receipt, name="receipt"),
    path("<slug:reference>/erstatten/", refund_views.request_refund, name="request_refund"),
]
