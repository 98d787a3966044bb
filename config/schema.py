"""The OpenAPI document of what a town offers to other programs: the same for all towns, made once in a process."""

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

TYPE = "application/vnd.oai.openapi+json"


@require_safe
@cache_control(public=True, max_age=300)
def schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- a view
    """`/api/v1/schema/`"""
    return HttpResponse(_written(), content_type=TYPE)


@lru_cache(maxsize=1)
def _written() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=1)


def document() -> dict[str, Any]:
    """The document, as plain data."""
    generator = SchemaGenerator(urlconf=settings.ROOT_URLCONF)  # type: ignore[no-untyped-call]
    found: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.loads(json.dumps(found, default=str))  # type: ignore[no-any-return]
