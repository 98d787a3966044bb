from django.urls import path

from operations import (
    certificate_views,
    checklist_views,
    deletion_views,
    export_views,
    host_views,
    job_views,
    onboarding_views,
    size_views,
    views,
)
from operations.steps import STEPS

app_name = "operations"
urlpatterns = [
    path("", views.towns, name="towns"),
    path("intern/host/", certificate_views.host, name="host"),
    path("auftraege/", job_views.jobs, name="jobs"),
    path("auftraege/noch-einmal/", job_views.retry, name="retry_jobs"),
    path("auftraege/verwerfen/", job_views.discard, name="discard_jobs"),
    path("pakete/<int:pk>/", export_views.fetch, name="fetch_export"),
    path("geloescht/", deletion_views.deletions, name="deletions"),
    path("geloescht/<int:pk>/protokoll.txt", deletion_views.protocol, name="protocol"),
    path("staedte/neu/", onboarding_views.choose, name="choose"),
    path("staedte/neu/vorschlaege/", onboarding_views.suggestions, name="suggestions"),
    path("staedte/neu/<str:ars>/", onboarding_views.create, name="create"),
    path("staedte/<slug:slug>/", views.town, name="town"),
    path("staedte/<slug:slug>/angelegt/", onboarding_views.created, name="created"),
    *(
        path(f"staedte/<slug:slug>/{step.path}/", views.change_state, {"step": step}, name=step.name)
        for step in STEPS.values()
    ),
    path("staedte/<slug:slug>/adressen/", host_views.hosts, name="hosts"),
    path("staedte/<slug:slug>/adressen/<str:host>/ohne-pruefung/", host_views.take_unchecked, name="take_unchecked"),
    path("staedte/<slug:slug>/einladung/", views.invite, name="invite"),
    path("staedte/<slug:slug>/checkliste/", checklist_views.checklist, name="checklist"),
    path("staedte/<slug:slug>/checkliste/planen/", checklist_views.plan, name="plan"),
    path("staedte/<slug:slug>/checkliste/<str:key>/", checklist_views.tick, name="tick"),
    path("staedte/<slug:slug>/checkliste/<str:key>/oeffnen/", checklist_views.untick, name="untick"),
    path("staedte/<slug:slug>/kontakte/", checklist_views.contacts, name="contacts"),
    path("staedte/<slug:slug>/kontakte/neu/", checklist_views.contact, name="new_contact"),
    path("staedte/<slug:slug>/kontakte/<int:pk>/", checklist_views.contact, name="contact"),
    path("staedte/<slug:slug>/kontakte/<int:pk>/entfernen/", checklist_views.remove_contact, name="remove_contact"),
    path("staedte/<slug:slug>/aufgaben/", size_views.size, name="size"),
    path("staedte/<slug:slug>/export/", export_views.exports, name="exports"),
    path("staedte/<slug:slug>/loeschen/", deletion_views.delete, name="delete"),
    path("staedte/<slug:slug>/loeschen/zuruecknehmen/", deletion_views.withdraw, name="withdraw_deletion"),
]
