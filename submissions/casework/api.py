"""Cases for other programs of the town hall, below `/api/v1/submissions/`.

A system is somebody of the town hall (`accounts.tokens`): it sees what its token lets it see, and takes the same steps
by the same actions as the desk. Each look at a case stands in its history.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.tokens.api import Refused, StepView, SystemView, page_of
from accounts.tokens.models import ApiToken, Scope
from accounts.tokens.openapi import NUMBER, PDF, described, described_step
from catalogue.forms.current import form_definition
from submissions.casework import actions, queries
from submissions.casework.api_serializers import (
    CaseFilter,
    CaseListSerializer,
    CaseRowSerializer,
    CaseSerializer,
    SentDecisionSerializer,
    SentQuestionSerializer,
    StepSerializer,
)
from submissions.casework.case_steps import needs_second_signature
from submissions.documents import application_pdf, decisions_pdf
from submissions.export import answers_as_json
from submissions.models import Submission
from submissions.presentation import fields_of_address
from submissions.states import Outcome
from submissions.steps import SubmissionRefused
from submissions.uploads.serving import file_answer
from townhall.pdf import pdf_answer

TAG = "Vorgänge"
_FILE = OpenApiParameter("file_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="Kennung der Datei")


class CasesView(SystemView):
    scope = Scope.READ

    @described(
        "Vorgänge auflisten",
        "Alle Vorgänge, die der Schlüssel sehen darf, neue zuerst. Was noch auf Zahlung wartet, zählt nicht dazu.",
        name="submissions_list",
        answers={200: CaseListSerializer},
        tag=TAG,
        parameters=[CaseFilter],
    )
    def get(self, request: Request) -> Response:
        """A part of the list. It tells nothing about people, so that it is not a look at their cases."""
        wanted = CaseFilter(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        chosen = wanted.validated_data
        found = _visible(self.token, queries.seen_by(self.system))
        if service := chosen.get("service"):
            found = found.filter(service_key=service)
        if state := chosen.get("state"):
            found = found.filter(state=state)
        if since := chosen.get("received_since"):
            found = found.filter(received_at__gte=since)
        rows, pages = page_of(found, self, ordering=("-received_at", "-number"), limit=chosen["limit"])
        results = CaseRowSerializer(rows, many=True, context={"request": request}).data
        return pages.get_paginated_response(results)


class CaseView(SystemView):
    scope = Scope.READ

    @described(
        "Einen Vorgang lesen",
        "Alles, was das Rathaus von einem Vorgang sieht: Antworten, Dateien, Rückfragen, Entscheidung und Verlauf. "
        "Jeder Abruf steht mit dem Namen des Programms im Verlauf. Bei einer Auskunftssperre fehlen Anschrift, "
        "E-Mail-Adresse, Telefonnummer und Dateien.",
        name="submissions_read",
        answers={200: CaseSerializer},
        tag=TAG,
        parameters=[NUMBER],
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(_whole(_opened(self.token, number), request))


class ApplicationView(SystemView):
    scope = Scope.READ

    @described(
        "Den Antrag als PDF holen",
        "Der Antrag, wie er abgeschickt wurde. Eine Auskunftssperre schwärzt, was sie verbirgt.",
        name="submissions_pdf",
        answers={(200, "application/pdf"): PDF},
        tag=TAG,
        parameters=[NUMBER],
    )
    def get(self, request: Request, number: str) -> HttpResponse:  # noqa: ARG002 -- a view
        case = _opened(self.token, number)
        return pdf_answer(application_pdf(case, hidden=_hidden(case)), f"{case.number}.pdf")


class DecisionLetterView(SystemView):
    scope = Scope.READ

    @described(
        "Den Bescheid als PDF holen",
        "Der Brief zur letzten Entscheidung.",
        name="submissions_letter",
        answers={(200, "application/pdf"): PDF},
        tag=TAG,
        parameters=[NUMBER],
    )
    def get(self, request: Request, number: str) -> HttpResponse:  # noqa: ARG002 -- a view
        case = _opened(self.token, number)
        delivery = getattr(case.decision, "delivery", None)
        if delivery is None:
            raise NotFound(_("Zu diesem Vorgang gibt es noch keinen Bescheid."))
        content = decisions_pdf([delivery], hides_addresses=case.is_protected)
        return pdf_answer(content, f"{case.number}-entscheidung.pdf")


class FileView(SystemView):
    scope = Scope.READ

    @described(
        "Eine Datei holen",
        "Eine Datei, die zum Antrag oder zu einer Antwort gehört: PDF, JPG oder PNG. Bei einer Auskunftssperre nicht.",
        name="submissions_file",
        answers={(200, kind): PDF for kind in ("application/pdf", "image/jpeg", "image/png")},
        tag=TAG,
        parameters=[NUMBER, _FILE],
    )
    def get(self, request: Request, number: str, file_id: UUID) -> HttpResponseBase:  # noqa: ARG002 -- a view
        case = _opened(self.token, number)
        upload = case.uploads.filter(pk=file_id).first()
        if upload is None:
            raise NotFound(_("Diese Datei gibt es nicht."))
        if case.is_protected:  # it may show where somebody lives
            raise PermissionDenied(
                _("Zu diesem Vorgang ist eine Auskunftssperre vermerkt. Dateien zeigt nur das Rathaus.")
            )
        if upload.is_held_back:
            raise NotFound(_("Diese Datei ist gesperrt: Ein Virus wurde gefunden, oder die Prüfung läuft noch."))
        return file_answer(upload)


# --- Steps -------------------------------------------------------------------------------------------------


class CaseStepView(StepView):
    """A step with a case, by one of the desk's actions."""

    def take_step(
        self, number: str, act: Callable[[Submission], object], sent: "Serializer[Any] | None" = None
    ) -> Response:
        """Raises Refused where the rules forbid it now."""
        case = _seen(self.token, number)

        def step() -> dict[str, Any]:
            try:
                act(case)
            except SubmissionRefused as refusal:
                raise Refused(str(refusal)) from refusal
            case.refresh_from_db()
            return dict(StepSerializer(case).data)

        return self.once(dict(sent.validated_data) if sent else {}, step)


