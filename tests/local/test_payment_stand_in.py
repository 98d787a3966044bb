"""The stand-in for Stripe, used through the official library and through its pages."""

import json
import time
from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest
import requests
import stripe

from config.local.stack import Stack
from config.local.stripe_stand_in.balance import fee_of
from config.local.stripe_stand_in.instruments import BANK_ACCOUNTS, CARDS
from config.local.stripe_stand_in.specification import Specification
from tests.local.conftest import BANK_SECONDS, Portal

GOOD_CARD, DECLINED_CARD = CARDS[0].number, CARDS[2].number
GOOD_IBAN, BAD_IBAN = BANK_ACCOUNTS[0].number, BANK_ACCOUNTS[1].number
LAGE = {"stripe_account": "acct_probe_lage"}
DETMOLD = {"stripe_account": "acct_probe_detmold"}
SUCCESS, CANCEL = (
    "http://lage.localhost:1/bezahlt/?s={CHECKOUT_SESSION_ID}",
    "http://lage.localhost:1/zurueck/",
)

Client = Any  # stripe.StripeClient, whose typed dictionaries would be in the way here


def client_of(stack: Stack) -> Client:
    return stripe.StripeClient(
        stack.environment["STRIPE_SECRET_KEY"],
        base_addresses={"api": stack.environment["STRIPE_API_BASE"]},
        max_network_retries=0,
        stripe_version=Specification().version,
    )


@pytest.fixture
def client(services: Stack) -> Client:
    return client_of(services)


