"""The proxy asks at which hosts we serve, before it orders a certificate."""

from typing import Any

import pytest

from tenants.actions import add_host, change_state, remove_host
from tenants.models import Town, TownState
from tests.people import Browser


def ask(domain: str) -> int:
    answer: Any = Browser("betrieb.localhost").get("/intern/host/", {"domain": domain})
    assert answer.content == b""
    return int(answer.status_code)


@pytest.mark.parametrize(
    "domain", ["lage.localhost", "LAGE.localhost", "lage.localhost.", "localhost", "betrieb.localhost"]
)
def test_it_may_order_certificates_for_hosts_at_which_we_serve(lage: Town, domain: str) -> None:
    assert ask(domain) == 200


@pytest.mark.parametrize(
    "domain",
    [
        "",
        ".",
        "nirgends.localhost",
        "x.lage.localhost",
        "lage",
        "127.0.0.1",
        "boese.example",
        "lage.localhost:8000",
        "a\0b",
    ],
)
def test_it_may_order_none_for_any_other(lage: Town, domain: str) -> None:
    assert ask(domain) == 404


def test_a_host_of_the_towns_own_counts_from_when_it_is_added_until_it_is_removed(lage: Town) -> None:
    before = ask("serviceportal.lage.example")
    add_host(town=lage, host="serviceportal.lage.example")
    between = ask("serviceportal.lage.example")
    remove_host(town=lage, host="serviceportal.lage.example")

    assert (before, between, ask("serviceportal.lage.example")) == (404, 200, 404)


def test_a_town_that_is_suspended_needs_one_to_say_so(lage: Town) -> None:
    change_state(town=lage, state=TownState.SUSPENDED)

    assert ask("lage.localhost") == 200


def test_without_a_name_there_is_none(lage: Town) -> None:
    assert Browser("betrieb.localhost").get("/intern/host/").status_code == 404


def test_an_answer_is_never_kept(lage: Town) -> None:
    answer = Browser("betrieb.localhost").get("/intern/host/", {"domain": "lage.localhost"})

    assert "no-store" in answer["Cache-Control"]


def test_towns_have_no_such_page(lage: Town) -> None:
    assert Browser("lage.localhost").get("/intern/host/", {"domain": "lage.localhost"}).status_code == 404


def test_it_can_only_be_asked(lage: Town) -> None:
    assert Browser("betrieb.localhost").post("/intern/host/?domain=lage.localhost").status_code == 405
