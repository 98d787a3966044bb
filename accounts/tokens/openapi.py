"""How addresses for systems stand in the OpenAPI document."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from accounts.tokens.api import IDEMPOTENCY_KEY, LONGEST_KEY, PROBLEM

F = TypeVar("F", bound=Callable[..., Any])
PDF = OpenApiTypes.BINARY


class ProblemSerializer(serializers.Serializer[Any]):
    """Warum etwas nicht ging, nach RFC 9457."""

    type = serializers.CharField(help_text=_("immer `about:blank`"))
    title = serializers.CharField(help_text=_("worum es geht, in wenigen Worten"))
    status = serializers.IntegerField(help_text=_("der HTTP-Status"))
    detail = serializers.CharField(help_text=_("ein Satz, der sagt, was zu tun ist"))
    errors = serializers.DictField(  # type: ignore[assignment]  # the serializer's own errors are not asked for
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=_("bei 400: Sätze je Feld"),
    )


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """`Authorization: Bearer …`"""

    target_class = "accounts.tokens.api.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002 -- the framework passes it
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Der Schlüssel eines Programms. Die Stadt vergibt ihn im Rathaus unter „Schnittstellen“.",
        }


NUMBER = OpenApiParameter(
    "number",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="Vorgangsnummer, wie LAGE-2026-000123",
    pattern=r"^[-a-zA-Z0-9_]+$",
)
_KEY = OpenApiParameter(
    IDEMPOTENCY_KEY,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Ihr eigener Schlüssel für diesen Schritt, etwa eine UUID. Kommt derselbe Schritt noch einmal, "
    "bekommen Sie dieselbe Antwort, und es geschieht nichts zum zweiten Mal. Er gilt sieben Tage.",
)
_ALWAYS = {
    401: "Der Schlüssel fehlt, ist falsch, abgelaufen oder zurückgezogen.",
    403: "Der Schlüssel darf das nicht.",
    429: "Zu viele Anfragen. `Retry-After` sagt, in wie vielen Sekunden es weitergeht.",
}
_BAD = {400: "Etwas in der Anfrage ist nicht richtig. `errors` sagt, was."}
_GONE = {404: "Das gibt es nicht, oder der Schlüssel darf es nicht sehen."}
_STEP = {
    409: "Der Schritt ist gerade nicht möglich. `detail` sagt, warum.",
    415: "Der Inhalt ist kein JSON.",
    422: "Der Idempotency-Key wurde schon für etwas anderes benutzt.",
}


def described(
    title: str,
    text: str,
    *,
    name: str,
    answers: Mapping[Any, Any],
    tag: str,
    parameters: Sequence[Any] = (),
    problems: Mapping[int, str] | None = None,
) -> Callable[[F], F]:
    """An operation with all that can happen at it."""
    every = dict(sorted((_ALWAYS | _GONE | _BAD | dict(problems or {})).items()))
    refused = {(status, PROBLEM): OpenApiResponse(ProblemSerializer, told) for status, told in every.items()}
    return extend_schema(
        operation_id=name,
        summary=title,
        description=text,
        tags=[tag],
        parameters=list(parameters),
        responses={**answers, **refused},
    )


def described_step(title: str, text: str, *, name: str, sent: Any, answer: Any, tag: str) -> Callable[[F], F]:
    """A step that a system takes with a case."""

    def mark(view: F) -> F:
        about = described(
            title,
            text,
            name=name,
            answers={200: OpenApiResponse(answer, "Getan, oder schon vorher getan.")},
            tag=tag,
            parameters=[NUMBER, _KEY],
            problems=_STEP,
        )
        marked: F = extend_schema(request=sent)(about(view))
        return marked

    return mark
