"""Where applications go on to, among the administrators' pages."""

from django.urls import path

from submissions.handover import views

app_name = "handover"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("noch-einmal/", views.send_failed_again, name="send_failed_again"),
    path("antrag/<uuid:handover>/noch-einmal/", views.send_again, name="send_again"),
    path("leistung/<str:key>/", views.service, name="service"),
    path("leistung/<str:key>/neu/<slug:kind>/", views.add, name="add"),
    path("ziel/<int:pk>/", views.target, name="target"),
    path("ziel/<int:pk>/probe/", views.try_target, name="try"),
    path("ziel/<int:pk>/schalten/", views.switch, name="switch"),
    path("ziel/<int:pk>/geheimnis/", views.renew_secret, name="renew_secret"),
]
