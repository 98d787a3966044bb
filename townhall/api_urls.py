"""The public interface for other programs, `/api/v1/`."""

from django.urls import path

from townhall import api

app_name = "api"
urlpatterns = [
    path("services/", api.services, name="services"),
    path("services/<slug:key>/", api.service, name="service"),
    path("offices/", api.offices, name="offices"),
    path("forms/<slug:key>/<int:version>/schema.json", api.form_schema, name="form_schema"),
]
