"""A host of a town's own is taken once DNS leads to us; until then it waits, and nothing answers there."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from procrastinate.contrib.django import app

from accounts.models import User
from operations.host_actions import ask_for_host, look_up_again, remove_host
from operations.models import EventKind, TownEvent, WaitingHost
from operations.moving.export import export_town
from tenants.actions import TownRefused
from tenants.host_check import Verdict, proof_place
from tenants.models import Host, Town, TownState
from tests.nameserver import NameServer
from tests.operations.conftest import Desk
from tests.operations.full_town import drop
from tests.operations.test_onboarding import CREATE, TYPED
from tests.pages import text_of
from tests.people import MONDAY, Browser, make_olga
from tests.threads import at_once

HOST = "serviceportal.lage.example"
PAGE = "/staedte/lage/adressen/"
OURS = "192.0.2.10"
NOT_YET = (
    "serviceportal.lage.example zeigt noch nicht auf uns. Bitte legen Sie einen CNAME-Eintrag auf lage.localhost an."
)


@pytest.fixture
def names(settings: Any) -> Iterator[NameServer]:
    """A DNS server in which all our addresses are entered."""
    with NameServer() as server:
        settings.DNS_CHECK, settings.DNS_SERVERS = True, [server.address]
        for ours in ("localhost", "lage.localhost", "detmold.localhost", "blomberg.localhost"):
            server.set(ours, "A", OURS)
        yield server


def served(host: str = HOST) -> tuple[int, int]:
    """What a visitor gets there, and what the proxy is told that wants a certificate."""
    asked = Browser("betrieb.localhost").get("/intern/host/", {"domain": host})
    return Browser(host).get("/").status_code, asked.status_code


def history(town: Town) -> list[tuple[str, str]]:
    return list(TownEvent.objects.filter(town=town).exclude(kind=EventKind.CREATED).values_list("kind", "text"))


def every_five_minutes() -> None:
    app.tasks["operations.jobs.look_up_waiting_hosts"].func(timestamp=0)


# --- At the desk --------------------------------------------------------------------------------------------


def test_a_host_that_leads_to_us_is_taken_at_once(desk: Desk, lage: Town, names: NameServer, olga: User) -> None:
    names.set(HOST, "CNAME", "lage.localhost.")

    answer = desk.post(PAGE, {"host": HOST}, follow=True)

    assert "serviceportal.lage.example ist eingetragen." in text_of(answer)
    assert served() == (200, 200)
    assert history(lage) == [(EventKind.HOST_ADDED, HOST)]
    assert WaitingHost.objects.count() == 0


def test_a_host_that_does_not_yet_waits_with_the_entry_to_make(desk: Desk, lage: Town, names: NameServer) -> None:
    answer = desk.post(PAGE, {"host": HOST}, follow=True)

    page = text_of(desk.get(PAGE))
    assert NOT_YET in text_of(answer)
    assert "Wartet auf den DNS-Eintrag" in page
    assert NOT_YET in page
    assert "wartet seit" in text_of(desk.get("/staedte/lage/"))
    assert history(lage) == [(EventKind.HOST_WAITS, HOST)]


def test_a_host_that_waits_has_neither_pages_nor_a_certificate(lage: Town, names: NameServer, olga: User) -> None:
    ask_for_host(town=lage, host=HOST, by=olga, now=MONDAY)

    assert served() == (404, 404)
    assert Town.objects.get(pk=lage.pk).urls == ["http://lage.localhost:8000"]


def test_a_host_of_another_town_is_not_taken_by_mistake(desk: Desk, lage: Town, names: NameServer) -> None:
    names.set("portal.detmold.example", "CNAME", "detmold.localhost.")

    answer = desk.post(PAGE, {"host": "portal.detmold.example"}, follow=True)

    assert "nennt aber nicht diese Stadt" in text_of(answer)
    assert served("portal.detmold.example") == (404, 404)


def test_a_txt_entry_helps_where_no_cname_can_be(desk: Desk, lage: Town, names: NameServer) -> None:
    names.set("lage.example", "A", OURS)
    names.set(proof_place("lage.example"), "TXT", "lage.localhost")

    desk.post(PAGE, {"host": "lage.example"})

    assert served("lage.example") == (200, 200)


def test_looking_again_takes_what_is_right_by_now(desk: Desk, lage: Town, names: NameServer) -> None:
    desk.post(PAGE, {"host": HOST})
    names.set(HOST, "A", "203.0.113.7")
    still = text_of(desk.post(PAGE, {"again": HOST}, follow=True))
    names.set(HOST, "A")
    names.set(HOST, "CNAME", "lage.localhost.")
    done = text_of(desk.post(PAGE, {"again": HOST}, follow=True))
    once_more = text_of(desk.post(PAGE, {"again": HOST}, follow=True))

    assert "sondern auf 203.0.113.7" in still
    assert "serviceportal.lage.example ist eingetragen." in done
    assert "serviceportal.lage.example wartet nicht mehr." in once_more
    assert served() == (200, 200)


def test_a_host_that_waits_can_be_given_up(desk: Desk, lage: Town, names: NameServer) -> None:
    desk.post(PAGE, {"host": HOST})

    desk.post(PAGE, {"remove": HOST})

    assert WaitingHost.objects.count() == 0
    assert [kind for kind, _text in history(lage)] == [EventKind.HOST_REMOVED, EventKind.HOST_WAITS]


def test_the_waiting_host_of_another_town_is_not_given_up(
    desk: Desk, lage: Town, detmold: Town, names: NameServer, olga: User
) -> None:
    ask_for_host(town=detmold, host="portal.detmold.example", by=olga, now=MONDAY)

    for button in ("remove", "again"):
        desk.post(PAGE, {button: "portal.detmold.example"})
    page = desk.get("/staedte/lage/adressen/portal.detmold.example/ohne-pruefung/")

    assert page.status_code == 404
    assert WaitingHost.objects.get().town == detmold


def test_two_towns_cannot_wait_for_one_host(
    desk: Desk, lage: Town, detmold: Town, names: NameServer, olga: User
) -> None:
    ask_for_host(town=detmold, host=HOST, by=olga, now=MONDAY)

    answer = desk.post(PAGE, {"host": HOST})

    message = "Auf die Adresse „serviceportal.lage.example“ wartet schon Stadt Detmold."
    assert (answer.status_code, message in text_of(answer)) == (422, True)


def test_what_dns_cannot_tell_the_operator_may_decide_with_a_reason(
    desk: Desk, lage: Town, names: NameServer, olga: User
) -> None:
    desk.post(PAGE, {"host": HOST})
    page = f"{PAGE}{HOST}/ohne-pruefung/"
    without = desk.post(page, {"reason": " "})
    done = desk.post(page, {"reason": "Eigenes Netz, Frau Blum hat es bestätigt"}, follow=True)

    assert (without.status_code, "serviceportal.lage.example ist eingetragen." in text_of(done)) == (422, True)
    assert served() == (200, 200)
    newest = TownEvent.objects.filter(town=lage).first()
    assert newest is not None
    assert (newest.kind, newest.by, newest.text) == (
        EventKind.HOST_ADDED,
        olga,
        "serviceportal.lage.example, ohne Prüfung: Eigenes Netz, Frau Blum hat es bestätigt",
    )
    assert desk.get(page).status_code == 404


def test_a_reason_as_long_as_it_may_be_is_kept(desk: Desk, lage: Town, names: NameServer) -> None:
    desk.post(PAGE, {"host": HOST})

    desk.post(f"{PAGE}{HOST}/ohne-pruefung/", {"reason": "x" * 500})

    assert served() == (200, 200)


# --- By themselves ------------------------------------------------------------------------------------------


def test_as_soon_as_the_entry_is_there_the_host_is_taken(lage: Town, names: NameServer, olga: User) -> None:
    ask_for_host(town=lage, host=HOST, by=olga, now=MONDAY)
    every_five_minutes()
    before = served()
    names.set(HOST, "CNAME", "lage.localhost.")
    every_five_minutes()

    assert (before, served()) == ((404, 404), (200, 200))
    newest = TownEvent.objects.filter(town=lage).first()
    assert newest is not None
    assert (newest.text, newest.by) == ("serviceportal.lage.example: Der DNS-Eintrag ist da", None)


def test_what_was_found_last_and_since_when_it_waits_is_kept(
    lage: Town, names: NameServer, olga: User, clock: Any
) -> None:
    ask_for_host(town=lage, host=HOST, by=olga, now=MONDAY)
    names.set(HOST, "CNAME", "alt.krz.example.")
    later = MONDAY + timedelta(days=3)
    clock(later)

    every_five_minutes()

    waiting = WaitingHost.objects.get()
    assert (waiting.since, waiting.looked_up_at) == (MONDAY, later)
    assert (waiting.verdict, waiting.seen) == (Verdict.ELSEWHERE, "alt.krz.example")


def test_one_host_that_cannot_be_asked_for_does_not_keep_the_others(lage: Town, names: NameServer, olga: User) -> None:
    for host in ("a.lage.example", "b.lage.example"):
        ask_for_host(town=lage, host=host, by=olga, now=MONDAY)
    names.broken.add("a.lage.example")
    names.set("b.lage.example", "CNAME", "lage.localhost.")

    every_five_minutes()

    assert [waiting.verdict for waiting in WaitingHost.objects.all()] == [Verdict.SILENT]
    assert served("b.lage.example") == (200, 200)


def test_a_host_that_another_town_has_by_now_is_passed_over(
    lage: Town, detmold: Town, names: NameServer, olga: User
) -> None:
    ask_for_host(town=lage, host=HOST, by=olga, now=MONDAY)
    Host.objects.create(tenant=detmold, domain=HOST, is_primary=False)
    names.set(HOST, "CNAME", "lage.localhost.")

    every_five_minutes()

    assert Host.objects.get(domain=HOST).tenant == detmold


def test_it_is_looked_up_every_five_minutes() -> None:
    name = "operations.jobs.look_up_waiting_hosts"
    crons = [one.cron for one in app.periodic_registry.periodic_tasks.values() if one.task.name == name]

    assert crons == ["*/5 * * * *"]


@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_once_take_it_once(names: NameServer) -> None:
    lage, olga = Town.objects.get(slug="lage"), make_olga()
    ask_for_host(town=lage, host=HOST, by=olga, now=MONDAY)
    names.set(HOST, "CNAME", "lage.localhost.")
    waiting = WaitingHost.objects.select_related("town").get()

    answers = at_once(2, lambda: look_up_again(waiting=waiting, now=MONDAY).is_right)

    assert answers == [True, True]
    assert [kind for kind, _text in history(lage)] == [EventKind.HOST_ADDED, EventKind.HOST_WAITS]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_right", [True, False])
def test_two_towns_that_want_one_host_at_once_do_not_both_get_it(names: NameServer, is_right: bool) -> None:
    towns, olga = iter(Town.objects.filter(slug__in=["lage", "detmold"])), make_olga()
    if is_right:
        names.set(HOST, "A", OURS)
        names.set(proof_place(HOST), "TXT", "lage.localhost", "detmold.localhost")

    answers = at_once(2, lambda: ask_for_host(town=next(towns), host=HOST, by=olga, now=MONDAY))

    assert sorted(type(answer).__name__ for answer in answers) == ["Finding", "TownRefused"]


# --- New towns ----------------------------------------------------------------------------------------------


def test_a_new_town_waits_for_its_own_host(desk: Desk, names: NameServer) -> None:
    typed = TYPED | {"host": "portal.blomberg.example"}
    review = text_of(desk.post(CREATE, typed))
    done = desk.post(CREATE, typed | {"confirm": "1"})
    page = text_of(desk.get(done["Location"]))

    sentence = (
        "portal.blomberg.example zeigt noch nicht auf uns. "
        "Bitte legen Sie einen CNAME-Eintrag auf blomberg.localhost an."
    )
    assert (sentence in review, sentence in page) == (True, True)
    assert served("portal.blomberg.example") == (404, 404)
    assert WaitingHost.objects.get().town.slug == "blomberg"


def test_a_new_town_has_its_own_host_at_once_if_dns_is_ready(desk: Desk, names: NameServer) -> None:
    names.set("portal.blomberg.example", "CNAME", "blomberg.localhost.")

    desk.post(CREATE, TYPED | {"host": "portal.blomberg.example", "confirm": "1"})

    assert served("portal.blomberg.example") == (200, 200)


def test_the_command_says_what_waits(db: None, names: NameServer, capsys: pytest.CaptureFixture[str]) -> None:
    names.set("b.example", "CNAME", "blomberg.localhost.")

    call_command("create_town", "Blomberg", host=["a.example", "b.example"])

    said = capsys.readouterr().out
    assert "a.example zeigt noch nicht auf uns. Bitte legen Sie einen CNAME-Eintrag auf blomberg.localhost an." in said
    assert "b.example zeigt" not in said
    assert (served("a.example"), served("b.example")) == ((404, 404), (200, 200))


@pytest.mark.django_db(transaction=True)
def test_a_town_that_moves_in_waits_for_its_hosts(full_town: Town, tmp_path: Any, names: NameServer) -> None:
    """They still lead to where it comes from."""
    export_town(town=full_town, path=tmp_path / "blomberg.zip", now=MONDAY)
    drop("blomberg")

    call_command("import_town", tmp_path / "blomberg.zip")

    moved = Town.objects.get(slug="blomberg")
    assert moved.state == TownState.SUSPENDED
    assert [host.domain for host in moved.hosts.all()] == ["blomberg.localhost"]
    assert [waiting.domain for waiting in moved.waiting_hosts.all()] == ["portal.blomberg.example"]


def test_a_host_can_be_asked_for_again_after_it_was_removed(lage: Town, names: NameServer, olga: User) -> None:
    names.set(HOST, "CNAME", "lage.localhost.")
    now: datetime = MONDAY
    ask_for_host(town=lage, host=HOST, by=olga, now=now)
    remove_host(town=lage, host=HOST, by=olga, now=now)

    assert ask_for_host(town=lage, host=HOST, by=olga, now=now).is_right
    with pytest.raises(TownRefused, match="gehört schon zu Stadt Lage"):
        ask_for_host(town=lage, host=HOST, by=olga, now=now)
