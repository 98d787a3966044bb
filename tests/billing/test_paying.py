import json
from decimal import Decimal

import pytest

from billing.models import LedgerEntry, Payment
from billing.states import PaymentState
from billing.webhooks.models import WebhookEvent
from config.local.stripe_stand_in.instruments import BANK_ACCOUNTS, CARDS
from submissions.models import Draft, Submission
from submissions.states import State
from tenants.context import at_operator
from tests.billing.conftest import Provider
from tests.jobs import queued_jobs, run_jobs
from tests.people import TownClient, make_oemer
from tests.submissions.filling import TAG, fill_in

REVIEW = "/antrag/hundemarke-ersatz/pruefen/"


def hand_in(client: TownClient) -> Submission:
    """Order two tags; they wait for their payment."""
    fill_in(client, "hundemarke-ersatz", TAG)
    client.post(REVIEW, {"complete": "on", "seen_fee": "10.00"})
    return Submission.objects.exclude(state=State.SUPERSEDED).get()


def go_to_pay(client: TownClient, submission: Submission) -> str:
    """Press „Weiter zur Bezahlseite“; returns its address."""
    return str(client.post(f"/zahlung/{submission.number}/")["Location"])


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def state_of(submission: Submission) -> tuple[str, list[str]]:
    submission.refresh_from_db()
    return submission.state, [payment.state for payment in submission.payments.order_by("created_at")]


def test_a_tag_is_paid_by_card_and_the_application_is_handed_in(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)

    back = provider.pay(go_to_pay(anna, submission))
    returned = anna.get(path_of(back))
    receipt = anna.get(returned["Location"]).content.decode()

    payment = Payment.objects.get()
    assert state_of(submission) == (State.RECEIVED, [PaymentState.PAID])
    assert (payment.amount, payment.method, payment.reference) == (Decimal("10.00"), "card", f"{submission.number}-1")
    assert "Ihr Antrag ist eingegangen" in receipt
    assert not Draft.objects.exists()


