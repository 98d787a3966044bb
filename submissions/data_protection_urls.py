"""The desk of the data protection officer, below /rathaus/datenschutz/."""

from django.urls import path

from submissions import data_protection_views as views

app_name = "data_protection"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("pruefen/", views.verify, name="verify"),
]
