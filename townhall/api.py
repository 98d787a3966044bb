"""What a town offers, for other programs: JSON that anybody may read, at `/api/v1/`.

Field names are English, contents German. Days are ISO 8601, weekdays count from Monday (0), amounts are EUR
with two places as text. Fields may be added; none changes its meaning before `/api/v2/`.
"""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.trust import TrustLevel
from catalogue.forms.answers import answers_schema
from catalogue.forms.current import form_definition
from catalogue.search import suggest
from townhall.presentation import Row, page_of, row_of, rows_of
from townhall.public import public_page
from townhall.shopfront import OfficeView, Shopfront
from townhall.surroundings import surroundings_in
from townhall.views import searched_for


class ServiceSerializer(serializers.Serializer[Any]):
    """Eine Leistung, wie die Stadt sie anbietet."""

    key = serializers.CharField(source="service.key", help_text="ändert sich nie")
    title = serializers.CharField(source="service.title", help_text="Name")
    summary = serializers.CharField(source="service.summary", help_text="in einem Satz, worum es geht")
    life_situations = serializers.ListField(
        child=serializers.CharField(), source="service.life_situations", help_text="Schlüssel der Lebenslagen"
    )
    audience = serializers.ListField(
        child=serializers.CharField(), source="service.audience", help_text="`citizen`, `business`"
    )
    provider = serializers.CharField(
        source="provider.name", default=None, allow_null=True, help_text="wer es macht; `null`: die Stadt selbst"
    )
    online = serializers.BooleanField(
        source="is_online", help_text="ob man es heute in diesem Portal online erledigen kann"
    )
    url = serializers.SerializerMethodField(help_text="die Seite für Menschen")

    def get_url(self, row: Row) -> str:
        request: HttpRequest = self.context["request"]
        return request.build_absolute_uri(row.url)


class DocumentSerializer(serializers.Serializer[Any]):
    """Eine Unterlage."""

    name = serializers.CharField(help_text="welche")
    note = serializers.CharField(allow_null=True, help_text="wann man sie braucht, oder `null`")


class AmountSerializer(serializers.Serializer[Any]):
    """Ein Betrag einer Gebühr, wie er heute gilt."""

    key = serializers.CharField(help_text="ändert sich nie")
    name = serializers.CharField(source="label", help_text="wofür")
    amount = serializers.DecimalField(
        max_digits=9, decimal_places=2, allow_null=True, help_text="Euro, brutto; `null`: nicht eingetragen"
    )
    basis = serializers.CharField(
        source="source.text", default=None, allow_null=True, help_text="Satzung, und seit wann"
    )


class FeeSerializer(serializers.Serializer[Any]):
    """Was eine Leistung kostet."""

    rule = serializers.CharField(
        source="service.fee.rule", help_text="wie sie zustande kommt: `none`, `fixed`, `choice`, `tiered`, …"
    )
    pay = serializers.CharField(
        source="service.fee.pay", allow_null=True, help_text="`submission`, `decision`, `not_here` oder `null`"
    )
    in_words = serializers.CharField(source="price", help_text="in Worten")
    amounts = AmountSerializer(source="costs.lines", many=True, help_text="die Beträge")
    note = serializers.CharField(source="costs.note", help_text="Hinweis")


class OfficeSerializer(serializers.Serializer[Any]):
    """Ein Amt, zu dem man geht oder das man anruft."""

    id = serializers.IntegerField(source="pk", help_text="Kennung")
    name = serializers.CharField(help_text="Name")
    task = serializers.CharField(help_text="wofür es da ist")
    street = serializers.CharField(help_text="Straße und Hausnummer")
    postal_code = serializers.CharField(help_text="Postleitzahl")
    city = serializers.CharField(help_text="Ort")
    room = serializers.CharField(help_text="Raum")
    phone = serializers.CharField(help_text="Telefon")
    email = serializers.CharField(help_text="E-Mail-Adresse")
    access_note = serializers.CharField(help_text="wie man mit dem Rollstuhl hineinkommt")
    opening_hours = serializers.SerializerMethodField(help_text="je `weekday` (Montag ist 0), `opens`, `closes`")
    special_days = serializers.SerializerMethodField(
        help_text="je `day`, `reason` und `stretches` (keine: geschlossen)"
    )

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_opening_hours(self, office: OfficeView) -> list[dict[str, Any]]:
        return [
            {"weekday": weekday, "opens": stretch.opens, "closes": stretch.closes}
            for weekday, stretches in enumerate(office.week.days)
            for stretch in stretches
        ]

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_special_days(self, office: OfficeView) -> list[dict[str, Any]]:
        return [
            {
                "day": special.day,
                "stretches": [{"opens": stretch.opens, "closes": stretch.closes} for stretch in special.stretches],
                "reason": special.reason,
            }
            for special in office.week.specials
        ]


