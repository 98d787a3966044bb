"""What is deleted when, below /rathaus/loeschfristen/."""

from django.urls import path

from submissions import retention_views as views

app_name = "retention"
urlpatterns = [
    path("", views.calendar, name="calendar"),
    path("<slug:number>/anhalten/", views.keep, name="keep"),
]
