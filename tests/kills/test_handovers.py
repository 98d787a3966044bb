"""A hand-over whose worker is killed while the other side thinks: it arrives, and is written down once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from threading import Event as Signal
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core import mail
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from config.local.configuration import Ports
from submissions.handover import actions
from submissions.handover.actions import TargetDetails
from submissions.handover.jobs import deliver
from submissions.handover.models import Attempt, Handover, Transmission
from submissions.handover.states import HandoverState, Kind
from submissions.models import Event
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.handover.fit_connect import DESTINATION, quick_keys, standing_in
from tests.handover.receiver import receiving
from tests.kills.conftest import finish, is_left, worker
from tests.people import MONDAY, make_anna, make_astrid
from tests.processes import until

LOOPBACK = "127.0.0.0/8"
MAILBOX = "steueramt@lage.example"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _inside(settings: Any) -> None:
    """What receives is on this machine."""
    settings.HANDOVER_NETWORKS = [LOOPBACK]


def hand_over_dogs(kind: Kind, address: str, *, is_whole: bool = False) -> None:
    """One is registered, and goes there."""
    details = TargetDetails("Hundesteuer-Programm", address, is_whole=is_whole)
    actions.add_target(service_key="hund-anmelden", kind=kind, details=details, by=make_astrid(), now=MONDAY)
    make_submission(make_anna())


def five_minutes_later() -> None:
    """Nobody can be at it any more."""
    Handover.objects.update(busy_until=F("busy_until") - actions.BUSY)
    with at_operator():
        ProcrastinateJob.objects.filter(task_name=deliver.name).update(scheduled_at=timezone.now())


def assert_nothing_is_known_yet() -> None:
    assert (Handover.objects.get().state, Attempt.objects.count()) == (HandoverState.WAITING, 0)


def assert_it_is_written_down_once() -> None:
    assert Handover.objects.get().state == HandoverState.DONE
    assert [one.has_arrived for one in Attempt.objects.all()] == [True]
    assert Event.objects.filter(title="An „Hundesteuer-Programm“ weitergegeben").count() == 1
    assert not is_left(deliver)


def test_a_webhook_goes_on_under_the_same_name(lage: Town) -> None:
    with in_town(lage), receiving() as receiver:
        hand_over_dogs(Kind.WEBHOOK, receiver.url)
        receiver.is_allowed.clear()
        with worker(HANDOVER_NETWORKS=LOOPBACK) as process:
            until(lambda: bool(receiver.calls), process)
        assert_nothing_is_known_yet()

        receiver.is_allowed.set()
        finish()  # too early: the first may still be at it
        assert len(receiver.calls) == 1

        five_minutes_later()
        finish()

        assert_it_is_written_down_once()
        names = [call.headers["Stadttor-Delivery"] for call in receiver.calls]
        assert names == [str(Handover.objects.get().pk)] * 2


@pytest.mark.parametrize(
    "call",
    ["POST /v2/submissions$", "PUT /v2/submissions/[^/]+/attachments/", "PUT /v2/submissions/[^/]+$"],
    ids=["announced", "a file is there", "all is there"],
)
def test_fit_connect_gets_one_submission_however_far_the_first_came(
    lage: Town, settings: Any, tmp_path: Path, call: str
) -> None:
    """It is announced, a file has gone there, or all of it has, and nobody has heard the answer."""
    (tmp_path / "keys").mkdir()
    with in_town(lage), standing_in(tmp_path / "fit", quick_keys(tmp_path / "keys")) as fit:
        for name, value in fit.settings().items():
            setattr(settings, name, value)
        hand_over_dogs(Kind.FIT_CONNECT, DESTINATION, is_whole=True)
        fit.held = call
        with worker(HANDOVER_NETWORKS=LOOPBACK, **fit.settings()) as process:
            until(fit.is_holding.is_set, process)
        assert_nothing_is_known_yet()

        fit.held = ""
        fit.is_allowed.set()
        five_minutes_later()
        finish()

        assert_it_is_written_down_once()
        [arrived] = fit.arrived
        assert arrived.id == str(Transmission.objects.get().pk)
        assert fit.here.open(arrived).problems == []


def test_a_mail_that_comes_twice_is_the_same_message(lage: Town) -> None:
    with in_town(lage), slow_mailbox() as (server, received, is_allowed):
        hand_over_dogs(Kind.EMAIL, MAILBOX)
        with worker(EMAIL_URL=f"smtp://127.0.0.1:{server.port}") as process:
            until(lambda: bool(received), process)
        assert_nothing_is_known_yet()

        is_allowed.set()
        five_minutes_later()
        finish()

        assert_it_is_written_down_once()
        [first] = [message_from_bytes(one)["Message-ID"] for one in received]
        assert [one.extra_headers["Message-ID"] for one in mail.outbox if one.to == [MAILBOX]] == [first]


@contextmanager
def slow_mailbox() -> Iterator[tuple[Controller, list[bytes], Signal]]:
    """A mail server that keeps what comes to the mailbox, and says so once it is allowed to."""
    received: list[bytes] = []
    is_allowed = Signal()

    class Handler:
        async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
            if MAILBOX in envelope.rcpt_tos:
                received.append(bytes(envelope.original_content or b""))
                await asyncio.to_thread(is_allowed.wait)
            return "250 Message accepted"

    server = Controller(Handler(), hostname="127.0.0.1", port=Ports.free().smtp, server_hostname="localhost")
    server.start()
    try:
        yield server, received, is_allowed
    finally:
        is_allowed.set()
        server.stop()
