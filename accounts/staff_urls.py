"""Staff, on a town's host below /rathaus/ and on the operator's host below /konto/."""

from django.urls import path

from accounts import staff_openid_views as openid_views
from accounts import staff_views

urlpatterns = [
    path("", staff_views.start, name="start"),
    path("anmelden/", staff_views.sign_in, name="sign_in"),
    path("anmelden/code/", staff_views.code, name="code"),
    path("anmelden/einrichten/", staff_views.set_up, name="set_up"),
    path("anmelden/konto/", openid_views.TownSignIn.as_view(), name="town_account"),
    path("anmelden/zurueck/", openid_views.TownSignInReturn.as_view(), name="town_account_return"),
    path("abmelden/", staff_views.sign_out, name="sign_out"),
    path("passwort/", staff_views.request_link, name="request_link"),
    path("passwort/<str:uid>/<str:token>/", staff_views.choose_password, name="choose_password"),
]
