"""Which town answers at which host, and what stands there if none does."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tenants.actions import add_host, change_state, remove_host
from tenants.context import NoTown, at_operator, current_town, has_town, in_town
from tenants.models import Host, MigrationStep, Town, TownState, readable_host
from tests.pages import text_of
from tests.people import Browser, TownClient, make_anna, make_bernd, make_clara


def get(host: str, path: str = "/") -> Any:
    return Browser(host).get(path)


@pytest.mark.parametrize("host", ["lage.localhost", "LAGE.localhost", "lage.localhost:8000", "lage.localhost."])
def test_a_town_answers_at_its_host(lage: Town, host: str) -> None:
    answer = get(host)

    assert answer.status_code == 200
    assert "Stadt Lage" in text_of(answer)


@pytest.mark.parametrize("host", ["nirgends.localhost", "localhost", "lage.localhost.boese.example", "127.0.0.1"])
def test_where_no_town_is_a_page_says_so(lage: Town, host: str) -> None:
    answer = get(host)

    assert answer.status_code == 404
    assert '<html lang="de"' in answer.content.decode()
    assert "Lage" not in text_of(answer)


def test_what_is_no_host_at_all_is_refused(lage: Town) -> None:
    assert get("lage.localhost/../x").status_code == 400


@pytest.mark.parametrize("host", ["nirgends.localhost", "lage.localhost", "betrieb.localhost"])
def test_static_files_and_safe_headers_are_at_every_host(lage: Town, host: str) -> None:
    change_state(town=lage, state=TownState.SUSPENDED)

    style = get(host, "/static/css/base.css").getvalue()
    page = get(host)

    assert b"@font-face" in style
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert page["X-Content-Type-Options"] == "nosniff"


def test_a_static_file_costs_no_statement(lage: Town, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        get("lage.localhost", "/static/css/base.css").getvalue()


def test_finding_the_town_costs_nothing_once_all_are_known(lage: Town, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):  # all hosts and their towns, the level that this version needs
        get("nirgends.localhost")
    with django_assert_num_queries(0):
        get("nirgends.localhost")


def test_the_operators_host_has_pages_of_its_own(lage: Town) -> None:
    assert get("betrieb.localhost")["Location"].startswith("/konto/anmelden/")
    assert get("betrieb.localhost", "/leistungen/").status_code == 404
    assert get("lage.localhost", "/staedte/neu/").status_code == 404
    assert get("lage.localhost", "/konto/anmelden/").status_code == 404


# --- Suspended towns --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/leistungen/", "/anmelden/", "/rathaus/", "/meine-antraege/", "/api/v1/"])
def test_a_suspended_town_shows_a_friendly_page_everywhere(lage: Town, path: str) -> None:
    change_state(town=lage, state=TownState.SUSPENDED)

    answer = get("lage.localhost", path)

    assert answer.status_code == 503
    assert "Stadt Lage" in text_of(answer)


def test_the_other_towns_go_on(lage: Town, detmold: Town) -> None:
    change_state(town=lage, state=TownState.SUSPENDED)

    assert get("detmold.localhost").status_code == 200


def test_whoever_is_signed_in_is_kept_out_too_and_still_signed_in_afterwards(
    visitor: TownClient, in_lage: Town
) -> None:
    visitor.sign_in(make_anna())
    with at_operator():
        change_state(town=in_lage, state=TownState.SUSPENDED)
        during = visitor.get("/meine-antraege/").status_code
        change_state(town=in_lage, state=TownState.LIVE)

    assert (during, visitor.get("/meine-antraege/").status_code) == (503, 200)


# --- Hosts of a town's own --------------------------------------------------------------------------------


def test_a_town_answers_at_all_its_hosts(lage: Town) -> None:
    add_host(town=lage, host="serviceportal.lage.example")

    answers = [get(host).status_code for host in ("lage.localhost", "serviceportal.lage.example")]

    assert answers == [200, 200]
    assert lage.urls == ["http://lage.localhost:8000", "http://serviceportal.lage.example:8000"]
    assert lage.url == "http://lage.localhost:8000"


def test_a_removed_host_no_longer_answers(lage: Town) -> None:
    add_host(town=lage, host="serviceportal.lage.example")
    remove_host(town=lage, host="serviceportal.lage.example")

    assert get("serviceportal.lage.example").status_code == 404


def test_a_host_with_umlauts_answers_as_browsers_write_it(lage: Town) -> None:
    add_host(town=lage, host="xn--kln-sna.example")

    assert get("xn--kln-sna.example").status_code == 200
    assert Host.objects.get(domain="xn--kln-sna.example").label == "köln.example"


@pytest.mark.parametrize(
    ("host", "label"), [("xn--kln-sna.de", "köln.de"), ("lage.de", "lage.de"), ("xn--0.de", "xn--0.de")]
)
def test_hosts_are_shown_as_people_write_them(host: str, label: str) -> None:
    assert readable_host(host) == label


# --- The wall ---------------------------------------------------------------------------------------------


def test_the_same_login_in_two_towns_is_two_people(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        make_bernd()
        make_anna()
    with in_town(detmold):
        make_bernd()
        make_anna()
        User.objects.filter(login="bernd@rathaus.example").update(family_name="Detmolder")

    with in_town(lage):
        assert sorted(User.objects.values_list("family_name", flat=True)) == ["Brinkmann", "Schröder"]


def test_the_cookie_of_one_town_is_nothing_in_another_or_at_the_operator(
    visitor: TownClient, visitor_of_detmold: TownClient, lage: Town, detmold: Town
) -> None:
    with in_town(lage):
        visitor.sign_in(make_anna())
    with in_town(detmold):
        make_clara()
        make_anna()
    operator = Browser("betrieb.localhost")
    visitor_of_detmold.cookies = operator.cookies = visitor.cookies

    assert visitor.get("/meine-antraege/").status_code == 200
    assert visitor_of_detmold.get("/meine-antraege/")["Location"].startswith("/anmelden/")
    assert operator.get("/")["Location"].startswith("/konto/anmelden/")


def test_the_session_cookie_belongs_to_one_host_and_no_script_reads_it(visitor: TownClient, in_lage: Town) -> None:
    visitor.sign_in(make_bernd())
    visitor.get("/rathaus/eingang/")

    cookie = visitor.cookies["session"]
    assert (cookie["domain"], bool(cookie["httponly"]), cookie["samesite"]) == ("", True, "Lax")


def test_each_request_works_in_its_own_town_whatever_came_before(lage: Town, detmold: Town) -> None:
    client = Client()
    seen = [
        "Stadt Lage" in client.get("/", headers={"host": f"{slug}.localhost"}).content.decode()
        for slug in ("lage", "detmold", "lage", "detmold", "lage")
    ]

    assert seen == [True, False, True, False, True]


def test_outside_of_a_town_there_is_none(lage: Town) -> None:
    with in_town(lage):
        assert current_town() == lage
        with at_operator():
            assert not has_town()
        assert current_town() == lage

    assert not has_town()
    with pytest.raises(NoTown):
        current_town()


def test_an_error_in_a_town_does_not_leave_us_there(lage: Town, detmold: Town) -> None:
    with in_town(detmold):
        with pytest.raises(ZeroDivisionError), in_town(lage):
            _ = 1 / 0
        assert current_town() == detmold


def test_a_town_that_is_behind_this_version_shows_a_page_that_says_so(lage: Town) -> None:
    Town.objects.filter(pk=lage.pk).update(level=lage.level - 1)

    page = get("lage.localhost")

    assert page.status_code == 503
    assert page["Retry-After"] == "30"
    assert "Das Portal der Stadt Lage wird gerade auf den neuesten Stand gebracht" in page.content.decode()


def test_a_town_that_is_ahead_is_served(lage: Town) -> None:
    """The code of before keeps serving while the next version's migrations run."""
    Town.objects.filter(pk=lage.pk).update(level=lage.level + 1)

    assert get("lage.localhost").status_code == 200


def test_as_long_as_a_migration_is_not_in_the_template_no_town_is_served(lage: Town) -> None:
    MigrationStep.objects.filter(app="townhall").delete()

    assert get("lage.localhost").status_code == 503
    assert get("betrieb.localhost").status_code == 302
