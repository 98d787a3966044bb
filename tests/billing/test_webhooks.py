"""What providers tell: only what is really theirs is heard, kept as it came, and can be heard again."""

import json
import time
from typing import Any

import pytest
from django.core.management import call_command

from billing.models import Payment
from billing.states import PaymentState
from billing.webhooks.models import ConnectedAccount, WebhookEvent, register_account
from config.local.stripe_stand_in.webhooks import signature as sign
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.billing.paying import order_tag, start
from tests.factories import make_payable
from tests.jobs import run_jobs

ACCOUNT = "acct_probe_lage"


@pytest.fixture
def paid_but_unheard(in_lage: Town, provider: Provider) -> Payment:
    """Anna has paid; nobody has told us yet."""
    make_payable()
    payment = start(order_tag())
    provider.pay(payment.session_url)
    return payment


def completed(provider: Provider) -> tuple[bytes, str]:
    return next(hook for hook in provider.webhooks() if b'"checkout.session.completed"' in hook[0])


def stored() -> list[str]:
    with at_operator():
        return list(WebhookEvent.objects.values_list("event_id", flat=True))


def state_of(payment: Payment) -> str:
    payment.refresh_from_db()
    return payment.state


@pytest.mark.parametrize(
    "signature",
    ["", "t=1,v1=00", "Unsinn", "t=Unsinn,v1=00", "t=1"],
)
def test_what_is_not_signed_is_refused(paid_but_unheard: Payment, provider: Provider, signature: str) -> None:
    body, _signature = completed(provider)

    assert provider.deliver(body, signature).status_code == 400
    assert stored() == []


def test_what_was_signed_with_another_key_is_refused(paid_but_unheard: Payment, provider: Provider) -> None:
    body, _signature = completed(provider)

    assert provider.deliver(body, sign(body, "whsec_of_somebody_else", int(time.time()))).status_code == 400
    assert stored() == []


def test_what_was_changed_after_signing_is_refused(paid_but_unheard: Payment, provider: Provider) -> None:
    body, signature = completed(provider)

    assert provider.deliver(body.replace(b"500", b"5"), signature).status_code == 400
    assert stored() == []


@pytest.mark.parametrize(("age", "status"), [(290, 200), (310, 400)])
def test_what_is_older_than_five_minutes_is_refused(
    paid_but_unheard: Payment, provider: Provider, settings: Any, age: int, status: int
) -> None:
    body, _signature = completed(provider)
    old = sign(body, settings.STRIPE_WEBHOOK_SECRET, int(time.time()) - age)

    assert provider.deliver(body, old).status_code == status


def test_an_old_signature_with_a_new_time_is_refused(
    paid_but_unheard: Payment, provider: Provider, settings: Any
) -> None:
    body, _signature = completed(provider)
    old = sign(body, settings.STRIPE_WEBHOOK_SECRET, int(time.time()) - 3600)
    resigned = f"t={int(time.time())},{old.partition(',')[2]}"

    assert provider.deliver(body, resigned).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff", b'{"id": "evt_1"}', b'{"id": 1, "type": 2}'])
def test_what_is_signed_but_no_event_is_refused(in_lage: Town, provider: Provider, settings: Any, body: bytes) -> None:
    signature = sign(body, settings.STRIPE_WEBHOOK_SECRET, int(time.time()))

    assert provider.deliver(body, signature).status_code == 400
    assert stored() == []


def changed(body: bytes, **values: Any) -> bytes:
    return json.dumps(json.loads(body) | values).encode()


def deliver_signed(provider: Provider, settings: Any, body: bytes) -> int:
    signature = sign(body, settings.STRIPE_WEBHOOK_SECRET, int(time.time()))
    return provider.deliver(body, signature).status_code


@pytest.mark.parametrize("account", ["acct_of_nobody", ""])
def test_an_account_of_no_town_is_refused(
    paid_but_unheard: Payment, provider: Provider, settings: Any, account: str
) -> None:
    body = changed(completed(provider)[0], account=account)

    assert deliver_signed(provider, settings, body) == 400
    assert stored() == []


def test_an_event_of_another_towns_account_cannot_touch_a_payment(
    paid_but_unheard: Payment, provider: Provider, settings: Any, detmold: Town
) -> None:
    with in_town(detmold):
        register_account("stripe", "acct_probe_detmold")
    body = changed(completed(provider)[0], account="acct_probe_detmold")

    status = deliver_signed(provider, settings, body)
    run_jobs()

    assert status == 200
    assert state_of(paid_but_unheard) == PaymentState.STARTED
    with at_operator():
        assert WebhookEvent.objects.get().outcome.startswith("refused: account of detmold")


def test_two_towns_cannot_have_the_same_account(in_lage: Town, detmold: Town) -> None:
    from django.db import IntegrityError

    register_account("stripe", ACCOUNT)
    register_account("stripe", ACCOUNT)

    with in_town(detmold), pytest.raises(IntegrityError, match="belongs to another town"):
        register_account("stripe", ACCOUNT)


def test_an_event_is_kept_as_it_came_with_its_account(paid_but_unheard: Payment, provider: Provider) -> None:
    body, signature = completed(provider)

    provider.deliver(body, signature)

    with at_operator():
        event = WebhookEvent.objects.get()
        assert (bytes(event.body), event.account, event.kind) == (body, ACCOUNT, "checkout.session.completed")
        assert ConnectedAccount.objects.get().town.slug == "lage"


def test_events_can_be_heard_again_by_a_command(
    paid_but_unheard: Payment, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    body, signature = completed(provider)
    provider.deliver(body, signature)
    with at_operator():
        from procrastinate.contrib.django.models import ProcrastinateJob

        ProcrastinateJob.objects.all()._raw_delete("default")  # the job was lost

        call_command("replay_webhooks", "--unprocessed")
    run_jobs()

    assert state_of(paid_but_unheard) == PaymentState.PAID
    assert "1" in capsys.readouterr().out
    with at_operator():
        call_command("replay_webhooks", "--event", json.loads(body)["id"])
    run_jobs()
    assert paid_but_unheard.entries.filter(new_state=PaymentState.PAID).count() == 1


def test_a_report_with_another_amount_books_nothing_and_raises_an_alarm(
    paid_but_unheard: Payment, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    from billing.models import Difference, Movement

    Payment.objects.update(amount="4.00")
    provider.deliver(*completed(provider))
    run_jobs()

    assert state_of(paid_but_unheard) == PaymentState.UNKNOWN
    assert not Movement.objects.exists()
    assert (Difference.objects.get().kind, str(Difference.objects.get().theirs)) == ("mismatch", "5.00")
    assert "the provider's report does not fit" in caplog.text
