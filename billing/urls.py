from django.urls import path

from billing import download_views, views

app_name = "billing"
urlpatterns = [
    path("zahlung/<str:number>/", views.pay, name="pay"),
    path("zahlung/<uuid:payment_id>/zurueck/", views.returned, name="returned"),
    path("zahlung/<uuid:payment_id>/abgebrochen/", views.cancelled, name="cancelled"),
    path("zahlung/<uuid:payment_id>/quittung.pdf", views.payment_receipt, name="payment_receipt"),
    path("bezahlen/<uuid:request_id>/", views.pay_request, name="request"),
    path("bezahlen/<uuid:request_id>/code.svg", views.request_code, name="request_code"),
    path("zahlung/<uuid:payment_id>/girocode.svg", views.transfer_code, name="transfer_code"),
    path("zahlung/<uuid:payment_id>/ueberweisung.pdf", views.transfer_letter, name="transfer_letter"),
    path("meine-antraege/<str:number>/quittung.pdf", views.receipt, name="receipt"),
    path("meine-antraege/<str:number>/zahlungsaufforderung.pdf", views.request_letter, name="request_letter"),
    path("meine-daten/meine-daten.zip", download_views.own_data, name="own_data"),
    path("meine-antraege/<str:number>/alles.zip", download_views.everything, name="everything"),
]
