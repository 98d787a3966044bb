"""A program of the town hall that is called when an application comes in, and the fast clock of its tests."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Call:
    """What somebody has sent."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers each call with `status`, and keeps it. While `is_allowed` is cleared, nobody gets an answer."""

    port: int = 0
    status: int = 200
    location: str = ""
    calls: list[Call] = field(default_factory=list)
    is_allowed: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/antraege?amt=steuer"

    @property
    def ids(self) -> list[str]:
        return [call.headers["Stadttor-Delivery"] for call in self.calls]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    receiver.is_allowed.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append(Call(self.path, dict(self.headers), body))
            receiver.is_allowed.wait()
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            with suppress(ConnectionError):  # who has asked may be dead
                super().handle()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_allowed.set()
        server.shutdown()
        server.server_close()
