"""Whether a host of a town's own leads to us: a real DNS server is asked."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tenants.host_check import Finding, Verdict, check, explanation, proof_place
from tests.nameserver import NameServer

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "serviceportal.lage.example"
TARGET = "lage.stadttor.example"
OURS, OURS_6 = "192.0.2.10", "2001:db8::10"
FOREIGN, FOREIGN_6 = "203.0.113.7", "2001:db8::dead"


@pytest.fixture
def names(settings: Any) -> Iterator[NameServer]:
    """All of our hosts lead to the same two addresses."""
    with NameServer() as server:
        settings.DNS_CHECK, settings.DNS_SERVERS = True, [server.address]
        for ours in (TARGET, "detmold.stadttor.example", "stadttor.example"):
            server.set(ours, "A", OURS)
            server.set(ours, "AAAA", OURS_6)
        yield server


def verdict(host: str = HOST) -> Verdict:
    return check(host, target=TARGET).verdict


# --- Right --------------------------------------------------------------------------------------------------


def test_a_cname_to_the_towns_address_is_enough(names: NameServer) -> None:
    names.set(HOST, "CNAME", TARGET + ".")

    assert check(HOST, target=TARGET) == Finding(Verdict.RIGHT)


def test_a_cname_by_way_of_another_name_is_enough_too(names: NameServer) -> None:
    names.set(HOST, "CNAME", "portale.kreis.example.")
    names.set("portale.kreis.example", "CNAME", "LAGE.stadttor.example.")

    assert verdict() == Verdict.RIGHT


def test_a_name_with_umlauts_is_asked_for_as_dns_writes_it(names: NameServer) -> None:
    names.set("portal.xn--lge-qla.example", "CNAME", TARGET + ".")

    assert verdict("portal.xn--lge-qla.example") == Verdict.RIGHT


@pytest.mark.parametrize("entries", [{"A": OURS}, {"A": OURS, "AAAA": OURS_6}, {"AAAA": "2001:DB8:0::0010"}], ids=str)
def test_our_addresses_are_enough_together_with_a_txt_entry_that_names_the_town(
    names: NameServer, entries: dict[str, str]
) -> None:
    for kind, value in entries.items():
        names.set(HOST, kind, value)
    names.set(proof_place(HOST), "TXT", "v=spf1 -all", f" {TARGET.upper()}. ")

    assert verdict() == Verdict.RIGHT


def test_where_dns_cannot_be_asked_every_host_is_right(names: NameServer, settings: Any) -> None:
    settings.DNS_CHECK = False

    assert (verdict(), names.asked) == (Verdict.RIGHT, [])


@pytest.mark.parametrize(
    ("base_url", "given", "expected"),
    [
        ("https://stadttor.example", {}, (True, "stadttor.example:443")),
        ("https://stadttor.example:8443", {}, (True, "stadttor.example:8443")),
        ("http://localhost:8000", {}, (False, "")),
        ("http://stadttor.localhost", {}, (False, "")),
        ("https://stadttor.example", {"DNS_CHECK": "false", "PROXY_ADDRESS": "proxy:443"}, (False, "proxy:443")),
    ],
)
def test_where_nothing_is_said_dns_is_asked_unless_we_are_at_localhost(
    base_url: str, given: dict[str, str], expected: tuple[bool, str]
) -> None:
    known = {"SECRET_KEY": "x", "FILE_KEYS": "0", "DATABASE_URL": "postgresql://localhost/x", "BASE_URL": base_url}
    program = "from config import settings; print((settings.DNS_CHECK, settings.PROXY_ADDRESS))"
    run = [sys.executable, "-c", program]

    told = subprocess.run(run, cwd=ROOT, env=known | given, capture_output=True, text=True, check=True).stdout

    assert told.strip() == str(expected)


# --- Not yet ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({}, Finding(Verdict.MISSING)),
        ({"TXT": "nothing to do with us"}, Finding(Verdict.MISSING)),
        ({"A": FOREIGN}, Finding(Verdict.ELSEWHERE, FOREIGN)),
        ({"A": OURS, "AAAA": FOREIGN_6}, Finding(Verdict.ELSEWHERE, FOREIGN_6)),
        ({"CNAME": "alt.krz.example."}, Finding(Verdict.ELSEWHERE, "alt.krz.example")),
        ({"A": OURS}, Finding(Verdict.UNPROVEN)),
        ({"CNAME": "stadttor.example."}, Finding(Verdict.UNPROVEN, "stadttor.example")),
    ],
    ids=str,
)
def test_what_is_not_right_is_told_with_where_the_host_leads_to(
    names: NameServer, entries: dict[str, str], expected: Finding
) -> None:
    for kind, value in entries.items():
        names.set(HOST, kind, value)

    assert check(HOST, target=TARGET) == expected


def test_a_host_that_names_another_town_is_not_this_towns(names: NameServer) -> None:
    """It leads to us already: otherwise a mistake at the desk would give Lage a host of Detmold."""
    names.set("serviceportal.detmold.example", "CNAME", "detmold.stadttor.example.")

    found = check("serviceportal.detmold.example", target=TARGET)

    assert found == Finding(Verdict.UNPROVEN, "detmold.stadttor.example")


@pytest.mark.parametrize("text", ["detmold.stadttor.example", "lage", "lage.stadttor.example.boese.example", ""])
def test_a_txt_entry_proves_nothing_unless_it_names_the_town(names: NameServer, text: str) -> None:
    names.set(HOST, "A", OURS)
    names.set(proof_place(HOST), "TXT", text)

    assert verdict() == Verdict.UNPROVEN


def test_the_longest_name_that_there_can_be_has_no_room_for_a_proof(names: NameServer) -> None:
    longest = ".".join(["a" * 60] * 4) + ".de"
    names.set(longest, "A", OURS)

    assert verdict(longest) == Verdict.UNPROVEN


@pytest.mark.parametrize("dangling", [True, False])
def test_if_our_own_address_has_no_entry_it_is_not_the_towns_fault(names: NameServer, dangling: bool) -> None:
    names.set(HOST, *(("CNAME", TARGET + ".") if dangling else ("A", OURS)))
    names.set(TARGET, "A")
    names.set(TARGET, "AAAA")

    assert verdict() == Verdict.OURSELVES


# --- No answer ----------------------------------------------------------------------------------------------


def test_a_server_that_says_nothing_is_waited_for_only_so_long(
    names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.host_check.MOST_SECONDS", 0.3)
    names.silent.add(HOST)
    begun = monotonic()

    found = verdict()

    assert (found, monotonic() - begun < 2) == (Verdict.SILENT, True)


def test_a_server_that_is_broken_says_nothing_either(names: NameServer) -> None:
    names.broken.add(HOST)

    assert verdict() == Verdict.SILENT


def test_nobody_at_the_servers_address_is_no_answer(settings: Any) -> None:
    with NameServer() as gone:
        address = gone.address
    settings.DNS_CHECK, settings.DNS_SERVERS = True, [address]

    assert verdict() == Verdict.SILENT


# --- In German ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finding", "sentence"),
    [
        (
            Finding(Verdict.MISSING),
            "serviceportal.läge.example zeigt noch nicht auf uns. "
            "Bitte legen Sie einen CNAME-Eintrag auf lage.stadttor.example an.",
        ),
        (
            Finding(Verdict.ELSEWHERE, FOREIGN),
            "serviceportal.läge.example zeigt noch nicht auf uns, sondern auf 203.0.113.7. "
            "Bitte ändern Sie den Eintrag in einen CNAME-Eintrag auf lage.stadttor.example.",
        ),
        (
            Finding(Verdict.UNPROVEN),
            "serviceportal.läge.example zeigt auf uns, nennt aber nicht diese Stadt. Bitte legen Sie einen "
            "CNAME-Eintrag auf lage.stadttor.example an. Wo das nicht geht, genügt ein TXT-Eintrag für "
            "_stadttor.serviceportal.xn--lge-qla.example mit dem Inhalt lage.stadttor.example.",
        ),
    ],
)
def test_what_is_wrong_comes_with_the_entry_that_mends_it(finding: Finding, sentence: str) -> None:
    assert explanation(finding, "serviceportal.xn--lge-qla.example", target=TARGET) == sentence


def test_every_verdict_has_its_sentence() -> None:
    sentences = {explanation(Finding(one, "x.example"), HOST, target=TARGET) for one in Verdict}

    assert len(sentences) == len(Verdict)
