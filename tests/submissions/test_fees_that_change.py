"""The town changes its table between beginning and paying: nobody pays what she has not seen."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from submissions.models import Draft, Submission
from tenants.models import Town
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient, make_anna
from tests.submissions.filling import TAG, errors_of, fill_in, fill_in_dog_registration
from tests.submissions.window import Window
from townhall.models import FeeAmount

REVIEW = "/antrag/hundemarke-ersatz/pruefen/"


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    make_payable()
    visitor.sign_in(make_anna())
    fill_in(visitor, "hundemarke-ersatz", TAG)
    return visitor


def change_table(amount: str, *, days_ago: int = 0) -> None:
    """A new amount counts since some days."""
    FeeAmount.objects.create(
        key="hundemarke.ersatz",
        amount=Decimal(amount),
        valid_from=timezone.localdate() - timedelta(days=days_ago),
        by_law="Neue Satzung",
        entered_at=timezone.now(),
    )


def send(client: TownClient, **typed: Any) -> Any:
    form = client.get(REVIEW).context["form"]
    seen = {"seen_fee": str(form.fee), "seen_answers": form.seen}
    return client.post(REVIEW, {"complete": "on"} | seen | typed)


def test_a_new_amount_is_told_and_must_be_confirmed(anna: TownClient) -> None:
    change_table("6.50")

    page = text_of(anna.get(REVIEW))
    refused = send(anna)
    sent = send(anna, new_fee="on")

    assert "Die Gebühr hat sich geändert" in page
    assert "Früher: 10,00 €, jetzt: 13,00 €" in page
    assert errors_of(refused) == {"new_fee": ["Bitte bestätigen Sie, dass Sie die neue Gebühr gesehen haben."]}
    assert sent.status_code == 302
    assert Submission.objects.get().fee_total == Decimal("13.00")


def test_what_was_confirmed_once_is_not_asked_again(anna: TownClient) -> None:
    change_table("6.50", days_ago=1)
    send(anna, new_fee="on")

    assert "Die Gebühr hat sich geändert" not in text_of(anna.get(REVIEW))


def test_other_answers_are_no_change_of_the_table(anna: TownClient) -> None:
    Window(anna, "/antrag/hundemarke-ersatz/bestellung/").sends(anzahl="5", ausgabe="post")

    page = text_of(anna.get(REVIEW))

    assert "25,00" in page
    assert "Die Gebühr hat sich geändert" not in page
    assert send(anna).status_code == 302


def test_a_change_between_looking_and_sending_is_noticed_and_can_be_accepted(anna: TownClient) -> None:
    shown = anna.get(REVIEW).context["form"]
    change_table("6.50")

    refused = anna.post(REVIEW, {"complete": "on", "seen_fee": str(shown.fee), "seen_answers": shown.seen})
    now = refused.context["form"]
    sent = anna.post(REVIEW, {"complete": "on", "new_fee": "on", "seen_fee": str(now.fee), "seen_answers": now.seen})

    assert refused.status_code == 422
    assert 'name="seen_fee" value="13.00"' in refused.content.decode()
    assert sent.status_code == 302


def test_an_amount_that_counts_before_somebody_began_is_no_news(visitor: TownClient, in_lage: Town) -> None:
    make_payable()
    change_table("6.50", days_ago=3)
    visitor.sign_in(make_anna())
    fill_in(visitor, "hundemarke-ersatz", TAG)

    assert "Die Gebühr hat sich geändert" not in text_of(visitor.get(REVIEW))


def test_without_an_account_it_is_noticed_too(visitor: TownClient, in_lage: Town) -> None:
    make_payable()
    fill_in(visitor, "hundemarke-ersatz", TAG)
    change_table("6.50")
    visitor.sign_in(make_anna())

    assert "Früher: 10,00 €, jetzt: 13,00 €" in text_of(visitor.get(REVIEW, follow=True))


def test_what_is_paid_after_the_decision_is_handed_in_without_paying_and_says_so(
    visitor: TownClient, in_lage: Town
) -> None:
    FeeAmount.objects.create(
        key="grosser-hund.anzeige",
        amount=Decimal("25.00"),
        valid_from=timezone.localdate() - timedelta(days=9),
        by_law="Satzung",
        entered_at=timezone.now(),
    )
    visitor.sign_in(make_anna())
    end = fill_in_dog_registration(visitor)
    papers = {"versicherung": "L", "versicherungsnummer": "7", "haftpflicht_later": "on", "sachkunde_later": "on"}
    visitor.post("/antrag/hund-anmelden/hunde/1/groesse/", {"hoehe": "55", "gewicht": "28"})
    visitor.post("/antrag/hund-anmelden/hunde/1/grosser-hund/", papers)

    review = text_of(visitor.get(end))
    sent = visitor.post(end, {"complete": "on", "seen_fee": "25.00"})
    receipt = text_of(visitor.get(sent["Location"]))

    assert "Später zu zahlen" in review
    assert "Jetzt absenden" in review
    assert "Jetzt müssen Sie nichts bezahlen" in receipt
    assert not Draft.objects.exists()
