"""Calendars at the administrators' desk, below /rathaus/verwaltung/aemter/."""

from django.urls import path

from submissions.appointments import calendar_views

app_name = "calendars"
urlpatterns = [path("<int:pk>/termine/", calendar_views.calendar, name="calendar")]
