from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from config.local.configuration import Ports
from config.local.stack import SERVICES, Stack

BANK_SECONDS = 0.5


class Portal:
    """Stands where the portal would: it receives webhooks and answers them as it is told."""

    def __init__(self, port: int) -> None:
        self.received: list[tuple[bytes, dict[str, str]]] = []
        self.status = 200
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                portal.received.append((body, {**dict(self.headers.items()), "Path": self.path}))
                self.send_response(portal.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Identity provider, payment stand-in and inbox, with data of their own. Tests may restart them."""
    data: Path = tmp_path_factory.mktemp("services")
    # A database of its own is not needed; the stack only hands the address on.
    given = {"DATABASE_URL": "postgresql:///nothing", "PATH": "/usr/bin:/bin"}
    with Stack(data, ports=Ports.free(), parts=SERVICES, given=given, bank_seconds=BANK_SECONDS) as stack:
        yield stack


@pytest.fixture
def portal(services: Stack) -> Iterator[Portal]:
    """The receiver of the webhooks."""
    receiver = Portal(services.ports.web)
    yield receiver
    receiver.close()


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session
