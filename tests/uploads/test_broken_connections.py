"""A real server and a real socket: the connection breaks in the middle of a file, and nothing sent before is lost."""

import socket
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from config.local.configuration import Ports
from config.local.part import Part, answers_http
from submissions.models import Transfer, Upload
from tenants.context import in_town
from tenants.models import Town
from tests.people import TownClient, make_anna
from tests.processes import environment_of_a_process
from tests.uploads.conftest import come_to_the_papers
from tests.uploads.making import document
from tests.uploads.sending import FILES, TUS, insurance_field, metadata

CONTENT = document(words="Police " * 200_000)  # 1.4 MB
HALF = 700_000
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(transactional_db: None, tmp_path: Path) -> Iterator[int]:
    """Where Granian answers as in production."""
    port = Ports.free().web
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "2", "config.wsgi:application"]
    environment = environment_of_a_process(LOG_LEVEL="WARNING")
    server = Part("Web", command, tmp_path / "web.log", lambda: answers_http(port, "/healthz"), environment)
    server.start()
    try:
        server.wait_until_ready()
        yield port
    finally:
        server.ask_to_stop()
        server.make_sure_it_stopped(0)


@pytest.fixture
def client(lage: Town) -> TownClient:
    """Anna's browser stands before the page that asks for files."""
    with in_town(lage):
        return come_to_the_papers(TownClient(lage).sign_in(make_anna()))


@pytest.fixture
def field(client: TownClient) -> dict[str, str]:
    """What that page says along with a file."""
    return insurance_field(client)


@pytest.fixture
def cookies(client: TownClient, field: dict[str, str]) -> dict[str, str]:
    token = client.cookies["csrf"].value
    session = client.cookies["session"].value
    return {"Host": "lage.localhost", "Cookie": f"session={session}; csrf={token}", "X-CSRFToken": token}


def ask(port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body=body, headers=TUS | headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def begin(port: int, cookies: dict[str, str], field: dict[str, str]) -> str:
    about = metadata(**field, filename="Police.pdf")
    answer = ask(port, "POST", FILES, cookies | {"Upload-Length": str(len(CONTENT)), "Upload-Metadata": about}, b"")
    assert answer.status == 201
    return str(answer.headers["Location"])


def piece(offset: int) -> dict[str, str]:
    return {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}


def test_a_connection_that_breaks_in_the_middle_costs_only_the_piece_on_its_way(
    port: int, cookies: dict[str, str], field: dict[str, str], lage: Town
) -> None:
    address = begin(port, cookies, field)
    assert ask(port, "PATCH", address, cookies | piece(0), CONTENT[:HALF]).status == 204

    _break_off(port, address, cookies, HALF)

    there = int(ask(port, "HEAD", address, cookies).headers["Upload-Offset"])
    rest = ask(port, "PATCH", address, cookies | piece(there), CONTENT[there:])
    assert there == HALF
    assert rest.status == 204
    with in_town(lage):
        upload = Upload.objects.get()
        assert (upload.sent_size, Transfer.objects.count()) == (len(CONTENT), 0)
        with upload.file.open() as file:
            assert file.read().count(b"Police") == 200_000


def _break_off(port: int, address: str, cookies: dict[str, str], offset: int) -> None:
    """Say that the rest is coming, send half of it, and hang up."""
    rest = CONTENT[offset:]
    headers = TUS | cookies | piece(offset) | {"Content-Length": str(len(rest))}
    head = f"PATCH {address} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode() + b"\r\n" + rest[: len(rest) // 2])


def test_an_answer_that_got_lost_does_not_send_the_file_twice(
    port: int, cookies: dict[str, str], field: dict[str, str], lage: Town
) -> None:
    address = begin(port, cookies, field)
    ask(port, "PATCH", address, cookies | piece(0), CONTENT[:HALF])
    ask(port, "PATCH", address, cookies | piece(HALF), CONTENT[HALF:])

    again = ask(port, "PATCH", address, cookies | piece(HALF), CONTENT[HALF:])
    state = ask(port, "HEAD", address, cookies)

    assert again.status == 204
    assert int(state.headers["Upload-Offset"]) == len(CONTENT)
    with in_town(lage):
        assert Upload.objects.count() == 1


def test_without_the_token_of_the_page_nothing_is_taken(port: int, cookies: dict[str, str]) -> None:
    foreign = {name: value for name, value in cookies.items() if name != "X-CSRFToken"}

    assert ask(port, "POST", FILES, foreign | {"Upload-Length": "5"}, b"").status == 403
