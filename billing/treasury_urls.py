"""The cash office, below /rathaus/kasse/."""

from django.urls import path

from billing import treasury_views

app_name = "treasury"
urlpatterns = [
    path("", treasury_views.payments, name="payments"),
    path("zahlungen.csv", treasury_views.export, name="export"),
    path("<slug:reference>/", treasury_views.payment, name="payment"),
    path("<slug:reference>/quittung.pdf", treasury_views.receipt, name="receipt"),
]
