"""Ports, data directory and real servers, as the environment names them."""

import socket
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from config.local.configuration import OwnServers, Ports
from config.local.installation import is_running
from config.local.problems import LocalProblem
from config.local.stack import SERVICES, Stack

DATABASE = {"DATABASE_URL": "postgresql:///nothing"}


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        yield somebody.getsockname()[1]


def test_port_alone_moves_the_whole_stack() -> None:
    assert astuple(Ports.from_environment({})) == (8000, 8080, 8081, 8025, 8021)
    assert astuple(Ports.from_environment({"PORT": "9000"})) == (9000, 9080, 9081, 9025, 9021)


def test_each_server_can_have_a_port_of_its_own() -> None:
    ports = Ports.from_environment({"PORT": "9000", "IDENTITY_PORT": "7000"})

    assert (ports.web, ports.identity, ports.inbox) == (9000, 7000, 9081)


@pytest.mark.parametrize("given", ["abc", "-1", "0", "65536", "80 80", "8000.0"])
def test_what_is_no_port_is_refused(given: str) -> None:
    with pytest.raises(LocalProblem, match=r"^PORT=.* ist kein Anschluss"):
        Ports.from_environment({"PORT": given})


def test_a_port_too_close_to_the_end_is_refused() -> None:
    with pytest.raises(LocalProblem, match="ist kein Anschluss"):
        Ports.from_environment({"PORT": "65500"})


def test_a_taken_port_is_named_and_nothing_stays_behind(tmp_path: Path, taken_port: int) -> None:
    free = Ports.free()
    ports = Ports(free.web, free.identity, taken_port, free.smtp, free.stripe)
    stack = Stack(tmp_path, ports=ports, parts=SERVICES, given=DATABASE)

    with pytest.raises(LocalProblem, match=rf"Port\) {taken_port} ist schon belegt"):
        stack.start()

    assert (stack.parts, is_running(tmp_path)) == ([], False)


def test_a_part_that_does_not_start_is_named_and_nothing_stays_behind(tmp_path: Path) -> None:
    ports = Ports.free()
    (tmp_path / "stripe").write_text("a file where the directory should be")
    stack = Stack(tmp_path, ports=ports, parts=SERVICES, given=DATABASE)

    with pytest.raises(
        LocalProblem, match=r"^Die Zahlung startet nicht: Das Protokoll steht in .*/stripe_stand_in.log"
    ):
        stack.start()

    assert (stack.parts, is_running(tmp_path)) == ([], False)
    ports.check_free(["identity", "inbox", "smtp", "stripe"])


def test_two_stacks_do_not_share_their_data(services: Stack) -> None:
    second = Stack(services.data, ports=Ports.free(), parts=SERVICES, given=DATABASE)

    with pytest.raises(LocalProblem, match="Stadttor läuft hier schon"):
        second.start()

    assert is_running(services.data)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"OIDC_ISSUER": "https://konto.example"}, "OIDC_RP_CLIENT_ID und OIDC_RP_CLIENT_SECRET"),
        ({"STRIPE_SECRET_KEY": "sk_test_x"}, "STRIPE_WEBHOOK_SECRET"),
    ],
)
def test_a_real_server_without_what_it_takes_is_refused(given: dict[str, str], missing: str) -> None:
    with pytest.raises(LocalProblem, match=f"fehlt noch {missing}."):
        OwnServers.from_environment(given)


def test_real_servers_are_used_and_ours_are_not_started(tmp_path: Path) -> None:
    given = DATABASE | {
        "OIDC_ISSUER": "https://konto.example",
        "OIDC_RP_CLIENT_ID": "town-hall",
        "OIDC_RP_CLIENT_SECRET": "secret",
        "STRIPE_SECRET_KEY": "sk_test_real",
        "STRIPE_WEBHOOK_SECRET": "whsec_real",
        "EMAIL_URL": "smtp://mail.example",
    }
    ports = Ports.free()

    with Stack(tmp_path, ports=ports, parts=SERVICES, given=given) as stack:
        labels = [part.label for part in stack.parts]
        ports.check_free(["identity", "stripe", "smtp"])

    assert labels == ["Das Postfach"]  # without mail, for the codes of the sample people
    assert {name: stack.environment[name] for name in given} == given
    assert "STRIPE_API_BASE" not in stack.environment
    assert "OIDC_REGISTRATION_TOKEN" not in stack.environment


def test_secrets_are_made_once_and_readable_by_us_alone(services: Stack) -> None:
    for name in ("secret-key", "stripe-key", "stripe-webhook-secret", "environment.json"):
        assert (services.data / name).stat().st_mode & 0o077 == 0
    assert services.environment["SECRET_KEY"] == (services.data / "secret-key").read_text()
    assert len(services.environment["SECRET_KEY"]) >= 50
