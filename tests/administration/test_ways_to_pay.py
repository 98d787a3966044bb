"""How people can pay is the administrator's choice, once there is an account."""

from billing.models import PaymentAccount
from tests.desk import errors_of
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient

PAGE = "/rathaus/verwaltung/bezahlen/"


def test_the_ways_to_pay_change_on_the_public_page_at_once(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    assert "acct_probe_lage" in text_of(astrid.get(PAGE))

    astrid.post(PAGE, {"methods": ["paypal"]})

    assert PaymentAccount.objects.get().methods == ["paypal"]
    page = text_of(visitor.get("/leistungen/hundemarke-ersatz/"))
    assert "PayPal" in page
    assert "Lastschrift (SEPA)" not in page


def test_without_any_way_nobody_can_apply_for_what_costs_something(astrid: TownClient, visitor: TownClient) -> None:
    make_payable()
    assert "Antrag starten" in text_of(visitor.get("/leistungen/hundemarke-ersatz/"))

    astrid.post(PAGE, {})

    assert "Antrag starten" not in text_of(visitor.get("/leistungen/hundemarke-ersatz/"))
    assert "Es ist noch nicht eingerichtet, wie man online bezahlt." in text_of(
        astrid.get("/rathaus/verwaltung/leistungen/hundemarke-ersatz/")
    )


def test_without_an_account_there_is_nothing_to_choose(astrid: TownClient) -> None:
    page = astrid.get(PAGE)
    forced = astrid.post(PAGE, {"methods": ["card"]})

    assert "Noch kein Konto" in text_of(page)
    assert 'name="methods"' not in page.content.decode()
    assert errors_of(forced) == ["Zuerst muss ein Konto beim Zahlungsanbieter verbunden sein."]
    assert PaymentAccount.objects.count() == 0


def test_a_way_that_does_not_exist_is_refused(astrid: TownClient) -> None:
    make_payable()

    assert errors_of(astrid.post(PAGE, {"methods": ["gold"]})) == ["Bitte wählen Sie eine der Möglichkeiten aus."]
    assert PaymentAccount.objects.get().methods == ["card", "paypal", "sepa_debit"]
