"""Who of the operator may look into the town hall, among the administrators' pages."""

from django.urls import path

from operations import town_access_views as views

app_name = "access"
urlpatterns = [
    path("", views.requests, name="requests"),
    path("<int:pk>/", views.one, name="one"),
    path("<int:pk>/erlauben/", views.grant, name="grant"),
    path("<int:pk>/ablehnen/", views.refuse, name="refuse"),
    path("<int:pk>/beenden/", views.end, name="end"),
    path("eintreten/<str:token>/", views.enter, name="enter"),
    path("zu-ende/", views.over, name="over"),
]
