from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("zahlung/<str:number>/", views.pay, name="pay"),
    path("zahlung/<uuid:payment_id>/zurueck/", views.returned, name="returned"),
    path("zahlung/<uuid:payment_id>/abgebrochen/", views.cancelled, name="cancelled"),
    path("meine-antraege/<str:number>/quittung.pdf", views.receipt, name="receipt"),
]
