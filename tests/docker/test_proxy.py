"""The proxy, with the Caddyfile as it is: what it passes on, what it does not, and for whom it has certificates."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from config.local.configuration import Ports
from operations.certificates import Certificate, look_at
from operations.models import CertificateProblem
from tests.docker.files import DOCKER
from tests.docker.upstream import Upstream

CADDY = shutil.which("caddy")
pytestmark = pytest.mark.skipif(CADDY is None, reason="needs the proxy: apt-get install caddy")
CADDYFILE = str(DOCKER / "Caddyfile")
HOSTS = {"BASE_HOST": "stadttor.localhost", "OPERATOR_HOST": "betrieb.stadttor.localhost"}
LARGEST = 110_000_000  # bytes


class Proxy:
    """A running proxy on free ports, before an upstream."""

    def __init__(self, folder: Path, upstream: Upstream, **environment: str) -> None:
        self.upstream = upstream
        ports = Ports.free()
        self.http, self.https = ports.web, ports.identity
        self.environment = {
            **HOSTS,
            **environment,
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "HTTP_PORT": str(self.http),
            "HTTPS_PORT": str(self.https),
            "ASK_PORT": str(ports.inbox),
            "WEB_SERVERS": f"127.0.0.1:{upstream.port}",
            "KEYCLOAK_SERVERS": f"127.0.0.1:{upstream.port}",
        }
        self.log = folder / "caddy.log"
        self.configuration = folder / "caddy.json"

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        self.configuration.write_text(json.dumps(_with_own_authority(adapt(**self.environment))))
        command = [str(CADDY), "run", "--config", str(self.configuration)]
        with self.log.open("w") as log, subprocess.Popen(command, env=self.environment, stderr=log) as process:
            try:
                self._wait(process)
                yield self
            finally:
                process.terminate()
                process.wait(10)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        for _attempt in range(200):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", self.http)) == 0:
                    return
            assert process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        pytest.fail(self.log.read_text())

    def ask(self, host: str, path: str = "/", method: str = "GET", body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)) as connection:
            connection.request(method, path, body=body, headers={"Host": host} | named)
            answer = connection.getresponse()
            answer.read()
            return answer

    def certificate_for(self, host: str) -> list[str]:
        """The names in the certificate that a browser is shown. Raises ssl.SSLError if there is none."""
        authority = ssl.create_default_context(cafile=self.log.parent / "caddy/pki/authorities/local/root.crt")
        with (
            socket.create_connection(("127.0.0.1", self.https), timeout=20) as plain,
            authority.wrap_socket(plain, server_hostname=host) as secured,
        ):
            shown: Any = secured.getpeercert()
            return [name for _kind, name in shown["subjectAltName"]]


def adapt(**environment: str) -> dict[str, Any]:
    """The Caddyfile as Caddy understands it."""
    command = [str(CADDY), "adapt", "--config", CADDYFILE, "--adapter", "caddyfile"]
    known = HOSTS | {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=known | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    configuration: dict[str, Any] = json.loads(done.stdout)
    return configuration


def _with_own_authority(configuration: dict[str, Any]) -> dict[str, Any]:
    """No certificate of the tests comes from outside, and none of theirs is trusted by this machine."""
    apps = configuration["apps"]
    apps["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    for policy in apps.get("tls", {}).get("automation", {}).get("policies", []):
        policy["issuers"] = [{"module": "internal"}]
    return configuration


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Without TLS, as for trying out."""
    folder = tmp_path_factory.mktemp("proxy")
    with Upstream() as upstream, Proxy(folder, upstream, SCHEME="http", CERTIFICATES="none").running() as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest) -> None:
    if "proxy" in request.fixturenames:
        request.getfixturevalue("proxy").upstream.asked.clear()


@pytest.mark.parametrize("certificates", ["on-demand", "wildcard", "none"])
def test_it_is_a_caddyfile(certificates: str) -> None:
    scheme = "http" if certificates == "none" else "https"

    assert set(adapt(CERTIFICATES=certificates, SCHEME=scheme)["apps"]) >= {"http"}


def test_it_is_written_as_caddy_writes_it() -> None:
    done = subprocess.run([str(CADDY), "fmt", CADDYFILE], capture_output=True, text=True, check=False)

    assert done.stdout == (DOCKER / "Caddyfile").read_text()


