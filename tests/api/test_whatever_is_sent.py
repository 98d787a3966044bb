"""Whatever is sent to the API: nothing breaks, and what it answers is what its OpenAPI document says."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from accounts.tokens import limits
from accounts.tokens.models import Scope
from billing.models import Payment
from billing.states import PaymentState
from config.schema import document
from submissions.models import Submission
from tenants.context import enter
from tenants.models import Town
from tests.api.conftest import MakeSystem, System
from tests.api.test_cases import attach
from tests.api.test_payments import pay

HOST = "http://lage.localhost"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def app(lage: Town, in_lage: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Iterable[bytes]]]:
    """The product as a web server calls it. After each request the test is in its own town again."""
    monkeypatch.setattr(limits, "PER_TOKEN", 1_000_000)
    monkeypatch.setattr(limits, "PER_ADDRESS", 1_000_000)
    handler = WSGIHandler()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            with closing(handler(environ, start_response)) as answer:  # files too
                return [b"".join(answer)]
        finally:
            enter(lage)

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield serve
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(anna: User, case: Submission) -> dict[str, str]:
    """What there is, by the name of its place in the address."""
    paid = pay(anna, state=PaymentState.PAID)
    return {
        "number": case.number,
        "reference": paid.reference,
        "file_id": str(attach(case).pk),
        "key": case.service_key,
        "version": str(case.form_version),
    }


def try_out(
    app: Any, system: System, known: dict[str, str], examples: int, modes: Iterable[GenerationMode]
) -> dict[str, set[int]]:
    """Send what was made up to each operation, half of it to what there is. Returns what came, by operation."""
    schema = schemathesis.openapi.from_dict(document())
    schema.app = app
    answers: dict[str, set[int]] = {}
    wrong: list[str] = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)  # the document is right
        operation = found.ok()
        places = {one.name for one in operation.path_parameters}
        here = {name: value for name, value in known.items() if name in places}
        seen = answers.setdefault(operation.label, set())
        for mode in modes:
            for path in [{}, here] if here else [{}]:
                sent = operation.as_strategy(mode, path_parameters=path or None)
                with suppress(Unsatisfiable):  # nothing can be wrong where nothing is sent
                    try:
                        sending(sent, system, seen, examples)()
                    except FailureGroup as found_wrong:
                        wrong += [f"{operation.label}: {one}" for one in found_wrong.exceptions]
    assert wrong == []
    return answers


def sending(strategy: Any, system: System, seen: set[int], examples: int) -> Callable[[], None]:
    """Sends so many and looks at the answers; the first that is wrong is raised."""

    def send(sent: Any) -> None:
        headers = {"Authorization": f"Bearer {system.written}", "Accept-Encoding": "identity"}
        answer = sent.call(base_url=HOST, headers=headers)
        seen.add(answer.status_code)
        sent.validate_response(answer, checks=CHECKS)

    limited = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return limited(given(sent=strategy)(send))


def test_with_all_scopes(app: Any, system: System, known: dict[str, str]) -> None:
    answers = try_out(app, system, known, 5, [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    assert len(answers) == 15
    assert [name for name, seen in answers.items() if "GET" in name and 200 not in seen] == [
        "GET /api/v1/submissions/{number}/decision.pdf"  # if it was not decided by then
    ] * (200 not in answers["GET /api/v1/submissions/{number}/decision.pdf"])
    assert 200 in answers["POST /api/v1/submissions/{number}/take/"]
    assert Submission.objects.get(number=known["number"]).events.filter(by=system.token.system).exists()
    assert Payment.objects.get().state == PaymentState.PAID


@pytest.mark.parametrize("scope", Scope)
def test_with_one_scope(app: Any, make_system: MakeSystem, known: dict[str, str], scope: Scope) -> None:
    answers = try_out(app, make_system(scope), known, 2, [GenerationMode.POSITIVE])

    reads = {Scope.READ: "/submissions/{", Scope.WRITE: "POST", Scope.PAYMENTS: "/payments/"}[scope]
    closed = [name for name in answers if "/submissions/" in name or "/payments/" in name]
    closed = [name for name in closed if reads not in name and name != "GET /api/v1/submissions/"]
    assert all(200 not in answers[name] for name in closed)
