"""A town is set up by its own administrators, and by nobody else."""

import re

import pytest

from accounts.models import User
from accounts.tokens.actions import issue
from accounts.tokens.models import ApiToken, Scope
from billing import account_urls
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, is_not_there, is_sent_to_sign_in, make_clara_of_all_trades
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_astrid, make_bernd, make_edda, make_karin, make_theresa
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
# What citizens read, and how often something happened.
EDITORS = {
    f"/rathaus/verwaltung/{page}"
    for page in (
        "leistungen/",
        "leistungen/hund-anmelden/",
        "leistungen/hund-anmelden/angaben/",
        "aemter/",
        "aemter/neu/",
        "auftritt/",
        "auftritt/farbe/",
        "auftritt/begruessung/",
        "auftritt/farbe/14694f.svg",
        "auftritt/wappen/",
        "auftritt/wappen/entfernen/",
        "auftritt/anschrift/",
        "auftritt/rechtliches/",
        "karten/",
        "karten/vorschau.png",
        "karten/druck.pdf",
        "website/",
        "zahlen/",
        "zahlen/zahlen.csv",
        "zahlen/abbrueche.csv",
        "zahlen/suchen/",
        "zahlen/leistungen/hund-anmelden/",
        "barrieren/",
    )
}
ONLY_SENT = {page for page in EDITORS if page.endswith(("/wappen/", "/wappen/entfernen/"))}
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


def test_claras_session_is_worth_nothing_in_lage(clara: TownClient, lage: Town, version: int) -> None:
    stranger = TownClient(lage)
    stranger.cookies = clara.cookies

    assert is_sent_to_sign_in(stranger, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, version)


def test_citizens_are_sent_to_the_sign_in_of_staff(visitor: TownClient, lage: Town, version: int) -> None:
    with in_town(lage):
        visitor.sign_in(make_anna())

    assert is_sent_to_sign_in(visitor, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, version)


def test_nobody_gets_in_without_signing_in(visitor: TownClient, lage: Town, version: int) -> None:
    assert is_sent_to_sign_in(visitor, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, version)


@pytest.mark.parametrize("role", ["case worker", "cash office"])
def test_other_roles_find_no_administration(visitor: TownClient, lage: Town, version: int, role: str) -> None:
    with in_town(lage):
        visitor.sign_in(User.objects.get(pk=FAR) if role == "case worker" else make_karin())

    assert is_not_there(visitor, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, version)


def test_the_editor_gets_in_where_citizens_read_and_nowhere_else(visitor: TownClient, lage: Town, version: int) -> None:
    with in_town(lage):
        visitor.sign_in(make_edda())

    elsewhere = [page for page in PAGES if page not in EDITORS and page not in PAGES_OF_ONE_ROW]
    elsewhere += [page for page in PAGES_OF_ONE_ROW if "/aemter/" not in page and "/barrieren/" not in page]
    assert {page: visitor.get(page).status_code for page in EDITORS if page not in ONLY_SENT} == dict.fromkeys(
        EDITORS - ONLY_SENT, 200
    )
    assert {page: visitor.get(page).status_code for page in ONLY_SENT} == dict.fromkeys(ONLY_SENT, 405)
    assert is_not_there(visitor, elsewhere) == dict.fromkeys(elsewhere, True)
    assert visitor.get(f"/rathaus/verwaltung/aemter/{FAR}/").status_code == 200
    assert untouched(lage, version)


def test_the_administrator_gets_in_everywhere(visitor: TownClient, lage: Town, version: int) -> None:
    with in_town(lage):
        visitor.sign_in(make_astrid())

    pages = [page for page in PAGES if NOBODYS not in page and not page.endswith("/pause/")]  # nothing is paused
    answers = {page: visitor.get(page) for page in pages}
    elsewhere = {page: answer.headers.get("Location") for page, answer in answers.items() if answer.status_code == 302}
    assert elsewhere == {"/rathaus/verwaltung/bezahlen/verbunden/": "/rathaus/verwaltung/bezahlen/"}
    assert {answer.status_code for answer in answers.values()} <= {200, 302, 405}