def test_the_receipt_is_a_pdf(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    anna.get(path_of(provider.pay(go_to_pay(anna, submission))))

    pdf = anna.get(f"/meine-antraege/{submission.number}/quittung.pdf")

    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


def test_there_is_no_receipt_before_the_money_is_here(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)

    assert anna.get(f"/meine-antraege/{submission.number}/quittung.pdf").status_code == 404


def test_the_return_page_alone_proves_nothing(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    go_to_pay(anna, submission)

    page = anna.get(f"/zahlung/{Payment.objects.get().pk}/zurueck/")

    assert "wird geprüft" in page.content.decode()
    assert state_of(submission) == (State.AWAITING_PAYMENT, [PaymentState.STARTED])


def test_a_webhook_alone_is_enough(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    provider.pay(go_to_pay(anna, submission))

    for body, signature in provider.webhooks():
        assert provider.deliver(body, signature).status_code == 200
    run_jobs()

    assert state_of(submission) == (State.RECEIVED, [PaymentState.PAID])


def test_webhooks_twice_and_in_the_wrong_order_hand_in_once(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    back = provider.pay(go_to_pay(anna, submission))

    hooks = provider.webhooks(order="reversed", times=2)
    for body, signature in hooks:
        provider.deliver(body, signature)
    run_jobs()
    anna.get(path_of(back))
    run_jobs(also_later=True)

    assert state_of(submission) == (State.RECEIVED, [PaymentState.PAID])
    with at_operator():
        assert len(hooks) > WebhookEvent.objects.count() > 0
    assert submission.events.filter(new_state=State.RECEIVED).count() == 1
    assert LedgerEntry.objects.filter(new_state=PaymentState.PAID).count() == 1


def test_polling_finds_a_payment_that_nobody_reported(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    provider.pay(go_to_pay(anna, submission))

    assert queued_jobs() == ["billing.jobs.ask_provider"]
    run_jobs(also_later=True)

    assert state_of(submission) == (State.RECEIVED, [PaymentState.PAID])


def test_polling_asks_again_later_while_nothing_is_known(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    go_to_pay(anna, submission)

    run_jobs(also_later=True)

    assert state_of(submission) == (State.AWAITING_PAYMENT, [PaymentState.STARTED])
    assert queued_jobs() == ["billing.jobs.ask_provider"]


def test_polling_goes_on_when_the_provider_is_down(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    go_to_pay(anna, submission)
    provider.probe("faults", count=3, status=503)

    run_jobs(also_later=True)

    assert state_of(submission) == (State.AWAITING_PAYMENT, [PaymentState.STARTED])
    assert queued_jobs() == ["billing.jobs.ask_provider"]


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "Unsinn"])
def test_a_webhook_without_a_good_signature_is_refused(anna: TownClient, provider: Provider, signature: str) -> None:
    answer = provider.deliver(json.dumps({"id": "evt_1", "type": "x"}).encode(), signature)

    assert answer.status_code == 400
    with at_operator():
        assert not WebhookEvent.objects.exists()


def test_cancelling_leads_back_to_everything_typed_and_paying_again_is_one_click(
    anna: TownClient, provider: Provider
) -> None:
    submission = hand_in(anna)
    cancelled = provider.pay(go_to_pay(anna, submission), action="cancel")

    review = anna.get(path_of(cancelled), follow=True)
    again = anna.post(REVIEW, {"complete": "on", "seen_fee": "10.00"})
    back = provider.pay(go_to_pay(anna, submission))
    anna.get(path_of(back))

    text = review.content.decode()
    assert review.redirect_chain[-1][0] == REVIEW
    assert "es wurde nichts abgebucht" in text
    assert "4711" in text
    assert f'action="/zahlung/{submission.number}/"' in text  # „Jetzt bezahlen“
    assert again["Location"] == f"/zahlung/{submission.number}/"
    assert state_of(submission) == (State.RECEIVED, [PaymentState.CANCELLED, PaymentState.PAID])


def test_going_to_the_payment_page_twice_begins_one_payment(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)

    assert go_to_pay(anna, submission) == go_to_pay(anna, submission)
    assert Payment.objects.count() == 1


def test_answers_changed_after_cancelling_make_a_new_application(anna: TownClient, provider: Provider) -> None:
    first = hand_in(anna)
    address = go_to_pay(anna, first)
    anna.post("/antrag/hundemarke-ersatz/bestellung/?pruefen", {"anzahl": "1", "ausgabe": "abholung"})
    assert "Jetzt bezahlen" not in anna.get(REVIEW).content.decode()
    anna.post(REVIEW, {"complete": "on", "seen_fee": "5.00"})
    second = Submission.objects.exclude(state=State.SUPERSEDED).get()
    go_to_pay(anna, second)

    assert second.number != first.number
    assert second.fee_total == Decimal("5.00")
    assert state_of(first) == (State.SUPERSEDED, [PaymentState.CANCELLED])
    assert provider.pay(address) == ""  # nobody can pay for the old one any more


def test_money_for_an_application_that_was_replaced_is_to_be_returned(anna: TownClient, provider: Provider) -> None:
    first = hand_in(anna)
    address = go_to_pay(anna, first)
    anna.post("/antrag/hundemarke-ersatz/bestellung/?pruefen", {"anzahl": "1", "ausgabe": "abholung"})
    anna.post(REVIEW, {"complete": "on", "seen_fee": "5.00"})

    returned = anna.get(path_of(provider.pay(address)))

    assert state_of(first) == (State.SUPERSEDED, [PaymentState.REFUND_REQUESTED])
    assert "Sie bekommen Geld zurück" in returned.content.decode()


def test_a_declined_card_lets_her_try_again(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    address = go_to_pay(anna, submission)

    assert provider.pay(address, card_number=CARDS[2].number) == ""
    anna.get(path_of(provider.pay(address)))

    assert state_of(submission) == (State.RECEIVED, [PaymentState.PAID])


def test_a_debit_counts_only_when_the_bank_has_paid(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    back = provider.pay(go_to_pay(anna, submission), "sepa_debit")
    waiting = anna.get(path_of(back)).content.decode()
    in_between = state_of(submission)
    no_second = anna.get(f"/zahlung/{submission.number}/").content.decode()

    provider.probe(f"sessions/{Payment.objects.get().session_id}/settle", succeeded=True)
    run_jobs(also_later=True)

    assert in_between == (State.AWAITING_PAYMENT, [PaymentState.PROCESSING])
    assert "Ihre Bank zieht den Betrag ein" in waiting
    assert "Bitte zahlen Sie nicht noch einmal" in no_second
    assert state_of(submission) == (State.RECEIVED, [PaymentState.PAID])


def test_a_debit_that_fails_can_be_paid_in_another_way(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    provider.pay(go_to_pay(anna, submission), "sepa_debit", iban=BANK_ACCOUNTS[1].number)
    anna.get(f"/zahlung/{Payment.objects.get().pk}/zurueck/")
    provider.probe(f"sessions/{Payment.objects.get().session_id}/settle", succeeded=False)
    run_jobs(also_later=True)

    anna.get(path_of(provider.pay(go_to_pay(anna, submission), "paypal")))

    assert state_of(submission) == (State.RECEIVED, [PaymentState.FAILED, PaymentState.PAID])


def test_a_session_that_expires_can_be_begun_again(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    go_to_pay(anna, submission)
    provider.probe(f"sessions/{Payment.objects.get().session_id}/expire")

    anna.get(path_of(provider.pay(go_to_pay(anna, submission))))

    assert state_of(submission) == (State.RECEIVED, [PaymentState.EXPIRED, PaymentState.PAID])


def test_a_provider_that_is_down_loses_nothing(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    provider.probe("faults", count=3, status=503)

    page = anna.post(f"/zahlung/{submission.number}/", follow=True)
    address = go_to_pay(anna, submission)

    assert "Die Bezahlseite ist gerade nicht erreichbar" in page.content.decode()
    assert address.startswith(provider.base)
    assert Payment.objects.count() == 1


def test_a_report_that_does_not_fit_our_books_settles_nothing(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    back = provider.pay(go_to_pay(anna, submission))
    Payment.objects.update(amount=Decimal("9.00"))

    page = anna.get(path_of(back)).content.decode()

    assert state_of(submission) == (State.AWAITING_PAYMENT, [PaymentState.UNKNOWN])
    assert "wird geprüft" in page
    assert "passt nicht" in LedgerEntry.objects.last().reason  # type: ignore[union-attr]


def test_the_payment_page_shows_the_towns_methods(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)

    import requests

    page = requests.get(go_to_pay(anna, submission), timeout=30).text

    assert "PayPal" in page
    assert "10,00" in page


def test_nobody_else_pays_or_sees_a_payment(
    anna: TownClient, visitor_of_detmold: TownClient, provider: Provider
) -> None:
    submission = hand_in(anna)
    go_to_pay(anna, submission)
    payment = Payment.objects.get()
    oemer = TownClient(anna.town).sign_in(make_oemer())

    for path in (
        f"/zahlung/{submission.number}/",
        f"/zahlung/{payment.pk}/zurueck/",
        f"/zahlung/{payment.pk}/abgebrochen/",
        f"/meine-antraege/{submission.number}/quittung.pdf",
    ):
        assert oemer.get(path).status_code == 404
        assert visitor_of_detmold.get(path).status_code in (302, 404)
    assert visitor_of_detmold.get(f"/zahlung/{payment.pk}/zurueck/").status_code == 404
    assert state_of(submission) == (State.AWAITING_PAYMENT, [PaymentState.STARTED])


def test_a_payer_whose_session_has_ended_still_hears_that_it_worked(anna: TownClient, provider: Provider) -> None:
    submission = hand_in(anna)
    back = provider.pay(go_to_pay(anna, submission))

    page = TownClient(anna.town).get(path_of(back)).content.decode()

    assert "Ihre Zahlung ist angekommen" in page
    assert "Schröder" not in page
