"""What a town has set up is not there for people of another town, and shows on none of their pages.

Who gets in at all is tested for all pages at once, in tests/matrix.
"""

import re

import pytest

from accounts.models import User
from accounts.tokens.actions import issue
from accounts.tokens.models import ApiToken, Scope
from billing import account_urls
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, is_not_there, make_clara_of_all_trades
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_bernd, make_theresa
from townhall import actions, administration_urls
from townhall.actions import OfficeDetails
from townhall.models import Office, Remark
from townhall.versions import newest

# No row of Detmold has this key, so what Clara could reach would be Lage's.
FAR = 4242
NOBODYS = "5d0e5a52-0b8f-4f9e-9d57-6d2a5f3f3c11"  # payment
VALUES: dict[str, str | int] = {
    "key": "hund-anmelden",
    "colour": "14694f",
    "pk": FAR,
    "absence": FAR,
    "value": "sozial",
    "payment_id": NOBODYS,
    "provider": "stripe",
}
NEEDS_A_KEY = re.compile(r"/(betraege|listen)/")  # other than that of a service
PAGES = [
    *(address for address in addresses_of(administration_urls, **VALUES) if not NEEDS_A_KEY.search(address)),
    *(
        address.replace("/hund-anmelden/", "/hundesteuer.gruende/")
        for address in addresses_of(administration_urls, **VALUES)
        if "/listen/" in address
    ),
    "/rathaus/verwaltung/betraege/",
    "/rathaus/verwaltung/betraege/uebernehmen/",
    *(
        address.replace("/hund-anmelden/", "/hundemarke.ersatz/")
        for address in addresses_of(administration_urls, **VALUES)
        if "/betraege/hund-anmelden/" in address
    ),
    *addresses_of(account_urls, **VALUES),
]
PRINTED = (".png", ".pdf")
PAGES_OF_ONE_ROW = [page for page in PAGES if f"/{FAR}/" in page]


@pytest.fixture
def version(lage: Town) -> int:
    """Lage has an office, a member of staff and a report with that key; the version counts its changes."""
    with in_town(lage):
        actions.save_office(office=Office(pk=FAR), details=OfficeDetails({"name": "Geheimes Amt"}))
        bernd = make_bernd()
        User.objects.filter(pk=bernd.pk).update(id=FAR)
        report = actions.report_barrier(text="Geheime Meldung", page="", email="", now=MONDAY)
        type(report).objects.filter(pk=report.pk).update(id=FAR)
        token, _written = issue(
            name="Geheimes Programm", contact="it@rathaus.example", scopes=[Scope.READ], units=(), services=(),
            expires_on=MONDAY.date(), by=make_theresa(), now=MONDAY,
        )  # fmt: skip
        ApiToken.objects.filter(pk=token.pk).update(id=FAR)
        Remark.objects.create(pk=FAR, service_key="hund-anmelden", text="Geheimer Satz", month=MONDAY.date())
        return newest(lage).pages


@pytest.fixture
def clara(detmold: Town) -> TownClient:
    """Clara of Detmold, signed in there."""
    with in_town(detmold):
        return TownClient(detmold).sign_in(make_clara_of_all_trades())


def untouched(lage: Town, version: int) -> bool:
    with in_town(lage):
        is_as_before = newest(lage).pages == version and User.objects.get(pk=FAR).is_active
        is_as_before = is_as_before and ApiToken.objects.get(pk=FAR).withdrawn_at is None
        return is_as_before and Remark.objects.filter(pk=FAR).exists()


def test_clara_finds_nothing_of_another_town(clara: TownClient, lage: Town, version: int) -> None:
    assert is_not_there(clara, PAGES_OF_ONE_ROW) == dict.fromkeys(PAGES_OF_ONE_ROW, True)
    assert len(PAGES_OF_ONE_ROW) == 13
    assert untouched(lage, version)


def test_claras_own_pages_show_nothing_of_another_town(clara: TownClient, lage: Town, version: int) -> None:
    of_lage = ("Geheimes Amt", "Geheime Meldung", "Geheimer Satz", "Geheimes Programm", "Brinkmann", "Stadt Lage")
    for page in [page for page in PAGES if page not in PAGES_OF_ONE_ROW]:
        shown = text_of(clara.get(page)) if not page.endswith(PRINTED) else ""  # see test_cards
        # The fee table names all towns whose amounts everybody can read.
        words = of_lage[:-1] if page.endswith("/betraege/") else of_lage
        assert [word for word in words if word in shown] == []
        clara.post(page)
    assert untouched(lage, version)
