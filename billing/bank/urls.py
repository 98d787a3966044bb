"""Transfers, in the cash office: below /rathaus/kasse/ueberweisungen/."""

from django.urls import path

from billing.bank import views

app_name = "bank"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("offen/", views.waiting, name="waiting"),
    path("umsaetze/", views.entries, name="entries"),
    path("<int:pk>/", views.entry, name="entry"),
    path("<int:pk>/zuordnen/", views.assign, name="assign"),
    path("<int:pk>/rueckgabe/", views.book_return, name="book_return"),
    path("<int:pk>/beiseite/", views.put_aside, name="put_aside"),
    path("<int:pk>/aufnehmen/", views.take_up, name="take_up"),
    path("zuordnung/<int:pk>/aufheben/", views.undo, name="undo"),
    path("rueckzahlung/<int:pk>/", views.pay_back, name="pay_back"),
    path("erstattung/<uuid:refund_id>/", views.refund, name="refund"),
]
