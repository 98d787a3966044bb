"""The OpenAPI document: whole, in German, and true of what the API answers, whatever is sent."""

from collections.abc import Iterator
from typing import Any

import pytest

from config.schema import document
from tests.people import TownClient


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return document()


def operations(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_it_names_every_address(told: dict[str, Any]) -> None:
    assert sorted(name for name, _operation in operations(told)) == [
        "get /api/v1/forms/{key}/{version}/schema.json",
        "get /api/v1/offices/",
        "get /api/v1/payments/",
        "get /api/v1/payments/{reference}/",
        "get /api/v1/services/",
        "get /api/v1/services/{key}/",
        "get /api/v1/submissions/",
        "get /api/v1/submissions/{number}/",
        "get /api/v1/submissions/{number}/application.pdf",
        "get /api/v1/submissions/{number}/decision.pdf",
        "get /api/v1/submissions/{number}/files/{file_id}/",
        "post /api/v1/submissions/{number}/close/",
        "post /api/v1/submissions/{number}/decision/",
        "post /api/v1/submissions/{number}/messages/",
        "post /api/v1/submissions/{number}/take/",
    ]


def test_every_operation_parameter_and_field_is_described(told: dict[str, Any]) -> None:
    silent = [
        f"{name} {part}" for name, operation in operations(told) for part in ("summary", "description")
        if not operation.get(part)
    ]  # fmt: skip
    for name, operation in operations(told):
        silent += [f"{name} ?{one['name']}" for one in operation.get("parameters", []) if not one.get("description")]
        silent += [
            f"{name} {status}" for status, one in operation["responses"].items()
            if int(status) >= 400 and not one.get("description")
        ]  # fmt: skip
    for name, component in told["components"]["schemas"].items():
        fields = component.get("properties", {})
        silent += [f"{name}.{field}" for field, one in fields.items() if not one.get("description")]
        silent += [name] * ("properties" in component and not component.get("description"))

    assert silent == []


def test_an_address_that_is_not_there_is_told_to_a_program(visitor: TownClient) -> None:
    strict = TownClient(visitor.town, enforce_csrf_checks=True)

    for answer in (visitor.get("/api/v1/gibt-es-nicht/"), strict.post("/api/v1/submissions/a b/take/")):
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["detail"] == "Diese Adresse gibt es nicht."
    assert visitor.get("/api/v1/services").headers["Location"] == "/api/v1/services/"


def test_it_is_served_to_everybody_and_names_no_other_host(visitor: TownClient) -> None:
    answer = visitor.get("/api/v1/schema/")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/vnd.oai.openapi+json")
    assert answer.json() == document()
    assert "//" not in answer.content.decode().replace("application/", "")
