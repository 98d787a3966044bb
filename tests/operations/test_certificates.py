"""The certificates of our hosts are looked at once a day, where TLS ends: a real TLS server shows them."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app

from operations import certificates
from operations.attention import Moment, signs_of
from operations.certificates import ProxyUnreachable
from operations.fleet import fleet, with_hosts
from operations.models import CertificateProblem, HostCertificate
from tenants.models import Host, Town
from tests.operations.conftest import Desk
from tests.pages import text_of
from tests.tls import Authority, TlsServer

NOW = timezone.now().replace(microsecond=0)  # certificates are judged by the real clock
IN_MARCH = NOW + timedelta(days=60)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Whom this machine trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture
def proxy(authority: Authority, settings: Any) -> Iterator[TlsServer]:
    """Where TLS ends."""
    with TlsServer() as server:
        settings.PROXY_ADDRESS = server.address
        yield server


def show(proxy: TlsServer, authority: Authority, host: str, *, ends_at: datetime = IN_MARCH, named: str = "") -> None:
    """Let the proxy show a certificate at a host."""
    proxy.shown[host] = authority.certificate_for(named or host, ends_at=ends_at)


def kept() -> dict[str, tuple[datetime | None, str]]:
    rows = HostCertificate.objects.select_related("host")
    return {row.host.domain: (row.ends_at, row.problem) for row in rows}


def worries(town: Town, *, now: datetime = NOW) -> list[str]:
    moment = Moment.at(now)
    found = with_hosts(fleet(moment)).get(pk=town.pk)
    return [sign.text for sign in signs_of(found, moment) if "Zertifikat" in sign.text]


# --- Looking ------------------------------------------------------------------------------------------------


def test_each_host_is_looked_at_and_what_was_shown_is_kept(
    proxy: TlsServer, authority: Authority, lage: Town, detmold: Town
) -> None:
    for host in ("lage.localhost", "detmold.localhost"):
        show(proxy, authority, host)

    certificates.look_at_all(now=NOW)

    assert kept() == {"lage.localhost": (IN_MARCH, ""), "detmold.localhost": (IN_MARCH, "")}
    assert set(HostCertificate.objects.values_list("looked_at", flat=True)) == {NOW}


@pytest.mark.urls("config.urls_operator")
@pytest.mark.parametrize(
    ("shown", "problem", "tells_the_end"),
    [
        (None, CertificateProblem.MISSING, False),
        ({"ends_at": NOW - timedelta(days=1)}, CertificateProblem.EXPIRED, True),
        ({"named": "nirgends.localhost"}, CertificateProblem.OTHER_HOST, True),
    ],
)
def test_what_browsers_would_not_trust_is_a_problem(
    proxy: TlsServer,
    authority: Authority,
    lage: Town,
    detmold: Town,
    shown: dict[str, Any] | None,
    problem: CertificateProblem,
    tells_the_end: bool,
) -> None:
    show(proxy, authority, "detmold.localhost")
    if shown is not None:
        show(proxy, authority, "lage.localhost", **shown)

    certificates.look_at_all(now=NOW)

    ends_at = (shown or {}).get("ends_at", IN_MARCH) if tells_the_end else None
    assert kept() == {"lage.localhost": (ends_at, problem), "detmold.localhost": (IN_MARCH, "")}
    assert worries(lage) == [f"lage.localhost: {problem.label}"]
    assert worries(detmold) == []


def test_an_authority_that_nobody_knows_is_a_problem(
    proxy: TlsServer, authority: Authority, lage: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(proxy, authority, "lage.localhost")
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path / "other").file))

    certificates.look_at_all(now=NOW)

    assert kept()["lage.localhost"] == (IN_MARCH, CertificateProblem.UNTRUSTED)


def test_a_host_with_umlauts_is_looked_at_as_dns_writes_it(
    proxy: TlsServer, authority: Authority, lage: Town, detmold: Town
) -> None:
    Host.objects.create(tenant=lage, domain="portal.xn--lge-qla.example", is_primary=False)
    show(proxy, authority, "portal.xn--lge-qla.example")

    certificates.look_at_all(now=NOW)

    assert kept()["portal.xn--lge-qla.example"] == (IN_MARCH, "")


def test_nobody_is_looked_at_twice_a_day(proxy: TlsServer, authority: Authority, lage: Town, detmold: Town) -> None:
    certificates.look_at_all(now=NOW)
    first = sorted(proxy.asked)
    proxy.asked.clear()
    certificates.look_at_all(now=NOW + timedelta(hours=1))
    Host.objects.create(tenant=lage, domain="neu.lage.example", is_primary=False)
    certificates.look_at_all(now=NOW + timedelta(hours=2))
    second, proxy.asked = proxy.asked, []
    show(proxy, authority, "lage.localhost")
    certificates.look_at_all(now=NOW + timedelta(hours=24))

    assert (first, second) == (["detmold.localhost", "lage.localhost"], ["neu.lage.example"])
    assert sorted(set(proxy.asked)) == ["detmold.localhost", "lage.localhost"]
    assert kept()["lage.localhost"] == (IN_MARCH, "")


def test_if_nobody_answers_where_tls_should_end_what_was_known_stays(
    proxy: TlsServer, authority: Authority, lage: Town, detmold: Town, settings: Any
) -> None:
    show(proxy, authority, "lage.localhost")
    certificates.look_at_all(now=NOW)
    before = kept()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        settings.PROXY_ADDRESS = f"127.0.0.1:{gone.getsockname()[1]}"

    with pytest.raises(ProxyUnreachable):
        certificates.look_at_all(now=NOW + timedelta(days=1))

    assert kept() == before


def test_a_server_that_does_not_speak_tls_shows_none(
    authority: Authority, lage: Town, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "ORDER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.PROXY_ADDRESS = f"127.0.0.1:{silent.getsockname()[1]}"
        certificates.look_at_all(now=NOW)

    assert kept()["lage.localhost"] == (None, CertificateProblem.MISSING)


def test_without_tls_there_is_nothing_to_look_at(lage: Town) -> None:
    certificates.look_at_all(now=NOW)

    assert kept() == {}


def test_the_clock_begins_it(proxy: TlsServer, authority: Authority, lage: Town) -> None:
    show(proxy, authority, "lage.localhost")
    name = "operations.jobs.look_at_certificates"

    app.tasks[name].func(timestamp=0)

    assert kept()["lage.localhost"] == (IN_MARCH, "")
    assert [one.cron for one in app.periodic_registry.periodic_tasks.values() if one.task.name == name] == [
        "*/5 * * * *"
    ]


# --- At the desk --------------------------------------------------------------------------------------------


@pytest.mark.urls("config.urls_operator")
@pytest.mark.parametrize(("days", "is_a_sign"), [(20, False), (15, False), (14, True), (2, True)])
def test_two_weeks_before_the_end_somebody_should_look(lage: Town, days: int, is_a_sign: bool) -> None:
    HostCertificate.objects.create(host=Host.objects.get(domain="lage.localhost"), looked_at=NOW, ends_at=IN_MARCH)

    assert bool(worries(lage, now=IN_MARCH - timedelta(days=days))) is is_a_sign


def test_the_pages_of_the_town_say_how_its_certificates_stand(desk: Desk, lage: Town) -> None:
    own = Host.objects.create(tenant=lage, domain="portal.lage.example", is_primary=False)
    HostCertificate.objects.create(
        host=Host.objects.get(domain="lage.localhost"), looked_at=NOW, ends_at=datetime(2099, 3, 1, tzinfo=NOW.tzinfo)
    )
    HostCertificate.objects.create(host=own, looked_at=NOW, problem=CertificateProblem.MISSING)

    for page in ("/staedte/lage/", "/staedte/lage/adressen/"):
        said = text_of(desk.get(page))
        assert "Zertifikat gültig bis 1. März 2099." in said
        assert "Es gibt kein Zertifikat." in said
    assert "portal.lage.example: Es gibt kein Zertifikat." in text_of(desk.get("/"))