class ServiceDetailSerializer(serializers.Serializer[Any]):
    """Alles, was die Stadt über eine Leistung sagt. `requirements`, `steps` und `hints` sind Sätze."""

    requirements = serializers.ListField(
        child=serializers.CharField(), source="service.requirements", help_text="Voraussetzungen"
    )
    documents = DocumentSerializer(source="service.documents", many=True, help_text="Unterlagen")
    steps = serializers.ListField(child=serializers.CharField(), source="service.steps", help_text="Ablauf")
    deadline = serializers.CharField(source="service.deadline", allow_null=True, help_text="Frist")
    processing_time = serializers.CharField(allow_null=True, help_text="Bearbeitungszeit")
    minutes = serializers.IntegerField(
        source="service.minutes", allow_null=True, help_text="Minuten zum Ausfüllen, oder `null`"
    )
    fee = FeeSerializer(source="*", help_text="Kosten")
    trust_level = serializers.SerializerMethodField(
        help_text="was die Anmeldung leisten muss: `none`, `basic`, `substantial`, `high`"
    )
    legal_basis = serializers.ListField(
        child=serializers.CharField(), source="service.legal_basis", help_text="Rechtsgrundlagen"
    )
    leika_keys = serializers.SerializerMethodField(help_text="Schlüssel des Leistungskatalogs (LeiKa)")
    hints = serializers.ListField(child=serializers.CharField(), source="service.hints", help_text="Hinweise")
    addition = serializers.CharField(help_text="eigene Worte der Stadt")
    office = OfficeSerializer(allow_null=True, help_text="die zuständige Stelle; `null`, wenn es nicht die Stadt macht")
    related = serializers.SerializerMethodField(help_text="Schlüssel verwandter Leistungen")

    def get_trust_level(self, page: Any) -> str:
        return str(page.service.trust_level.name).lower()

    def get_leika_keys(self, page: Any) -> list[str]:
        return [entry.key for entry in page.service.leika]

    def get_related(self, page: Any) -> list[str]:
        return [row.service.key for row in page.related]

    def to_representation(self, page: Any) -> dict[str, Any]:
        plain = super().to_representation(page)
        if page.row.provider:
            plain["office"] = None
        return ServiceSerializer(page.row, context=self.context).data | plain


class ServicePageSerializer(ServiceDetailSerializer, ServiceSerializer):
    """Eine Leistung mit allem, was ihre Seite sagt."""


_TAG = "Leistungen"
_KEY = OpenApiParameter(
    "key", OpenApiTypes.STR, OpenApiParameter.PATH, description="Schlüssel der Leistung", pattern=r"^[-a-zA-Z0-9_]+$"
)
_NOT_FOUND = {
    (404, kind): OpenApiResponse(OpenApiTypes.OBJECT, "Das gibt es nicht.")
    for kind in ("application/json", "application/problem+json")
}


@public_page
@extend_schema(
    operation_id="services_list",
    summary="Leistungen auflisten",
    description="Alle Leistungen, die die Stadt zeigt, nach Titel.",
    tags=[_TAG],
    responses=ServiceSerializer(many=True),
)
@api_view(["GET", "HEAD"])
def services(request: Request, front: Shopfront) -> Response:
    """All services that the town shows, by title."""
    rows = rows_of(front, front.services.values(), timezone.localdate())
    return Response(ServiceSerializer(rows, many=True, context={"request": request}).data)


@public_page
@extend_schema(
    operation_id="services_read",
    summary="Eine Leistung lesen",
    description="Eine Leistung mit allem, was ihre Seite sagt.",
    tags=[_TAG],
    parameters=[_KEY],
    responses={200: ServicePageSerializer, **_NOT_FOUND},
)
@api_view(["GET", "HEAD"])
def service(request: Request, front: Shopfront, key: str) -> Response:
    """One service with everything that its page says."""
    if key not in front.services:
        raise NotFound
    page = page_of(front, front.services[key], timezone.localdate())
    return Response(ServiceDetailSerializer(page, context={"request": request}).data)


@public_page
@extend_schema(
    operation_id="offices_list",
    summary="Ämter auflisten",
    description="Alle Ämter der Stadt mit ihren Zeiten.",
    tags=[_TAG],
    responses=OfficeSerializer(many=True),
)
@api_view(["GET", "HEAD"])
def offices(request: Request, front: Shopfront) -> Response:  # noqa: ARG001 -- a view
    """All offices of the town with their hours."""
    return Response(OfficeSerializer(front.offices, many=True).data)


@public_page
@extend_schema(
    operation_id="forms_schema",
    summary="Das JSON Schema eines Formulars lesen",
    description="Was in einer Version eines Formulars geantwortet wird, als JSON Schema.",
    tags=[_TAG],
    parameters=[
        _KEY,
        OpenApiParameter(
            "version", {"type": "integer", "minimum": 0}, OpenApiParameter.PATH, description="Version des Formulars"
        ),
    ],
    responses={200: OpenApiTypes.OBJECT, **_NOT_FOUND},
)
@api_view(["GET", "HEAD"])
def form_schema(request: Request, front: Shopfront, key: str, version: int) -> Response:  # noqa: ARG001 -- a view
    """The JSON Schema of what is answered in a version of a form."""
    try:
        definition = form_definition(key, version)
    except KeyError:
        raise NotFound from None
    surroundings = surroundings_in(front, today=timezone.localdate(), trust=TrustLevel.NONE)
    answers = answers_schema(definition, definition.context(surroundings))
    dialect = answers.pop("$schema")
    schema = {"$schema": dialect, "type": "object", "properties": {"answers": answers}, "required": ["answers"]}
    return Response(schema)


class SuggestionSerializer(serializers.Serializer[Any]):
    """A line below the search, as `static/js/portal.js` reads it."""

    title = serializers.CharField(source="service.title")
    kind = serializers.CharField(source="badge")
    url = serializers.CharField()


@public_page
@extend_schema(exclude=True)
@api_view(["GET", "HEAD"])
def suggestions(request: Request, front: Shopfront) -> Response:
    """What somebody may mean who has typed this much so far."""
    hits = suggest(front.catalogue, searched_for(request.GET.get("q", "")), among=front.services)
    today = timezone.localdate()
    return Response(SuggestionSerializer([row_of(front, hit.service, today) for hit in hits], many=True).data)
