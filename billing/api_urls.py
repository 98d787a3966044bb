"""Payments for other programs, below /api/v1/payments/."""

from django.urls import path

from billing import api

app_name = "billing_api"
urlpatterns = [
    path("", api.PaymentsView.as_view(), name="payments"),
    path("<slug:reference>/", api.PaymentView.as_view(), name="payment"),
]
