"""The case workers' desk, below /rathaus/."""

from django.urls import path

from submissions.casework import case_views, inbox_views, step_views

app_name = "casework"
urlpatterns = [
    path("eingang/", inbox_views.inbox, name="inbox"),
    path("vorgang/<slug:number>/", case_views.case, name="case"),
    path("vorgang/<slug:number>/antrag.pdf", case_views.pdf, name="pdf"),
    path("vorgang/<slug:number>/datei/<uuid:upload_id>/", case_views.upload, name="upload"),
    path("vorgang/<slug:number>/uebernehmen/", step_views.take, name="take"),
    path("vorgang/<slug:number>/zuruecklegen/", step_views.hand_back, name="hand_back"),
    path("vorgang/<slug:number>/zuweisen/", step_views.assign, name="assign"),
    path("vorgang/<slug:number>/weiterleiten/", step_views.forward, name="forward"),
    path("vorgang/<slug:number>/rueckfrage/", step_views.ask_back, name="ask_back"),
    path("vorgang/<slug:number>/weiterpruefen/", step_views.go_on, name="go_on"),
    path("vorgang/<slug:number>/entscheiden/", step_views.decide, name="decide"),
    path("vorgang/<slug:number>/abschliessen/", step_views.close, name="close"),
    path("vorgang/<slug:number>/wieder-aufnehmen/", step_views.reopen, name="reopen"),
    path("vorgang/<slug:number>/notiz/", step_views.note, name="note"),
]