@pytest.fixture
def probe(services: Stack) -> Callable[..., dict[str, Any]]:
    """The endpoints for tests."""

    def call(path: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{services.environment['STRIPE_API_BASE']}/_probe/{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return call


def order(**changes: Any) -> dict[str, Any]:
    """What the portal asks for: a replacement dog tag for 12 euros."""
    item = {"currency": "eur", "unit_amount": 1200, "product_data": {"name": "Ersatz-Hundemarke"}}
    return {
        "mode": "payment",
        "success_url": SUCCESS,
        "cancel_url": CANCEL,
        "client_reference_id": "LAGE-2026-000123",
        "metadata": {"town": "lage"},
        "payment_method_types": ["card", "paypal", "sepa_debit"],
        "line_items": [{"quantity": 1, "price_data": item}],
        "payment_intent_data": {"description": "Ersatz-Hundemarke", "metadata": {"town": "lage"}},
        "expires_at": int(time.time()) + 3600,
        **changes,
    }


def open_session(client: Client, account: dict[str, str] = LAGE, **changes: Any) -> Any:
    return client.v1.checkout.sessions.create(order(**changes), account)


def pay(session: Any, method: str = "card", **typed: str) -> requests.Response:
    """Fill in the payment page."""
    fields = {"method": method, "card_number": GOOD_CARD, "iban": GOOD_IBAN, "action": "pay"} | typed
    return requests.post(session.url, fields, allow_redirects=False, timeout=30)


def again(client: Client, session: Any, **options: Any) -> Any:
    return client.v1.checkout.sessions.retrieve(session.id, options or None, LAGE)


def wait_for(condition: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def types_about(portal: Portal, session_id: str) -> list[str]:
    """Types of the checkout events of one session that arrived."""
    events = [json.loads(body) for body, _headers in portal.received]
    return [event["type"] for event in events if event["data"]["object"]["id"] == session_id]


# --- Paying ----------------------------------------------------------------------------------------------


def test_a_card_pays_a_session_at_once(client: Client) -> None:
    session = open_session(client)

    answer = pay(session)

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        SUCCESS.format(CHECKOUT_SESSION_ID=session.id),
    )
    paid = again(client, session, expand=["payment_intent.latest_charge", "line_items"])
    intent = paid.payment_intent
    assert (paid.status, paid.payment_status, paid.amount_total, paid.url) == ("complete", "paid", 1200, None)
    assert (paid.client_reference_id, paid.metadata.to_dict()) == ("LAGE-2026-000123", {"town": "lage"})
    assert (intent.status, intent.amount_received, intent.metadata.to_dict()) == (
        "succeeded",
        1200,
        {"town": "lage"},
    )
    assert (intent.latest_charge.paid, intent.latest_charge.payment_method_details.card.last4) == (
        True,
        "4242",
    )
    assert [item.description for item in paid.line_items.data] == ["Ersatz-Hundemarke"]


def test_paypal_pays_at_once(client: Client) -> None:
    session = open_session(client)

    pay(session, "paypal")

    paid = again(client, session, expand=["payment_intent.latest_charge"])
    assert paid.payment_status == "paid"
    assert paid.payment_intent.latest_charge.payment_method_details.type == "paypal"


def test_a_direct_debit_is_paid_a_little_later(client: Client) -> None:
    session = open_session(client)

    pay(session, "sepa_debit")
    at_once = again(client, session, expand=["payment_intent"])
    paid = wait_for(lambda: again(client, session).payment_status == "paid", BANK_SECONDS + 10)

    assert (at_once.status, at_once.payment_status) == ("complete", "unpaid")
    assert (at_once.payment_intent.status, at_once.payment_intent.amount_received) == ("processing", 0)
    assert paid


def test_a_direct_debit_can_bounce(client: Client, portal: Portal) -> None:
    session = open_session(client)

    pay(session, "sepa_debit", iban=BAD_IBAN)
    wait_for(lambda: "checkout.session.async_payment_failed" in types_about(portal, session.id))

    failed = again(client, session, expand=["payment_intent"])
    assert (failed.status, failed.payment_status) == ("complete", "unpaid")
    assert failed.payment_intent.status == "requires_payment_method"
    assert failed.payment_intent.last_payment_error.decline_code == "insufficient_funds"


def test_a_declined_card_leaves_the_session_open_for_another(client: Client) -> None:
    session = open_session(client)

    declined = pay(session, card_number=DECLINED_CARD)
    between = again(client, session, expand=["payment_intent"])
    pay(session)

    assert declined.status_code == 402
    assert "Die Karte wurde abgelehnt." in declined.text
    assert (between.status, between.payment_intent.last_payment_error.code) == ("open", "card_declined")
    paid = again(client, session)
    assert (paid.payment_status, paid.payment_intent) == ("paid", between.payment_intent.id)


@pytest.mark.parametrize("number", ["4111 1111 1111 1111", "", "abc", "4242"])
def test_only_test_cards_are_taken(client: Client, number: str) -> None:
    session = open_session(client)

    answer = pay(session, card_number=number)

    assert answer.status_code == 422
    assert "niemals eine echte Karte" in answer.text
    assert again(client, session).status == "open"


def test_a_method_that_the_town_did_not_offer_is_not_taken(client: Client) -> None:
    session = open_session(client, payment_method_types=["card"])

    answer = pay(session, "paypal")

    assert answer.status_code == 422
    assert "PayPal" not in answer.text


def test_cancelling_leads_back_and_the_session_can_still_be_paid(client: Client) -> None:
    session = open_session(client)

    cancelled = pay(session, action="cancel")
    paid = pay(session)

    assert (cancelled.status_code, cancelled.headers["Location"]) == (303, CANCEL)
    assert paid.status_code == 303
    assert again(client, session).payment_status == "paid"


def test_a_second_click_pays_nothing_twice(client: Client) -> None:
    session = open_session(client)

    answers = [pay(session), pay(session)]

    assert [answer.headers["Location"] for answer in answers] == [SUCCESS.format(CHECKOUT_SESSION_ID=session.id)] * 2
    charges = [
        event
        for event in client.v1.events.list({"type": "charge.succeeded", "limit": 100}, LAGE).data
        if event.data.object["payment_intent"] == again(client, session).payment_intent
    ]
    assert len(charges) == 1


def test_the_page_says_that_no_money_flows_and_what_is_paid_to_whom(client: Client) -> None:
    page = requests.get(open_session(client).url, timeout=30)

    assert page.status_code == 200
    for text in ("Probezahlung – es fließt kein Geld.", "12,00 €", "Ersatz-Hundemarke", "An Stadt Lage"):
        assert text in page.text
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


# --- Expiring --------------------------------------------------------------------------------------------


def test_an_expired_session_cannot_be_paid(client: Client) -> None:
    session = open_session(client)

    expired = client.v1.checkout.sessions.expire(session.id, None, LAGE)
    answer = pay(session)

    assert (expired.status, expired.url) == ("expired", None)
    assert answer.status_code == 410
    assert "Die Zeit für diese Zahlung ist abgelaufen" in answer.text
    with pytest.raises(stripe.InvalidRequestError, match="status in"):
        client.v1.checkout.sessions.expire(session.id, None, LAGE)


def test_tests_can_let_a_session_expire(client: Client, portal: Portal, probe: Callable[..., Any]) -> None:
    session = open_session(client)

    probe(f"sessions/{session.id}/expire")

    assert again(client, session).status == "expired"
    assert wait_for(lambda: types_about(portal, session.id)) == ["checkout.session.expired"]


# --- Once for each idempotency key -----------------------------------------------------------------------


def test_the_same_key_and_request_give_the_same_session(client: Client) -> None:
    wanted, options = order(), {**LAGE, "idempotency_key": f"key-{time.time_ns()}"}

    first = client.v1.checkout.sessions.create(wanted, options)
    second = client.v1.checkout.sessions.create(wanted, options)

    assert first.id == second.id


def test_the_same_key_with_another_request_is_refused(client: Client) -> None:
    options = {**LAGE, "idempotency_key": f"key-{time.time_ns()}"}
    client.v1.checkout.sessions.create(order(), options)

    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(order(metadata={}), options)


def test_a_refused_request_is_refused_again_with_the_same_key(client: Client) -> None:
    options = {**LAGE, "idempotency_key": f"key-{time.time_ns()}"}
    wanted = {"payment_intent": "pi_unknown"}

    for _attempt in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
            client.v1.refunds.create(wanted, options)


# --- What Stripe refuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"surprise": 1}, "parameter_unknown", "surprise"),
        ({"mode": "kaufen"}, "parameter_invalid", "mode"),
        ({"line_items": [{"quantity": "viele"}]}, "parameter_invalid_integer", "line_items[0][quantity]"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0]"),
        ({"success_url": "lage/danke"}, "url_invalid", "success_url"),
        ({"customer_email": "anna"}, "email_invalid", "customer_email"),
        ({"payment_method_types": ["giropay"]}, "payment_method_type_invalid", "payment_method_types"),
        ({"expires_at": 1}, "parameter_invalid_integer", "expires_at"),
        ({"locale": "x" * 300}, "parameter_invalid", "locale"),
    ],
)
def test_a_wrong_order_is_refused_as_stripe_would(
    client: Client, changes: dict[str, Any], code: str, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        open_session(client, **changes)

    assert (refusal.value.http_status, refusal.value.code, refusal.value.param) == (400, code, param)


@pytest.mark.parametrize(("cents", "code"), [(49, "amount_too_small"), (100_000_000, "amount_too_large")])
def test_amounts_that_stripe_does_not_take_are_refused(client: Client, cents: int, code: str) -> None:
    item = {"currency": "eur", "unit_amount": cents, "product_data": {"name": "Gebühr"}}

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        open_session(client, line_items=[{"quantity": 1, "price_data": item}])

    assert refusal.value.code == code


def test_what_the_stand_in_cannot_do_is_refused_and_not_ignored(client: Client) -> None:
    with pytest.raises(stripe.StripeError, match="does not handle"):
        open_session(client, allow_promotion_codes=True)


def test_without_the_right_key_nothing_is_answered(services: Stack) -> None:
    stranger = stripe.StripeClient(
        "sk_test_wrong",
        base_addresses={"api": services.environment["STRIPE_API_BASE"]},
        max_network_retries=0,
        stripe_version=Specification().version,
    )

    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        stranger.v1.balance.retrieve()


def test_only_the_version_that_the_description_is_of_is_spoken(services: Stack) -> None:
    newer = stripe.StripeClient(
        services.environment["STRIPE_SECRET_KEY"],
        base_addresses={"api": services.environment["STRIPE_API_BASE"]},
        max_network_retries=0,
        stripe_version="2030-01-01.future",
    )

    with pytest.raises(stripe.InvalidRequestError, match="speaks 2026-05-27"):
        newer.v1.balance.retrieve()


# --- Refunds ---------------------------------------------------------------------------------------------


@pytest.fixture
def paid_intent(client: Client) -> str:
    session = open_session(client)
    pay(session)
    return str(again(client, session).payment_intent)


def refund(client: Client, intent: str, **details: Any) -> Any:
    return client.v1.refunds.create({"payment_intent": intent, **details}, LAGE)


def test_a_refund_may_come_in_parts_but_never_exceed_what_was_paid(client: Client, paid_intent: str) -> None:
    first = refund(client, paid_intent, amount=200, reason="requested_by_customer")
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        refund(client, paid_intent, amount=1001)
    second = refund(client, paid_intent)
    with pytest.raises(stripe.InvalidRequestError) as nothing_left:
        refund(client, paid_intent)

    assert [(part.amount, part.status) for part in (first, second)] == [
        (200, "succeeded"),
        (1000, "succeeded"),
    ]
    assert (too_much.value.code, too_much.value.param) == ("amount_too_large", "amount")
    assert nothing_left.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": paid_intent}, LAGE)
    assert [one.id for one in listed.data] == [second.id, first.id]
    charge = client.v1.charges.retrieve(first.charge, None, LAGE)
    assert (charge.amount_refunded, charge.refunded) == (1200, True)


def test_a_pending_direct_debit_cannot_be_refunded(client: Client) -> None:
    session = open_session(client)
    pay(session, "sepa_debit")

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        refund(client, again(client, session).payment_intent)


# --- Accounts of the towns -------------------------------------------------------------------------------


def test_one_town_never_sees_what_was_paid_to_another(client: Client) -> None:
    session = open_session(client)

    for others in (DETMOLD, {}):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.checkout.sessions.retrieve(session.id, None, others)
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_an_unknown_account_is_refused(client: Client) -> None:
    with pytest.raises(stripe.PermissionError) as refusal:
        open_session(client, {"stripe_account": "acct_unknown"})

    assert refusal.value.http_status == 403


def test_a_new_town_can_be_paid_after_its_onboarding(client: Client) -> None:
    account = client.v1.accounts.create(
        {"type": "standard", "country": "DE", "business_profile": {"name": "Stadt Blomberg"}}
    )
    blomberg = {"stripe_account": account.id}
    with pytest.raises(stripe.InvalidRequestError, match="onboarding"):
        open_session(client, blomberg)
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "refresh_url": "http://betrieb.localhost:1/neu/",
            "return_url": "http://betrieb.localhost:1/fertig/",
        }
    )

    page = requests.get(link.url, timeout=30)
    answer = requests.post(link.url, allow_redirects=False, timeout=30)

    assert "Stadt Blomberg" in page.text
    assert answer.headers["Location"] == "http://betrieb.localhost:1/fertig/"
    assert client.v1.accounts.retrieve(account.id).charges_enabled is True
    assert open_session(client, blomberg).status == "open"
    assert requests.get(link.url, timeout=30).status_code == 404


