"""The case workers' desk, below /rathaus/."""

from django.urls import path

from submissions.casework import (
    bulk_views,
    case_views,
    delivery_views,
    download_views,
    inbox_views,
    step_views,
    text_block_views,
)

app_name = "casework"
urlpatterns = [
    path("eingang/", inbox_views.inbox, name="inbox"),
    path("eingang/spalten/", inbox_views.choose_columns, name="columns"),
    path("eingang/viele/", bulk_views.begin, name="begin_bulk"),
    path("eingang/viele/<uuid:run>/", bulk_views.progress, name="bulk"),
    path("textbausteine/", text_block_views.text_blocks, name="text_blocks"),
    path("textbausteine/neu/", text_block_views.new_text_block, name="new_text_block"),
    path("textbausteine/<int:pk>/", text_block_views.text_block, name="text_block"),
    path("textbausteine/<int:pk>/loeschen/", text_block_views.remove_text_block, name="remove_text_block"),
    path("post/", delivery_views.post, name="post"),
    path("post/briefe/", delivery_views.letters, name="letters"),
    path("vorgang/<slug:number>/", case_views.case, name="case"),
    path("vorgang/<slug:number>/entscheidung.pdf", delivery_views.decision, name="decision"),
    path("vorgang/<slug:number>/mit-der-post/", step_views.send_by_post, name="send_by_post"),
    path("vorgang/<slug:number>/zur-post-gegeben/", step_views.posted, name="posted"),
    path("vorgang/<slug:number>/antrag.pdf", case_views.pdf, name="pdf"),
    path("vorgang/<slug:number>/antrag.json", case_views.data, name="data"),
    path("vorgang/<slug:number>/akte.pdf", download_views.case_file, name="case_file"),
    path("vorgang/<slug:number>/vorgang.zip", download_views.bundle, name="bundle"),
    path("vorgang/<slug:number>/datei/<uuid:upload_id>/", case_views.upload, name="upload"),
    path("vorgang/<slug:number>/datei/<uuid:upload_id>/vorschau/", case_views.preview, name="preview"),
    path("vorgang/<slug:number>/uebernehmen/", step_views.take, name="take"),
    path("vorgang/<slug:number>/zuruecklegen/", step_views.hand_back, name="hand_back"),
    path("vorgang/<slug:number>/zuweisen/", step_views.assign, name="assign"),
    path("vorgang/<slug:number>/weiterleiten/", step_views.forward, name="forward"),
    path("vorgang/<slug:number>/rueckfrage/", step_views.ask_back, name="ask_back"),
    path("vorgang/<slug:number>/weiterpruefen/", step_views.go_on, name="go_on"),
    path("vorgang/<slug:number>/wiedervorlage/", step_views.remind, name="remind"),
    path("vorgang/<slug:number>/wiedervorlage-erledigt/", step_views.reminded, name="reminded"),
    path("vorgang/<slug:number>/entscheiden/", step_views.decide, name="decide"),
    path("vorgang/<slug:number>/unterschreiben/", step_views.sign, name="sign"),
    path("vorgang/<slug:number>/nicht-unterschreiben/", step_views.do_not_sign, name="do_not_sign"),
    path("vorgang/<slug:number>/entscheidung-zuruecknehmen/", step_views.take_back, name="take_back"),
    path("vorgang/<slug:number>/auskunftssperre/", step_views.protect, name="protect"),
    path("vorgang/<slug:number>/geschuetzte-angaben/", step_views.reveal, name="reveal"),
    path("vorgang/<slug:number>/abschliessen/", step_views.close, name="close"),
    path("vorgang/<slug:number>/wieder-aufnehmen/", step_views.reopen, name="reopen"),
    path("vorgang/<slug:number>/notiz/", step_views.note, name="note"),
]
