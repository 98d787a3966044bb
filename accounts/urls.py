"""Citizens, on a town's host."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("anmelden/", views.SignIn.as_view(), name="sign_in"),
    path("anmelden/zurueck/", views.SignInReturn.as_view(), name="sign_in_return"),
    path("anmelden/stand/", views.session, name="session"),
    path("abmelden/", views.sign_out, name="sign_out"),
    path("abgemeldet/", views.signed_out, name="signed_out"),
]
