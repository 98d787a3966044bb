"""The case workers' desk, below /rathaus/."""

from django.urls import path

from submissions.casework import views

app_name = "casework"
urlpatterns = [
    path("eingang/", views.inbox, name="inbox"),
    path("vorgang/<slug:number>/", views.case, name="case"),
    path("vorgang/<slug:number>/antrag.pdf", views.pdf, name="pdf"),
    path("vorgang/<slug:number>/datei/<uuid:upload_id>/", views.upload, name="upload"),
    path("vorgang/<slug:number>/uebernehmen/", views.take, name="take"),
    path("vorgang/<slug:number>/zuruecklegen/", views.hand_back, name="hand_back"),
    path("vorgang/<slug:number>/rueckfrage/", views.ask_back, name="ask_back"),
    path("vorgang/<slug:number>/weiterpruefen/", views.go_on, name="go_on"),
    path("vorgang/<slug:number>/entscheiden/", views.decide, name="decide"),
    path("vorgang/<slug:number>/abschliessen/", views.close, name="close"),
    path("vorgang/<slug:number>/wieder-aufnehmen/", views.reopen, name="reopen"),
    path("vorgang/<slug:number>/notiz/", views.note, name="note"),
]
