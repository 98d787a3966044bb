"""A hand-over whose worker is killed while the other side thinks: it arrives, and is written down once."""

from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from submissions.handover import actions
from submissions.handover.actions import TargetDetails
from submissions.handover.jobs import deliver
from submissions.handover.models import Attempt, Handover
from submissions.handover.states import HandoverState, Kind
from submissions.models import Event
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.handover.receiver import receiving
from tests.kills.conftest import finish, is_left, worker
from tests.people import MONDAY, make_anna, make_astrid
from tests.processes import until

LOOPBACK = "127.0.0.0/8"


@pytest.mark.django_db(transaction=True)
def test_a_hand_over_goes_on_under_the_same_name_and_arrives_once(lage: Town, settings: Any) -> None:
    settings.HANDOVER_NETWORKS = [LOOPBACK]
    with in_town(lage), receiving() as receiver:
        details = TargetDetails("Hundesteuer-Programm", receiver.url, is_whole=False)
        actions.add_target(
            service_key="hund-anmelden", kind=Kind.WEBHOOK, details=details, by=make_astrid(), now=MONDAY
        )
        make_submission(make_anna())
        receiver.is_allowed.clear()
        with worker(HANDOVER_NETWORKS=LOOPBACK) as process:
            until(lambda: bool(receiver.calls), process)
        assert (Handover.objects.get().state, Attempt.objects.count()) == (HandoverState.WAITING, 0)

        receiver.is_allowed.set()
        finish()  # too early: the first may still be at it
        assert len(receiver.calls) == 1

        five_minutes_later()
        finish()

        assert Handover.objects.get().state == HandoverState.DONE
        assert [one.has_arrived for one in Attempt.objects.all()] == [True]
        assert Event.objects.filter(title="An „Hundesteuer-Programm“ weitergegeben").count() == 1
        names = [call.headers["Stadttor-Delivery"] for call in receiver.calls]
        assert names == [str(Handover.objects.get().pk)] * 2
        assert not is_left(deliver)


def five_minutes_later() -> None:
    Handover.objects.update(busy_until=F("busy_until") - actions.BUSY)
    with at_operator():
        ProcrastinateJob.objects.filter(task_name=deliver.name).update(scheduled_at=timezone.now())
