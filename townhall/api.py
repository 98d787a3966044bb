"""What a town offers, for other programs: JSON that anybody may read, at `/api/v1/`.

Field names are English, contents German. Days are ISO 8601, weekdays count from Monday (0), amounts are EUR
with two places as text. Fields may be added; none changes its meaning before `/api/v2/`.
"""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
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
    """A service as the town offers it."""

    key = serializers.CharField(source="service.key", help_text="never changes")
    title = serializers.CharField(source="service.title")
    summary = serializers.CharField(source="service.summary")
    life_situations = serializers.ListField(source="service.life_situations", help_text="keys")
    audience = serializers.ListField(source="service.audience", help_text="citizen, business")
    provider = serializers.CharField(
        source="provider.name", default=None, help_text="who does it; null: the town itself"
    )
    online = serializers.BooleanField(source="is_online", help_text="can be applied for on this portal today")
    url = serializers.SerializerMethodField(help_text="the page for people")

    def get_url(self, row: Row) -> str:
        request: HttpRequest = self.context["request"]
        return request.build_absolute_uri(row.url)


class DocumentSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    note = serializers.CharField(help_text="when it is needed, or null")


class AmountSerializer(serializers.Serializer[Any]):
    """One amount of a fee, as it is today."""

    key = serializers.CharField(help_text="never changes")
    name = serializers.CharField(source="label")
    amount = serializers.DecimalField(
        max_digits=9, decimal_places=2, help_text="EUR, gross; null: the town has not said"
    )
    basis = serializers.CharField(source="source.text", default=None, help_text="by-law and since when")


class FeeSerializer(serializers.Serializer[Any]):
    """What a service costs."""

    rule = serializers.CharField(source="service.fee.rule", help_text="none, fixed, choice, tiered, …")
    pay = serializers.CharField(source="service.fee.pay", help_text="submission, decision, not_here or null")
    in_words = serializers.CharField(source="price")
    amounts = AmountSerializer(source="costs.lines", many=True)
    note = serializers.CharField(source="costs.note")


class OfficeSerializer(serializers.Serializer[Any]):
    """A place to go to or to call."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    task = serializers.CharField()
    street = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    room = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    access_note = serializers.CharField(help_text="how to get in with a wheelchair")
    opening_hours = serializers.SerializerMethodField(help_text="weekday, opens, closes")
    special_days = serializers.SerializerMethodField(help_text="day, stretches (none: closed), reason")

    def get_opening_hours(self, office: OfficeView) -> list[dict[str, Any]]:
        return [
            {"weekday": weekday, "opens": stretch.opens, "closes": stretch.closes}
            for weekday, stretches in enumerate(office.week.days)
            for stretch in stretches
        ]

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
    """All that a town tells about one service. `requirements`, `steps` and `hints` are sentences."""

    requirements = serializers.ListField(source="service.requirements")
    documents = DocumentSerializer(source="service.documents", many=True)
    steps = serializers.ListField(source="service.steps")
    deadline = serializers.CharField(source="service.deadline")
    processing_time = serializers.CharField()
    minutes = serializers.IntegerField(source="service.minutes", help_text="that filling in takes, or null")
    fee = FeeSerializer(source="*")
    trust_level = serializers.SerializerMethodField(help_text="none, basic, substantial, high")
    legal_basis = serializers.ListField(source="service.legal_basis")
    leika_keys = serializers.SerializerMethodField(help_text="of the Leistungskatalog (LeiKa)")
    hints = serializers.ListField(source="service.hints")
    addition = serializers.CharField(help_text="the town's own words")
    office = OfficeSerializer(help_text="null if another body does it")
    related = serializers.SerializerMethodField(help_text="keys")

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


@public_page
@api_view(["GET", "HEAD"])
def services(request: Request, front: Shopfront) -> Response:
    """All services that the town shows, by title."""
    rows = rows_of(front, front.services.values(), timezone.localdate())
    return Response(ServiceSerializer(rows, many=True, context={"request": request}).data)


@public_page
@api_view(["GET", "HEAD"])
def service(request: Request, front: Shopfront, key: str) -> Response:
    """One service with everything that its page says."""
    if key not in front.services:
        raise NotFound
    page = page_of(front, front.services[key], timezone.localdate())
    return Response(ServiceDetailSerializer(page, context={"request": request}).data)


@public_page
@api_view(["GET", "HEAD"])
def offices(request: Request, front: Shopfront) -> Response:  # noqa: ARG001 -- a view
    """All offices of the town with their hours."""
    return Response(OfficeSerializer(front.offices, many=True).data)


@public_page
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
@api_view(["GET", "HEAD"])
def suggestions(request: Request, front: Shopfront) -> Response:
    """What somebody may mean who has typed this much so far."""
    hits = suggest(front.catalogue, searched_for(request.GET.get("q", "")), among=front.services)
    today = timezone.localdate()
    return Response(SuggestionSerializer([row_of(front, hit.service, today) for hit in hits], many=True).data)
