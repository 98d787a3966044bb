"""The checklist of a town, among the administrators' pages."""

from django.urls import path

from operations import town_checklist_views as views

app_name = "own_checklist"
urlpatterns = [path("", views.checklist, name="checklist")]
