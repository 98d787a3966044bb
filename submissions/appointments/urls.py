"""Appointments at the case workers' desk, below /rathaus/termine/."""

from django.urls import path

from submissions.appointments import desk_views

app_name = "appointments"
urlpatterns = [
    path("", desk_views.days, name="days"),
    path("<int:pk>/", desk_views.mark, name="mark"),
]
