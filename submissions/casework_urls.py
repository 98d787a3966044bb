"""The case workers' desk, below /rathaus/."""

from django.urls import path

from submissions import casework_views

app_name = "casework"
urlpatterns = [
    path("eingang/", casework_views.inbox, name="inbox"),
    path("vorgang/<slug:number>/", casework_views.case, name="case"),
    path("vorgang/<slug:number>/antrag.pdf", casework_views.pdf, name="pdf"),
    path("vorgang/<slug:number>/datei/<uuid:upload_id>/", casework_views.upload, name="upload"),
    path("vorgang/<slug:number>/uebernehmen/", casework_views.take, name="take"),
    path("vorgang/<slug:number>/zuruecklegen/", casework_views.hand_back, name="hand_back"),
    path("vorgang/<slug:number>/rueckfrage/", casework_views.ask_back, name="ask_back"),
    path("vorgang/<slug:number>/weiterpruefen/", casework_views.go_on, name="go_on"),
    path("vorgang/<slug:number>/entscheiden/", casework_views.decide, name="decide"),
    path("vorgang/<slug:number>/abschliessen/", casework_views.close, name="close"),
    path("vorgang/<slug:number>/wieder-aufnehmen/", casework_views.reopen, name="reopen"),
    path("vorgang/<slug:number>/notiz/", casework_views.note, name="note"),
]
