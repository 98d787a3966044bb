"""How a town is paid, among the administrators' pages."""

from django.urls import path

from billing import account_views
from billing.bank import account_views as bank_views

app_name = "payment_account"
urlpatterns = [
    path("", account_views.settings, name="settings"),
    path("ueberweisung/", bank_views.terms, name="transfer"),
    path("bezahldienst/", account_views.service, name="service"),
    path("wechseln/<slug:provider>/", account_views.choose, name="choose"),
    path("verbinden/", account_views.connect, name="connect"),
    path("probezahlung/", account_views.probe, name="probe"),
    path("probezahlung/<uuid:payment_id>/", account_views.probed, name="probed"),
    path("verbunden/", account_views.connected, name="connected"),
]