@pytest.mark.parametrize("host", ["lage.stadttor.localhost", "stadttor.localhost", "serviceportal.lage.example"])
def test_a_request_arrives_with_its_host_and_path(proxy: Proxy, host: str) -> None:
    answer = proxy.ask(host, "/leistungen/?suche=hund")

    [asked] = proxy.upstream.asked
    assert answer.status == 200
    assert (asked.headers["Host"], asked.path) == (host, "/leistungen/?suche=hund")


def test_what_a_visitor_claims_about_himself_is_not_passed_on(proxy: Proxy) -> None:
    forged = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "192.0.2.1", "X_Forwarded_Host": "boese.example"}
    proxy.ask("lage.stadttor.localhost", **forged, X_Request_ID="forged")
    proxy.ask("lage.stadttor.localhost")

    first, second = (asked.headers for asked in proxy.upstream.asked)
    assert first.get_all("X-Forwarded-Proto") == ["http"]
    assert first.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert first.get_all("X-Forwarded-Host") == ["lage.stadttor.localhost"]
    assert len(first["X-Request-ID"]) == 36
    assert first["X-Request-ID"] != second["X-Request-ID"]


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/intern/host/?domain=x", "/%68ealthz", "/intern/"]
)
def test_what_machines_ask_is_not_answered_outside(proxy: Proxy, path: str) -> None:
    assert proxy.ask("lage.stadttor.localhost", path).status == 404
    assert proxy.ask("betrieb.stadttor.localhost", path).status == 404
    assert proxy.upstream.asked == []


def test_ten_files_at_once_arrive(proxy: Proxy) -> None:
    answer = proxy.ask("lage.stadttor.localhost", "/", "POST", body=b"x" * 105_000_000)

    assert (answer.status, len(proxy.upstream.asked[0].body)) == (200, 105_000_000)


def test_what_is_far_too_large_is_cut_off(proxy: Proxy) -> None:
    """Some browsers read the answer, others only see that nobody listens any more."""
    try:
        status = proxy.ask("lage.stadttor.localhost", "/", "POST", body=b"x" * 2 * LARGEST).status
    except ConnectionError:
        status = 413

    assert status in (413, 502)
    assert [asked for asked in proxy.upstream.asked if len(asked.body) > LARGEST] == []


def test_accounts_have_a_host_of_their_own_and_are_not_administered_there(proxy: Proxy) -> None:
    page = proxy.ask("konto.stadttor.localhost", "/realms/stadttor/account/")
    desk = proxy.ask("konto.stadttor.localhost", "/admin/master/console/")

    assert (page.status, desk.status) == (200, 404)
    assert [asked.path for asked in proxy.upstream.asked] == ["/realms/stadttor/account/"]


def test_a_certificate_is_made_for_who_is_served_and_for_nobody_else(tmp_path: Path) -> None:
    with Upstream() as upstream, Proxy(tmp_path, upstream).running() as proxy:
        upstream.served = {"lage.stadttor.localhost", "serviceportal.lage.example"}

        shown = [proxy.certificate_for(host) for host in sorted(upstream.served)]
        for host in ("nirgends.stadttor.localhost", "boese.example"):
            with pytest.raises(ssl.SSLError):
                proxy.certificate_for(host)

    assert shown == [["lage.stadttor.localhost"], ["serviceportal.lage.example"]]
    assert {asked.path.partition("?")[0] for asked in upstream.asked} == {"/intern/host/"}
    assert {(asked.headers["Host"], asked.headers["X-Forwarded-Proto"]) for asked in upstream.asked} == {
        ("betrieb.stadttor.localhost", "https")
    }


def test_what_it_shows_is_what_we_see_when_we_look_at_certificates(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Upstream() as upstream, Proxy(tmp_path, upstream).running() as proxy:
        upstream.served = {"lage.stadttor.localhost"}
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "caddy/pki/authorities/local/root.crt"))
        settings.PROXY_ADDRESS = f"127.0.0.1:{proxy.https}"

        ordered = look_at("lage.stadttor.localhost")
        nobodys = look_at("wartet.lage.example")

    assert (ordered.problem, ordered.ends_at and ordered.ends_at > timezone.now()) == (None, True)
    assert nobodys == Certificate(problem=CertificateProblem.MISSING)


def test_with_a_wildcard_only_hosts_of_the_towns_own_are_asked_for() -> None:
    tls = adapt(CERTIFICATES="wildcard")["apps"]["tls"]

    assert tls["certificates"]["load_files"][0]["certificate"] == "/certificates/wildcard.pem"
    on_demand = [policy.get("subjects") for policy in tls["automation"]["policies"] if policy.get("on_demand")]
    assert on_demand == [None]
