from django.urls import path

from submissions import citizen_views, form_views, link_views, review_views, satisfaction_views

app_name = "submissions"
urlpatterns = [
    path("antrag/<slug:service_key>/", form_views.start, name="start"),
    path("antrag/<slug:service_key>/neu/", form_views.restart, name="restart"),
    path("antrag/<slug:service_key>/auswahl/", form_views.choose, name="choose"),
    path("antrag/<slug:service_key>/gespeichert/", form_views.saved_here, name="saved_here"),
    path("antrag/<slug:service_key>/pruefen/", review_views.review, name="review"),
    path("antrag/<slug:service_key>/<slug:step_key>/", form_views.step, name="step"),
    path("antrag/<slug:service_key>/<slug:step_key>/dokument.pdf", form_views.document, name="document"),
    path("antrag/<slug:service_key>/<slug:step_key>/<int:number>/<slug:page_key>/", form_views.entry, name="entry"),
    path("meine-antraege/", citizen_views.mine, name="mine"),
    path("meine-antraege/datei/<uuid:upload_id>/", citizen_views.upload, name="upload"),
    path("meine-antraege/<str:number>/", citizen_views.status, name="status"),
    path("meine-antraege/<str:number>/eingang/", citizen_views.receipt, name="receipt"),
    path("meine-antraege/<str:number>/antwort/", citizen_views.answer, name="answer"),
    path("meine-antraege/<str:number>/rueckmeldung/", satisfaction_views.rate, name="rate"),
    path("meine-antraege/<str:number>/zurueckziehen/", citizen_views.withdraw, name="withdraw"),
    path("meine-antraege/<str:number>/bescheid/", citizen_views.open_decision, name="open_decision"),
    path("meine-antraege/<str:number>/entscheidung.pdf", citizen_views.decision, name="decision"),
    path("meine-antraege/<str:number>/antrag.pdf", citizen_views.pdf, name="pdf"),
    path("vorgang/<str:secret>/", link_views.status, name="link_status"),
    path("vorgang/<str:secret>/eingang/", link_views.receipt, name="link_receipt"),
    path("vorgang/<str:secret>/antwort/", link_views.answer, name="link_answer"),
    path("vorgang/<str:secret>/zurueckziehen/", link_views.withdraw, name="link_withdraw"),
    path("vorgang/<str:secret>/bescheid/", link_views.open_decision, name="link_open_decision"),
    path("vorgang/<str:secret>/entscheidung.pdf", link_views.decision, name="link_decision"),
    path("vorgang/<str:secret>/antrag.pdf", link_views.pdf, name="link_pdf"),
    path("vorgang/<str:secret>/datei/<uuid:upload_id>/", link_views.upload, name="link_upload"),
]
