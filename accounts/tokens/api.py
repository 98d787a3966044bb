"""What all addresses for systems have in common: who asks, whether she may, how often, and how it is refused.

Answers that refuse are problem details (RFC 9457), in German.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from accounts.models import User
from accounts.tokens import actions
from accounts.tokens.limits import TokenThrottle, limit_address
from accounts.tokens.models import ApiToken, Scope

PROBLEM = "application/problem+json"
_TITLES = {
    400: gettext_lazy("Die Anfrage ist nicht richtig"),
    401: gettext_lazy("Zugang nötig"),
    403: gettext_lazy("Nicht erlaubt"),
    404: gettext_lazy("Nicht gefunden"),
    405: gettext_lazy("Das geht hier nicht"),
    406: gettext_lazy("In dieser Form nicht lieferbar"),
    409: gettext_lazy("Das ist jetzt nicht möglich"),
    415: gettext_lazy("In dieser Form nicht lesbar"),
    422: gettext_lazy("Schlüssel schon benutzt"),
    429: gettext_lazy("Zu viele Anfragen"),
}


class Refused(APIException):
    """The rules forbid this step now. The detail says why, in German."""

    status_code = 409
    default_code = "refused"


class KeyUsedBefore(APIException):
    status_code = 422
    default_code = "key_used"


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer stadttor_…`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _space, written = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        today = timezone.localdate()
        token = actions.opened_by(written.strip(), today=today)
        if token is None:
            raise AuthenticationFailed(_("Dieser Zugang gilt nicht: Er ist falsch, abgelaufen oder zurückgezogen."))
        actions.note_use(token=token, today=today)
        return token.system, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 -- the framework passes it
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """Whether the token is good for what the view names."""

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        needed: Scope = view.scope
        self.message = _("Dieser Zugang darf das nicht. Nötig ist das Recht „%(scope)s“.") % {"scope": needed.value}
        return isinstance(token, ApiToken) and token.allows(needed)


class SystemView(APIView):
    """An address for systems with a token. `scope` says what for."""

    scope: Scope
    authentication_classes = (BearerAuthentication,)
    permission_classes = (HasScope,)
    throttle_classes = (TokenThrottle,)
    parser_classes = (JSONParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        limit_address(request._request)  # also who is not let in is counted
        super().initial(request, *args, **kwargs)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return as_problem

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    @property
    def token(self) -> ApiToken:
        found = self.request.auth
        assert isinstance(found, ApiToken)  # permission_classes let nobody else in
        return found

    @property
    def system(self) -> User:
        return self.token.system


IDEMPOTENCY_KEY = "Idempotency-Key"
LONGEST_KEY = 100
_KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")


class StepView(SystemView):
    """An address where a system takes a step with a case, once for each key that it gives."""

    scope = Scope.WRITE

    def once(self, values: dict[str, Any], act: Callable[[], dict[str, Any]]) -> Response:
        """Take the step with these values, or repeat the answer to it."""
        request = self.request
        key = request.headers.get(IDEMPOTENCY_KEY, "")
        if not _KEY.fullmatch(key):
            sentence = _("Schicken Sie je Schritt einen eigenen Schlüssel von 1 bis 100 Zeichen mit, etwa eine UUID.")
            raise ValidationError({IDEMPOTENCY_KEY: [sentence]})
        sent = json.dumps([request.path, values], sort_keys=True, default=str)
        try:
            return Response(actions.once(token=self.token, key=key, sent=sent, act=act, now=timezone.now()))
        except actions.KeyUsed as problem:
            raise KeyUsedBefore(str(problem)) from problem


class Pages(CursorPagination):
    """The way through a long list: `next` leads on, also while rows come and go. `ordering` begins with a time."""

    page_size = 50
    max_page_size = 200
    invalid_cursor_message = "Diese Seite der Liste gibt es nicht. Beginnen Sie ohne „cursor“."

    def decode_cursor(self, request: Request) -> Any:
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not _is_moment(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


class PageFilter(serializers.Serializer[Any]):
    """Which part of a list is wanted."""

    cursor = serializers.CharField(
        required=False, max_length=500, help_text=gettext_lazy("aus `next` oder `previous`; ohne: der Anfang")
    )
    limit = serializers.IntegerField(
        default=Pages.page_size,
        min_value=1,
        max_value=Pages.max_page_size,
        help_text=gettext_lazy("wie viele höchstens auf einmal"),
    )


def page_of(rows: "QuerySet[Any]", view: APIView, *, ordering: tuple[str, ...], limit: int) -> tuple[list[Any], Pages]:
    """A part of a list, and the way to the next."""
    pages = Pages()
    pages.ordering, pages.page_size = ordering, limit
    return pages.paginate_queryset(rows, view.request, view) or [], pages


def _is_moment(text: str) -> bool:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return False
    return moment is not None and moment.tzinfo is not None


def as_problem(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to what was refused; None where it is a bug."""
    answer = exception_handler(exception, context)
    if answer is None:
        return None
    told = answer.data
    plain: dict[str, Any] = {
        "type": "about:blank",
        "title": str(_TITLES.get(answer.status_code, "")),
        "status": answer.status_code,
    }
    if isinstance(exception, ValidationError):
        errors = told if isinstance(told, dict) else {"": told}
        plain["detail"] = _("Bitte prüfen Sie: %(names)s") % {"names": ", ".join(errors)}
        plain["errors"] = {name: _sentences(found) for name, found in errors.items()}
    else:
        plain["detail"] = str(told["detail"])
    answer.data = plain
    answer.content_type = PROBLEM
    return answer


@csrf_exempt
def nothing_here(request: HttpRequest, *_path: str | None) -> JsonResponse:  # noqa: ARG001 -- a view
    """The answer at an address of the API that there is not: for programs, so not a page."""
    title = str(_TITLES[404])
    detail = _("Diese Adresse gibt es nicht.")
    problem = {"type": "about:blank", "title": title, "status": 404, "detail": detail}
    return JsonResponse(problem, status=404, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


def _sentences(found: Any) -> list[str]:
    """All sentences about a field, however deep they stand."""
    if isinstance(found, dict):
        return [sentence for one in found.values() for sentence in _sentences(one)]
    if isinstance(found, list):
        return [sentence for one in found for sentence in _sentences(one)]
    return [str(found)]
