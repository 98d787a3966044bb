"""What Prometheus is told: how much, how quickly, with what outcome. Never who, and never a path."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import send_mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app
from prometheus_client.parser import text_string_to_metric_families

from billing.models import Payment
from billing.settling import move
from billing.states import PaymentState
from submissions.jobs import send_notice
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.people import MONDAY, Browser, TownClient, make_anna

TOKEN = "only-for-tests"
Series = tuple[str, frozenset[tuple[str, str]]]
NOTICE = "submissions.jobs.send_notice"


class Prometheus:
    """Somebody who reads /metrics. Figures are told as what they have grown by since the test began."""

    def __init__(self) -> None:
        self._before = self._read()

    def value(self, name: str, **labels: str) -> float:
        series = (name, frozenset(labels.items()))
        return self._read().get(series, 0) - (self._before.get(series, 0) if name.endswith(("_total", "_count")) else 0)

    def grown(self, name: str) -> dict[frozenset[tuple[str, str]], float]:
        """By labels, what has grown."""
        now = {labels: value for (series, labels), value in self._read().items() if series == name}
        return {
            labels: value - before
            for labels, value in now.items()
            if value != (before := self._before.get((name, labels), 0))
        }

    def _read(self) -> dict[Series, float]:
        answer = ask(f"Bearer {TOKEN}")
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.content.decode())
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }


def ask(authorization: str = "", host: str = "10.0.0.7:8000") -> Any:
    headers = {"host": host} | ({"authorization": authorization} if authorization else {})
    return Client(headers=headers).get("/metrics")


def labels(**given: str) -> frozenset[tuple[str, str]]:
    return frozenset(given.items())


@pytest.fixture
def prometheus(db: None, settings: Any) -> Prometheus:
    settings.METRICS_TOKEN = TOKEN
    return Prometheus()


# --- Who may read ------------------------------------------------------------------------------------------


def test_without_a_token_there_is_no_such_page(db: None) -> None:
    assert [ask().status_code, ask("Bearer ").status_code] == [404, 404]


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ä"])
def test_who_does_not_know_the_token_is_refused(prometheus: Prometheus, given: str) -> None:
    answer = ask(given)

    assert (answer.status_code, answer.content, answer["WWW-Authenticate"]) == (401, b"", "Bearer")


def test_it_answers_at_any_host_in_the_format_of_prometheus(prometheus: Prometheus) -> None:
    answer = ask(f"Bearer {TOKEN}", host="unbekannt.example")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")


# --- Requests ----------------------------------------------------------------------------------------------


def test_requests_are_counted_by_town_and_by_view(
    prometheus: Prometheus, visitor: TownClient, visitor_of_detmold: TownClient
) -> None:
    visitor.get("/leistungen/hund-anmelden/")
    visitor.get("/leistungen/hundemarke-ersatz/")
    visitor.post("/leistungen/hund-anmelden/")
    visitor_of_detmold.get("/gibt/es/nicht/")
    Browser("unbekannt.localhost").get("/")
    Browser("betrieb.localhost").get("/")

    assert prometheus.grown("stadttor_requests_total") == {
        labels(town="lage", method="read", status="2xx"): 2,
        labels(town="lage", method="write", status="4xx"): 1,
        labels(town="detmold", method="read", status="4xx"): 1,
        labels(town="none", method="read", status="4xx"): 1,
        labels(town="none", method="read", status="3xx"): 1,
    }
    assert prometheus.grown("stadttor_view_requests_total") == {
        labels(view="townhall:service", method="read", status="2xx"): 2,
        labels(view="townhall:service", method="write", status="4xx"): 1,
        labels(view="none", method="read", status="4xx"): 2,
        labels(view="operations:towns", method="read", status="3xx"): 1,
    }
    assert prometheus.value("stadttor_request_seconds_count", view="townhall:service") == 3


def test_what_somebody_makes_up_adds_no_series(prometheus: Prometheus, visitor: TownClient) -> None:
    for number in range(5):
        visitor.get(f"/{number}/")
        visitor.generic(f"METHOD{number}", "/")
        Browser(f"stadt{number}.localhost").get("/")

    assert len(prometheus.grown("stadttor_requests_total")) == 3
    assert len(prometheus.grown("stadttor_view_requests_total")) <= 3


def test_probes_are_not_counted(prometheus: Prometheus) -> None:
    Client().get("/readyz")

    assert prometheus.grown("stadttor_requests_total") == {}


# --- Jobs --------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(lage: Town) -> None:
    """Two notices wait for the worker, one only for tomorrow; one has failed for good."""
    with in_town(lage):
        for _job in range(4):
            send_notice.queue(submission="1", notice="received")
    with at_operator(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs ORDER BY id")
        first, _second, later, failed = [number for (number,) in cursor.fetchall()]
        now = timezone.now()
        cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [now - timedelta(hours=1), first])
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = %s WHERE id = %s", [now + timedelta(days=1), later]
        )
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [failed])


def test_the_queue_is_told_by_task(prometheus: Prometheus, queue: None) -> None:
    assert prometheus.value("stadttor_jobs_due", task=NOTICE) == 2
    assert prometheus.value("stadttor_jobs_given_up", task=NOTICE) == 1
    assert 3600 <= prometheus.value("stadttor_oldest_due_job_seconds", task=NOTICE) < 3700


def test_a_job_that_is_tried_again_waits_since_it_could_have_run(prometheus: Prometheus, queue: None) -> None:
    with at_operator(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = %s WHERE scheduled_at IS NOT NULL",
            [timezone.now() - timedelta(hours=2)],
        )

    assert prometheus.value("stadttor_jobs_due", task=NOTICE) == 3
    assert 7200 <= prometheus.value("stadttor_oldest_due_job_seconds", task=NOTICE) < 7300


def test_tasks_of_which_nothing_waits_are_told_too(prometheus: Prometheus) -> None:
    told = {dict(series)["task"] for name, series in prometheus._read() if name == "stadttor_jobs_due"}

    assert told == set(app.tasks)
    assert prometheus.value("stadttor_jobs_due", task=NOTICE) == 0
    assert prometheus.value("stadttor_oldest_due_job_seconds", task=NOTICE) == 0


# --- Mails and payments ------------------------------------------------------------------------------------


@pytest.fixture
def transport(settings: Any) -> Any:
    settings.EMAIL_BACKEND = "config.mail.CountedMail"  # as in production; tests have another
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    return settings


def test_mails_are_counted_by_town(prometheus: Prometheus, transport: Any, lage: Town) -> None:
    with in_town(lage):
        send_mail("Betreff", "Text", None, ["anna@post.example"])
    send_mail("Betreff", "Text", None, ["olga@betrieb.example"])

    assert len(mail.outbox) == 2
    assert prometheus.grown("stadttor_mails_total") == {
        labels(town="lage", outcome="sent"): 1,
        labels(town="none", outcome="sent"): 1,
    }


def test_mails_that_nobody_takes_are_counted_and_raised(prometheus: Prometheus, transport: Any, lage: Town) -> None:
    transport.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    transport.EMAIL_HOST, transport.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there

    with in_town(lage), pytest.raises(ConnectionRefusedError):
        send_mail("Betreff", "Text", None, ["anna@post.example"])

    assert prometheus.grown("stadttor_mails_total") == {labels(town="lage", outcome="failed"): 1}


def test_payments_are_counted_once_they_are_booked(
    prometheus: Prometheus, in_lage: Town, django_capture_on_commit_callbacks: Any
) -> None:
    payment = Payment.objects.create(
        submission=make_submission(make_anna(), paid=True),
        reference="LAGE-1",
        amount="5.00",
        state=PaymentState.STARTED,
        account="acct",
        created_at=MONDAY,
    )

    with django_capture_on_commit_callbacks() as callbacks:
        move(payment, PaymentState.EXPIRED, source="polling", reason="", now=MONDAY)
        move(payment, PaymentState.STARTED, source="polling", reason="", now=MONDAY)  # not a step
    not_yet = prometheus.grown("stadttor_payments_total")
    for callback in callbacks:
        callback()

    assert not_yet == {}
    assert prometheus.grown("stadttor_payments_total") == {labels(town="lage", outcome="expired"): 1}
