"""Where the local stack keeps its data, on which ports it answers, and which servers are not its own."""

import os
import socket
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from config.local.problems import LocalProblem

ROOT = Path(__file__).resolve().parent.parent.parent
STANDARD_PORT = 8000
# How far each server's port is from the web server's, so that PORT alone moves the whole stack.
OFFSETS = {"web": 0, "identity": 80, "inbox": 81, "smtp": 25, "stripe": 21}
LARGEST_PORT = 65535


@dataclass(frozen=True)
class Ports:
    """On 127.0.0.1."""

    web: int
    identity: int
    inbox: int
    smtp: int
    stripe: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Ports":
        """As PORT says, and IDENTITY_PORT, INBOX_PORT, SMTP_PORT, STRIPE_PORT. Raises LocalProblem."""
        web = _port(environment, "PORT", STANDARD_PORT)
        others = {name: offset for name, offset in OFFSETS.items() if name != "web"}
        return cls(
            web=web,
            **{name: _port(environment, f"{name.upper()}_PORT", web + off) for name, off in others.items()},
        )

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody uses at the moment, for tests."""
        sockets = [socket.socket() for _field in fields(cls)]
        try:
            for candidate in sockets:
                candidate.bind(("127.0.0.1", 0))
            return cls(*(candidate.getsockname()[1] for candidate in sockets))
        finally:
            for candidate in sockets:
                candidate.close()

    def check_free(self, names: list[str]) -> None:
        """Raises LocalProblem if somebody else answers on one of these ports."""
        if len(set(astuple(self))) < len(astuple(self)):
            raise LocalProblem("Zwei Teile wollen denselben Anschluss (Port): Bitte ändern Sie PORT.")
        for name in names:
            _check_free(getattr(self, name))


@dataclass(frozen=True)
class OwnServers:
    """Which real servers the environment names; their local counterparts are not started."""

    database: bool
    identity: bool
    stripe: bool
    mail: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "OwnServers":
        """Raises LocalProblem if a server is named and something needed to use it is not."""
        needed = {
            "OIDC_ISSUER": ("OIDC_RP_CLIENT_ID", "OIDC_RP_CLIENT_SECRET"),
            "STRIPE_SECRET_KEY": ("STRIPE_WEBHOOK_SECRET",),
        }
        for name, companions in needed.items():
            missing = [companion for companion in companions if not environment.get(companion)]
            if environment.get(name) and missing:
                raise LocalProblem(f"Zu {name} fehlt noch {' und '.join(missing)}.")
        return cls(
            database=bool(environment.get("DATABASE_URL")),
            identity=bool(environment.get("OIDC_ISSUER")),
            stripe=bool(environment.get("STRIPE_SECRET_KEY")),
            mail=bool(environment.get("EMAIL_URL")),
        )


def data_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Where everything is kept: `.local/`, or what STADTTOR_DATA names."""
    return (ROOT / environment.get("STADTTOR_DATA", ".local")).resolve()


def host_url(portal: str, name: str) -> str:
    """`http://lage.localhost:8000` for `http://localhost:8000` and `lage`."""
    scheme, _, address = portal.partition("://")
    return f"{scheme}://{name}.{address}"


def _port(environment: Mapping[str, str], name: str, standard: int) -> int:
    given = environment.get(name, "") or str(standard)
    if not given.isdigit() or not 0 < int(given) <= LARGEST_PORT:
        raise LocalProblem(f"{name}={given} ist kein Anschluss (Port): Bitte nehmen Sie eine Zahl wie 9000.")
    return int(given)


def _check_free(port: int) -> None:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except PermissionError:
            raise LocalProblem(f"Anschluss (Port) {port} darf nur root öffnen: Bitte PORT=9000 ./run.") from None
        except OSError:
            raise LocalProblem(
                f"Anschluss (Port) {port} ist schon belegt: Beenden Sie das andere Programm oder weichen Sie "
                "aus mit PORT=9000 ./run."
            ) from None
