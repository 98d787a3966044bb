"""The public list."""

from django.urls import path

from submissions.found import views

app_name = "found"
urlpatterns = [path("", views.items, name="items")]
