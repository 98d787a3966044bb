"""A town connects its own account at the payment provider, and can be paid."""

import pytest
import requests

from billing.models import Method, PaymentAccount
from tenants.context import in_town
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.factories import make_amount
from tests.pages import text_of
from tests.people import TownClient, make_astrid
from townhall.shopfront import shopfront

PAGE = "/rathaus/verwaltung/bezahlen/"
CONNECT = f"{PAGE}verbinden/"
CONNECTED = f"{PAGE}verbunden/"


@pytest.fixture
def astrid(in_lage: Town) -> TownClient:
    return TownClient(in_lage).sign_in(make_astrid())


def give_details(address: str) -> str:
    """What the town does on the provider's page; returns where it leads back to."""
    return requests.post(address, allow_redirects=False, timeout=30).headers["Location"]


def test_a_town_connects_its_account_and_can_be_paid_by_card(
    astrid: TownClient, provider: Provider, visitor: TownClient
) -> None:
    make_amount()
    assert "Antrag starten" not in text_of(visitor.get("/leistungen/hundemarke-ersatz/"))

    back = give_details(astrid.post(CONNECT)["Location"])
    page = text_of(astrid.get(back, follow=True))

    assert back.endswith(CONNECTED)
    assert "Das Konto ist verbunden." in page
    assert PaymentAccount.objects.get().methods == [Method.CARD]
    assert shopfront().profile.payment_methods == ["Karte"]
    assert "Antrag starten" in text_of(visitor.get("/leistungen/hundemarke-ersatz/"))


def test_an_account_without_details_cannot_be_paid_yet(detmold: Town, provider: Provider) -> None:
    with in_town(detmold):
        administrator = TownClient(detmold).sign_in(make_astrid())
    administrator.post(CONNECT)

    page = text_of(administrator.get(CONNECTED, follow=True))
    forced = administrator.post(PAGE, {"methods": ["card"]})

    assert "Der Zahlungsanbieter hat noch nicht alles, was er braucht" in page
    assert "noch nicht fertig" in page
    assert forced.status_code == 422
    with in_town(detmold):
        assert shopfront().profile.payment_methods == []


def test_connecting_twice_opens_one_account(astrid: TownClient, provider: Provider) -> None:
    first, second = astrid.post(CONNECT)["Location"], astrid.post(CONNECT)["Location"]

    assert first != second  # a link is good for one visit
    assert PaymentAccount.objects.count() == 1


def test_what_the_town_chose_stays_when_it_looks_again(astrid: TownClient, provider: Provider) -> None:
    astrid.get(give_details(astrid.post(CONNECT)["Location"]))
    astrid.post(PAGE, {"methods": ["paypal"]})

    astrid.get(CONNECTED)

    assert PaymentAccount.objects.get().methods == [Method.PAYPAL]


@pytest.mark.parametrize("path", [CONNECT, CONNECTED])
def test_a_provider_that_does_not_answer_is_told_in_german(astrid: TownClient, settings: object, path: str) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    if path == CONNECTED:
        PaymentAccount.objects.create(stripe_account="acct_1")

    answer = astrid.post(path, follow=True) if path == CONNECT else astrid.get(path, follow=True)

    assert "Der Zahlungsanbieter ist gerade nicht erreichbar." in text_of(answer)