def test_the_balance_counts_what_was_paid_and_not_given_back(client: Client) -> None:
    def available() -> int:
        balance = client.v1.balance.retrieve(None, DETMOLD)
        return int(balance.available[0].amount)

    before = available()
    session = open_session(client, DETMOLD)
    pay(session)
    intent = client.v1.checkout.sessions.retrieve(session.id, None, DETMOLD).payment_intent
    client.v1.refunds.create({"payment_intent": str(intent), "amount": 200}, DETMOLD)

    assert available() - before == 1000 - fee_of("card", 1200)


# --- Webhooks and events ---------------------------------------------------------------------------------


def test_what_happened_is_reported_signed_to_the_operators_host(
    client: Client, services: Stack, portal: Portal
) -> None:
    session = open_session(client)
    pay(session)
    wait_for(lambda: types_about(portal, session.id))

    body, headers = next(one for one in portal.received if session.id.encode() in one[0])
    secret = services.environment["STRIPE_WEBHOOK_SECRET"]
    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret)
    assert (event.type, event.account) == ("checkout.session.completed", "acct_probe_lage")
    assert (headers["Host"], headers["Path"]) == (
        f"betrieb.localhost:{services.ports.web}",
        "/webhooks/stripe/",
    )
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_other")


def test_a_report_is_repeated_until_it_is_taken(client: Client, portal: Portal) -> None:
    portal.status = 500
    session = open_session(client)
    pay(session)
    wait_for(lambda: types_about(portal, session.id))
    portal.status = 200

    assert wait_for(lambda: len(types_about(portal, session.id)) >= 2)


