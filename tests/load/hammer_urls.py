"""A town's hosts, with pages that say who asked and where, after they have done what goes wrong in real life."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path

from accounts.models import User
from config import urls_town
from config.urls_town import handler400, handler403, handler404, handler500
from tenants.context import at_operator, current_town, in_town
from tenants.models import Town
from townhall.models import Profile

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class Mistake(Exception):
    """Something in our code."""


def who(request: HttpRequest) -> JsonResponse:
    """Every way to ask in which town and for whom we are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_user, (SELECT login FROM accounts_user ORDER BY id LIMIT 1)")
        schema, role, raw = cursor.fetchone()
    first = User.objects.order_by("pk").first()
    return JsonResponse(
        {
            "middleware": current_town().slug,
            "schema": schema,
            "role": role,
            "raw": raw,
            "orm": first and first.login,
            "people": sorted(User.objects.values_list("login", flat=True)),
            "person": request.user.login if request.user.is_authenticated else None,
        }
    )


def empty(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({})


def one(_request: HttpRequest) -> JsonResponse:
    """One question to the database."""
    return JsonResponse({"city": Profile.objects.values_list("city", flat=True).get()})


# --- What goes wrong --------------------------------------------------------------------------------------


def ask() -> None:
    Profile.objects.values_list("city").get()


def rolled_back(_other: Town) -> None:
    with suppress(Mistake), transaction.atomic():
        ask()
        raise Mistake


def savepoint_rolled_back(other: Town) -> None:
    with transaction.atomic():
        with suppress(Mistake), transaction.atomic(), in_town(other):
            ask()
            raise Mistake
        ask()


def nested_town(other: Town) -> None:
    with suppress(Mistake), in_town(other):
        ask()
        raise Mistake


def refused_statement(other: Town) -> None:
    with suppress(DatabaseError), transaction.atomic(), in_town(other), connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")


def rolled_back_on_purpose(other: Town) -> None:
    with transaction.atomic():
        with in_town(other):
            ask()
        transaction.set_rollback(True)


def broken_in_a_nested_town(other: Town) -> None:
    with transaction.atomic(), in_town(other), at_operator(), in_town(other):
        ask()
        raise Mistake


def generator_left_behind(other: Town) -> None:
    def rows() -> Any:
        with in_town(other):
            yield from User.objects.iterator(chunk_size=1)

    next(rows())


def statement_cancelled(other: Town) -> None:
    with suppress(DatabaseError), transaction.atomic(), in_town(other), connection.cursor() as cursor:
        cursor.execute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(1)")


def slow(_other: Town) -> None:
    with transaction.atomic():
        ask()
        time.sleep(0.03)
        ask()


def connection_closed(other: Town) -> None:
    with in_town(other):
        ask()
        connection.close()


def connection_moved(_other: Town) -> None:
    """Code that passes by the cursor, and does not clear up."""
    ask()
    connection.connection.execute("SET search_path = public")
    raise Mistake


MISHAPS: list[Callable[[Town], None]] = [
    rolled_back,
    savepoint_rolled_back,
    nested_town,
    refused_statement,
    rolled_back_on_purpose,
    broken_in_a_nested_town,
    generator_left_behind,
    statement_cancelled,
    slow,
    connection_closed,
    connection_moved,
]


def chaos(request: HttpRequest) -> JsonResponse:
    """Something goes wrong, then the question. Or it goes so wrong that there is no answer."""
    with at_operator():
        other = Town.objects.get(slug=request.GET["other"])
    MISHAPS[int(request.GET["kind"])](other)
    if random.random() < 0.5:  # noqa: S311 -- no secret
        with transaction.atomic():
            return who(request)
    return who(request)


urlpatterns = [
    path("wer/", who),
    path("chaos/", chaos),
    path("leer/", empty),
    path("eine/", one),
    *urls_town.urlpatterns,
]
