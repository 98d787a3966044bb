"""What stands behind the proxy in its tests: a web server that remembers what it was asked."""

import threading
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: Message
    body: bytes


class _Server(ThreadingHTTPServer):
    def handle_error(self, _request: object, _client_address: object) -> None:
        """The proxy may hang up in the middle."""


class Upstream:
    """Answers everything with `status`; at `/intern/host/` it knows the hosts of `served`."""

    def __init__(self) -> None:
        self.status = 200
        self.served: set[str] = set()
        self.asked: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), self._handler())

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> "Upstream":
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, asked: Asked) -> int:
        self.asked.append(asked)
        address = urlsplit(asked.path)
        if address.path == "/intern/host/":
            return 200 if parse_qs(address.query).get("domain", [""])[0] in self.served else 404
        return self.status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(upstream._answer(Asked(self.path, self.headers, body)))
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_POST = do_GET  # noqa: N815 -- the name that http.server calls

            def log_message(self, *_arguments: object) -> None:
                """Nothing."""

        return Handler