def test_tests_can_hold_reports_back_and_release_them_twice_in_the_wrong_order(
    client: Client, portal: Portal, probe: Callable[..., Any]
) -> None:
    probe("webhooks/hold")
    session = open_session(client)
    pay(session, "sepa_debit")
    probe(f"sessions/{session.id}/settle", succeeded=True)
    time.sleep(0.7)
    before = types_about(portal, session.id)

    deliveries = probe("webhooks/release", order="reversed", times=2)["deliveries"]

    late, early = "checkout.session.async_payment_succeeded", "checkout.session.completed"
    assert before == []
    assert types_about(portal, session.id) == [late, late, early, early]
    assert {delivery["status"] for delivery in deliveries} == {200}


def test_events_can_be_read_afterwards(client: Client) -> None:
    session = open_session(client)
    pay(session)
    since = {"created": {"gte": session.created}, "limit": 100}

    events = client.v1.events.list(since, LAGE).data
    mine = [event for event in events if event.data.object["id"] == session.id]

    assert [event.type for event in mine] == ["checkout.session.completed"]
    assert client.v1.events.retrieve(mine[0].id, None, LAGE).id == mine[0].id
    assert session.id not in str(client.v1.events.list({"limit": 100}, DETMOLD).data)


def test_long_lists_come_in_pages(client: Client) -> None:
    made = [open_session(client, DETMOLD).id for _ in range(3)][::-1]

    first: Any = client.v1.checkout.sessions.list({"limit": 2}, DETMOLD)
    rest: Any = client.v1.checkout.sessions.list({"limit": 1, "starting_after": made[1]}, DETMOLD)

    assert ([one.id for one in first.data], first.has_more) == (made[:2], True)
    assert [one.id for one in rest.data] == made[2:]