class TakeView(CaseStepView):
    @described_step(
        "In Bearbeitung nehmen",
        "Das Programm übernimmt den Vorgang. Die Person sieht, dass die Bearbeitung begonnen hat. Hat ihn schon jemand "
        "im Rathaus, geht das nicht.",
        name="submissions_take",
        sent=None,
        answer=StepSerializer,
        tag=TAG,
    )
    def post(self, request: Request, number: str) -> Response:  # noqa: ARG002 -- a view
        return self.take_step(number, lambda case: actions.take(submission=case, by=self.system, now=timezone.now()))


class MessageView(CaseStepView):
    @described_step(
        "Zurückfragen",
        "Eine Rückfrage mit Datum. Die Person bekommt eine E-Mail und antwortet im Portal. Danach ist der Vorgang "
        "wieder in Prüfung. Vorher muss das Programm ihn übernommen haben.",
        name="submissions_ask",
        sent=SentQuestionSerializer,
        answer=StepSerializer,
        tag=TAG,
    )
    def post(self, request: Request, number: str) -> Response:
        sent = SentQuestionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return self.take_step(
            number,
            lambda case: actions.ask_back(submission=case, by=self.system, now=timezone.now(), **sent.validated_data),
            sent,
        )


class DecisionView(CaseStepView):
    @described_step(
        "Entscheiden",
        "Bewilligen, mit Begründung ablehnen oder eintragen. Die Person bekommt eine E-Mail. Ein Bescheid gilt "
        "erst mit der Bekanntgabe. Verlangt die Stadt eine zweite Unterschrift, liegt die Entscheidung danach im "
        "Rathaus zur Unterschrift (`to_sign`).",
        name="submissions_decide",
        sent=SentDecisionSerializer,
        answer=StepSerializer,
        tag=TAG,
    )
    def post(self, request: Request, number: str) -> Response:
        sent = SentDecisionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        ruling = actions.Ruling(**sent.validated_data | {"outcome": Outcome(sent.validated_data["outcome"])})

        def act(case: Submission) -> object:
            decide = actions.propose if needs_second_signature(case) else actions.decide
            return decide(submission=case, ruling=ruling, by=self.system, now=timezone.now())

        return self.take_step(number, act, sent)


class CloseView(CaseStepView):
    @described_step(
        "Abschließen",
        "Es ist nichts mehr zu tun. Das geht, sobald die Entscheidung die Person erreicht hat.",
        name="submissions_close",
        sent=None,
        answer=StepSerializer,
        tag=TAG,
    )
    def post(self, request: Request, number: str) -> Response:  # noqa: ARG002 -- a view
        return self.take_step(number, lambda case: actions.close(submission=case, by=self.system, now=timezone.now()))


# --- What is seen ------------------------------------------------------------------------------------------


def _visible(token: ApiToken, cases: Any) -> Any:
    """Of these cases those that count and that the token lets see."""
    return token.sees(cases.exclude(state__in=queries.NOT_COUNTING))


def _seen(token: ApiToken, number: str) -> Submission:
    """A case that the token lets see. Raises NotFound."""
    case: Submission | None = _visible(token, queries.cases(token.system)).filter(number=number).first()
    if case is None:
        raise NotFound(_("Diesen Vorgang gibt es nicht."))
    return case


def _opened(token: ApiToken, number: str) -> Submission:
    """A case that a system looks into: that is part of its history."""
    case = _seen(token, number)
    actions.record_view(submission=case, by=token.system, now=timezone.now())
    return case


def _hidden(case: Submission) -> frozenset[str]:
    """The fields that are not shown: of a protected address. A system has no reason to give."""
    if not case.is_protected:
        return frozenset()
    return fields_of_address(form_definition(case.service_key, case.form_version))


def _whole(case: Submission, request: Request) -> dict[str, Any]:
    """As `CaseSerializer` describes it."""
    definition = form_definition(case.service_key, case.form_version)
    hidden = _hidden(case)
    told = answers_as_json(case, definition, hidden=hidden)
    schema = reverse("api:form_schema", args=[definition.key, definition.version])
    row = CaseRowSerializer(case, context={"request": request}).data
    parts = {
        **{name: told[name] for name in ("applicant", "email", "trust_level", "verified", "flags", "fee", "answers")},
        "handed_in_at": case.frozen_at,
        "case_worker": case.case_worker and case.case_worker.name,
        "form": {**told["form"], "schema": request.build_absolute_uri(schema)},
        "hidden": sorted(hidden),
        "files": case.uploads.all(),
        "questions": case.information_requests.all(),
        "decision": case.decision,
        "history": case.events.all(),
        "pdf": request.build_absolute_uri(reverse("casework_api:pdf", args=[case.number])),
    }
    fields = CaseSerializer(context={"request": request, "case": case}).fields
    return dict(row) | {
        name: fields[name].to_representation(value) if value is not None else None for name, value in parts.items()
    }
