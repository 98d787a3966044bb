"""Payments for other programs of the town hall, below `/api/v1/payments/`: to read, without names.

With the right to read cases too, each payment says who applied; that is a look, and stands in the audit log.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from accounts.tokens.api import PageFilter, SystemView, page_of
from accounts.tokens.models import Scope
from accounts.tokens.openapi import described
from billing.models import Payment
from billing.states import PaymentState

TAG = "Zahlungen"
_REFERENCE = OpenApiParameter(
    "reference",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="Kassenzeichen, wie LAGE-2026-000123-1",
    pattern=r"^[-a-zA-Z0-9_]+$",
)


class PaymentFilter(PageFilter):
    """Which payments are wanted."""

    state = serializers.ChoiceField(
        PaymentState.choices, required=False, help_text=gettext_lazy("nur Zahlungen mit diesem Stand")
    )
    created_since = serializers.DateTimeField(
        required=False, help_text=gettext_lazy("nur was seit diesem Zeitpunkt begonnen wurde (ISO 8601)")
    )


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """Eine Zahlung."""

    reference = serializers.CharField(help_text=gettext_lazy("Kassenzeichen"))
    amount = serializers.DecimalField(
        max_digits=9, decimal_places=2, help_text=gettext_lazy("Betrag in Euro, brutto, als Text")
    )
    state = serializers.ChoiceField(PaymentState.choices, help_text=gettext_lazy("Stand"))
    state_label = serializers.CharField(source="get_state_display", help_text=gettext_lazy("Stand in Worten"))
    method = serializers.CharField(help_text=gettext_lazy("Zahlungsart, etwa `card`; leer, solange unbekannt"))
    created_at = serializers.DateTimeField(help_text=gettext_lazy("begonnen"))
    paid_at = serializers.DateTimeField(allow_null=True, help_text=gettext_lazy("bezahlt"))
    submission = serializers.CharField(source="submission.number", help_text=gettext_lazy("Vorgangsnummer"))
    service = serializers.CharField(
        source="submission.service_key", help_text=gettext_lazy("Schlüssel der Leistung, für die gezahlt wurde")
    )
    applicant = serializers.CharField(
        source="submission.applicant",
        required=False,
        help_text=gettext_lazy("wer den Antrag gestellt hat; nur mit dem Recht `submissions:read`"),
    )

    class Meta:
        model = Payment
        fields = (
            "reference",
            "amount",
            "state",
            "state_label",
            "method",
            "created_at",
            "paid_at",
            "submission",
            "service",
            "applicant",
        )


class PaymentListSerializer(serializers.Serializer[Any]):
    """Ein Teil der Liste."""

    next = serializers.URLField(allow_null=True, help_text=gettext_lazy("wo es weitergeht; `null`: das war alles"))
    previous = serializers.URLField(allow_null=True, help_text=gettext_lazy("der Teil davor"))
    results = PaymentSerializer(many=True, help_text=gettext_lazy("die Zahlungen, neue zuerst"))


class PaymentsView(SystemView):
    scope = Scope.PAYMENTS

    @described(
        "Zahlungen auflisten",
        "Alle Zahlungen zu Vorgängen, die der Schlüssel sehen darf, neue zuerst. Namen stehen nur dabei, wenn er auch "
        "Vorgänge lesen darf.",
        name="payments_list",
        answers={200: PaymentListSerializer},
        tag=TAG,
        parameters=[PaymentFilter],
    )
    def get(self, request: Request) -> Response:
        """A part of the list. With names each payment counts as seen, once a day."""
        wanted = PaymentFilter(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        chosen = wanted.validated_data
        found = _visible(self)
        if state := chosen.get("state"):
            found = found.filter(state=state)
        if since := chosen.get("created_since"):
            found = found.filter(created_at__gte=since)
        rows, pages = page_of(found, self, ordering=("-created_at", "-reference"), limit=chosen["limit"])
        return pages.get_paginated_response(_plain(self, rows, again=False))


class PaymentView(SystemView):
    scope = Scope.PAYMENTS

    @described(
        "Eine Zahlung lesen",
        "Eine Zahlung nach ihrem Kassenzeichen.",
        name="payments_read",
        answers={200: PaymentSerializer},
        tag=TAG,
        parameters=[_REFERENCE],
    )
    def get(self, request: Request, reference: str) -> Response:  # noqa: ARG002 -- a view
        payment = _visible(self).filter(reference=reference).first()
        if payment is None:
            raise NotFound(_("Diese Zahlung gibt es nicht."))
        return Response(_plain(self, [payment], again=True)[0])


def _visible(view: SystemView) -> "QuerySet[Any]":
    """The payments for cases that the token lets see; trials of the town's account belong to none."""
    return view.token.sees(Payment.objects.exclude(submission=None).select_related("submission"), case="submission__")


def _plain(view: SystemView, payments: list[Payment], *, again: bool) -> list[dict[str, Any]]:
    """As `PaymentSerializer` describes them. With names they count as seen; without `again` once a day."""
    plain = [dict(one) for one in PaymentSerializer(payments, many=True).data]
    if view.token.allows(Scope.READ):
        audit.record_seen(payments, by=view.system, now=timezone.now(), again=again)
        return plain
    return [{name: value for name, value in one.items() if name != "applicant"} for one in plain]
