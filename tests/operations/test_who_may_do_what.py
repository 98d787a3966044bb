"""Which pages of the operator's desk each role may open: every URL, every role, and nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import OperatorRole, User
from operations import urls
from operations.models import Contact, Deletion, TownExport, WaitingHost
from tenants.context import in_town
from tenants.host_check import Verdict
from tenants.models import Announcement, Town
from tests.operations.conftest import BLOMBERG, Desk
from tests.people import MONDAY, Browser, make_astrid, make_operator

# x: may open it. Whoever may not is told that there is no such page; nobody is sent to sign in.
MATRIX = """
                    nobody  fleet  catalogue  support  people
host                   x      x        x         x       x
towns                  -      x        x         x       x
towns_table            -      x        x         x       x
figures                -      x        x         x       x
town                   -      x        -         x       -
created                -      x        -         -       -
choose                 -      x        -         -       -
suggestions            -      x        -         -       -
create                 -      x        -         -       -
resume                 -      x        -         -       -
suspend                -      x        -         -       -
begin_leaving          -      x        -         -       -
end                    -      x        -         -       -
hosts                  -      x        -         -       -
take_unchecked         -      x        -         -       -
invite                 -      x        -         -       -
jobs                   -      x        -         x       -
retry_jobs             -      x        -         -       -
discard_jobs           -      x        -         -       -
deletions              -      x        -         x       -
protocol               -      x        -         x       -
access                 -      -        -         x       -
enter                  -      -        -         x       -
give_up                -      -        -         x       -
announcements          -      x        -         x       -
announce               -      x        -         -       -
change_announcement    -      x        -         -       -
withdraw_announcement  -      x        -         -       -
checklist              -      x        -         -       -
plan                   -      x        -         -       -
tick                   -      x        -         -       -
untick                 -      x        -         -       -
contacts               -      x        -         -       -
new_contact            -      x        -         -       -
contact                -      x        -         -       -
remove_contact         -      x        -         -       -
size                   -      x        -         -       -
exports                -      x        -         -       -
fetch_export           -      x        -         -       -
delete                 -      x        -         -       -
withdraw_deletion      -      x        -         -       -
people                 -      -        -         -       x
invite_person          -      -        -         -       x
person                 -      -        -         -       x
send_link              -      -        -         -       x
forget_app             -      -        -         -       x
"""
HEAD, *ROWS = [line.split() for line in MATRIX.strip().splitlines()]
ALLOWED = {name: {who for who, mark in zip(HEAD, marks, strict=True) if mark == "x"} for name, *marks in ROWS}
NOBODY = "nobody"


def test_the_matrix_names_every_page_of_the_desk_and_every_role() -> None:
    assert [name for name, *_marks in ROWS] == list(ALLOWED)
    assert set(ALLOWED) == {route.name for route in urls.urlpatterns}
    assert [NOBODY, *OperatorRole.values] == HEAD


@pytest.fixture
def addresses(lage: Town, olga: User) -> dict[str, str]:
    """One of each page, about something that is there."""
    with in_town(lage):
        make_astrid()
    deletion = Deletion.objects.create(
        name="Stadt X", ars="1" * 12, schema="x", hosts=[], created_at=MONDAY, history=[], rows={}, files=0,
        export_digest="", exported_at=MONDAY, by="Olga", reason="-", at=MONDAY,
    )  # fmt: skip
    announcement = Announcement.objects.create(
        text="Wartung", starts_at=MONDAY, ends_at=MONDAY + timedelta(days=999), for_all=True, for_citizens=False,
        announced_at=MONDAY,
    )  # fmt: skip
    export = TownExport.objects.create(town=lage, file="lage.zip", reason="-", asked_by=olga, asked_at=MONDAY)
    contact = Contact.objects.create(town=lage, name="Ina", tasks=["it"], phone="05232 601-0")
    WaitingHost.objects.create(
        town=lage, domain="portal.lage.example", since=MONDAY, looked_up_at=MONDAY, verdict=Verdict.ELSEWHERE
    )
    of: dict[str, dict[str, Any]] = {
        "create": {"ars": BLOMBERG.ars},
        "protocol": {"pk": deletion.pk},
        "fetch_export": {"pk": export.pk},
        "take_unchecked": {"slug": "lage", "host": "portal.lage.example"},
        **{name: {"slug": "lage", "key": "avv"} for name in ("tick", "untick")},
        **{name: {"slug": "lage", "pk": contact.pk} for name in ("contact", "remove_contact")},
        "change_announcement": {"pk": announcement.pk},
        "withdraw_announcement": {"pk": announcement.pk},
        "enter": {"slug": "lage", "pk": 1},
        "give_up": {"slug": "lage", "pk": 1},
        **{name: {"pk": olga.pk} for name in ("person", "send_link", "forget_app")},
    }
    query = {"host": "?domain=lage.localhost", "discard_jobs": "?until=2100-01-01"}
    found = {}
    for route in urls.urlpatterns:
        name = str(route.name)
        values = of.get(name, {"slug": "lage"} if "slug" in route.pattern.converters else {})
        address = reverse(f"operations:{name}", kwargs=values, urlconf=settings.OPERATOR_URLCONF)
        found[name] = address + query.get(name, "")
    return found


def answers(browser: Browser, address: str) -> str:
    """`x` if the page lets this browser in, `-` if it is not there, or leads to signing in."""
    answer = browser.get(address)
    if answer.status_code == 302:
        return "sign in" if answer["Location"].startswith("/konto/anmelden/") else "x"
    return {200: "x", 405: "x", 404: "-"}[answer.status_code]


@pytest.mark.parametrize("role", OperatorRole)
def test_each_role_opens_its_pages_and_no_others(addresses: dict[str, str], role: OperatorRole) -> None:
    browser = Desk().sign_in(make_operator("rolf", "Rolf", "Rolle", role))

    found = {name: answers(browser, address) for name, address in addresses.items()}

    assert found == {name: "x" if role in allowed else "-" for name, allowed in ALLOWED.items()}


@pytest.mark.parametrize("role", OperatorRole)
def test_nobody_does_by_a_form_what_she_may_not_open(addresses: dict[str, str], role: OperatorRole) -> None:
    browser = Desk().sign_in(make_operator("rolf", "Rolf", "Rolle", role))
    closed = [name for name, allowed in ALLOWED.items() if role not in allowed]

    assert {name: browser.post(addresses[name]).status_code for name in closed} == dict.fromkeys(closed, 404)


def test_who_has_no_role_sees_the_list_of_towns_only(addresses: dict[str, str]) -> None:
    browser = Desk().sign_in(make_operator("rolf", "Rolf", "Rolle"))

    assert {name for name, address in addresses.items() if answers(browser, address) == "x"} == {
        "host",
        "towns",
        "towns_table",
        "figures",
    }


def test_nobody_is_let_in_without_signing_in(addresses: dict[str, str]) -> None:
    browser = Browser("betrieb.localhost")

    found = {name: answers(browser, address) for name, address in addresses.items()}

    assert found == {name: "x" if NOBODY in allowed else "sign in" for name, allowed in ALLOWED.items()}


@pytest.mark.parametrize("role", OperatorRole)
def test_no_page_shows_a_way_that_ends_at_a_guard(addresses: dict[str, str], role: OperatorRole) -> None:
    """Links, buttons and the rooms at the side: all of them lead on."""
    browser = Desk().sign_in(make_operator("rolf", "Rolf", "Rolle", role))
    closed = {addresses[name].partition("?")[0] for name, allowed in ALLOWED.items() if role not in allowed}

    for name, allowed in ALLOWED.items():
        page = browser.get(addresses[name])
        if role in allowed and page.status_code == 200:
            shown = {address for address in closed if f'="{address}"' in page.content.decode()}
            assert (name, shown) == (name, set())


@pytest.mark.parametrize("role", OperatorRole)
def test_signing_in_leads_every_role_to_a_page(addresses: dict[str, str], role: OperatorRole) -> None:
    browser = Desk().sign_in(make_operator("rolf", "Rolf", "Rolle", role))

    assert browser.get("/konto/", follow=True).status_code == 200