# --- Outages and restarts --------------------------------------------------------------------------------


def test_an_outage_can_be_planned(client: Client, probe: Callable[..., Any]) -> None:
    probe("faults", count=2, status=503)

    for _attempt in range(2):
        with pytest.raises(stripe.APIError) as outage:
            open_session(client)
        assert outage.value.http_status == 503
    assert open_session(client).status == "open"


def test_a_restart_finds_sessions_keys_and_undelivered_reports(client: Client, services: Stack) -> None:
    options = {**LAGE, "idempotency_key": f"key-{time.time_ns()}"}
    wanted = order()
    session = client.v1.checkout.sessions.create(wanted, options)
    pay(session, "sepa_debit")  # nobody takes the reports at the moment

    services.stop()
    services.start()
    portal = Portal(services.ports.web)
    client = client_of(services)

    assert client.v1.checkout.sessions.create(wanted, options).id == session.id
    assert wait_for(lambda: again(client, session).payment_status == "paid")
    assert wait_for(lambda: len(types_about(portal, session.id)) == 2, 30)
    portal.close()


# --- The shape of the answers ----------------------------------------------------------------------------


def json_schema(part: Any) -> Any:
    """OpenAPI's `nullable` as JSON Schema."""
    if isinstance(part, list):
        return [json_schema(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    converted = {name: json_schema(value) for name, value in part.items()}
    nullable = converted.pop("nullable", False)
    return {"anyOf": [converted, {"type": "null"}]} if nullable is True else converted


def test_every_answer_has_the_shape_that_stripe_describes(
    client: Client, paid_intent: str, probe: Callable[..., Any]
) -> None:
    schemas = json_schema(Specification().schemas)
    expired, declined = open_session(client), open_session(client)
    client.v1.checkout.sessions.expire(expired.id, None, LAGE)
    pay(declined, card_number=DECLINED_CARD)
    for won in (None, True, False):
        disputed = open_session(client)
        pay(disputed)
        probe(f"sessions/{disputed.id}/dispute", won=won)
    probe("accounts/acct_probe_lage/pay_out")
    failed_intent = again(client, declined, expand=["payment_intent.latest_charge"])
    intent = client.v1.payment_intents.retrieve(paid_intent, {"expand": ["latest_charge"]}, LAGE)
    link = {"account": "acct_probe_lage", "type": "account_onboarding"}
    answers = {
        "checkout.session": [open_session(client), again(client, expired), failed_intent],
        "payment_intent": [intent],
        "charge": [client.v1.charges.retrieve(intent.latest_charge.id, None, LAGE)],
        "refund": [refund(client, paid_intent, amount=100)],
        "account": [client.v1.accounts.retrieve("acct_probe_lage")],
        "account_link": [client.v1.account_links.create(link)],
        "balance": [client.v1.balance.retrieve(None, LAGE)],
        "event": client.v1.events.list({"limit": 100}, LAGE).data,
        "balance_transaction": client.v1.balance_transactions.list({"limit": 100}, LAGE).data,
        "dispute": client.v1.disputes.list({}, LAGE).data,
        "payout": client.v1.payouts.list({}, LAGE).data,
    }

    assert all(answers.values())
    for kind, found in answers.items():
        schema = {"$ref": f"#/components/schemas/{kind}", "components": {"schemas": schemas}}
        for answer in found:
            problems = list(jsonschema.Draft4Validator(schema).iter_errors(answer.to_dict()))
            assert [(list(problem.path), problem.message) for problem in problems] == []


def test_the_library_finds_every_field_it_may_read(client: Client, paid_intent: str) -> None:
    session = open_session(client)

    fields = ["payment_intent", "customer_details", "payment_link", "shipping_cost", "submit_type"]
    assert [getattr(session, name) for name in fields] == [None] * len(fields)
