"""Cases for other programs, below /api/v1/submissions/."""

from django.urls import path

from submissions.casework import api

app_name = "casework_api"
urlpatterns = [
    path("", api.CasesView.as_view(), name="cases"),
    path("<slug:number>/", api.CaseView.as_view(), name="case"),
    path("<slug:number>/application.pdf", api.ApplicationView.as_view(), name="pdf"),
    path("<slug:number>/decision.pdf", api.DecisionLetterView.as_view(), name="letter"),
    path("<slug:number>/files/<uuid:file_id>/", api.FileView.as_view(), name="file"),
    path("<slug:number>/take/", api.TakeView.as_view(), name="take"),
    path("<slug:number>/messages/", api.MessageView.as_view(), name="message"),
    path("<slug:number>/decision/", api.DecisionView.as_view(), name="decide"),
    path("<slug:number>/close/", api.CloseView.as_view(), name="close"),
]
