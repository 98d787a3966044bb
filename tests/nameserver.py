"""A real DNS server on a port of its own, which knows the entries that a test gives it."""

import socket
import socketserver
import threading
from types import TracebackType
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

TTL = 60


class NameServer:
    """Answers by `entries`: (name, kind) -> values. Names are told apart by nothing but their letters.

    `entries` may be changed at any time. A name without any entry does not exist; one in `silent` is not answered.
    """

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()
        self.broken: set[str] = set()  # answered with SERVFAIL
        self.asked: list[tuple[str, str]] = []
        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._handler())

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "NameServer":
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def set(self, name: str, kind: str, *values: str) -> None:
        """Give a name an entry in place of those of this kind; without values there is none any more."""
        self.entries.pop((name, kind), None)
        if values:
            self.entries[name, kind] = list(values)

    def _answer(self, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        [question] = query.question
        kind = dns.rdatatype.to_text(question.rdtype)
        name = str(question.name).removesuffix(".").lower()
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._follow(answer, name, kind)
        return answer.to_wire()

    def _follow(self, answer: dns.message.Message, name: str, kind: str) -> None:
        while target := self.entries.get((name, "CNAME")):
            self._put(answer, name, "CNAME", target)
            name = target[0].lower().removesuffix(".")
        if values := self.entries.get((name, kind)):
            self._put(answer, name, kind, values)
        elif name not in {known for known, _kind in self.entries}:
            answer.set_rcode(dns.rcode.NXDOMAIN)

    def _put(self, answer: dns.message.Message, name: str, kind: str, values: list[str]) -> None:
        written = [f'"{value}"' if kind == "TXT" else value for value in values]
        answer.answer.append(dns.rrset.from_text(f"{name}.", TTL, dns.rdataclass.IN, kind, *written))

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire, sender = self.request
                answer: Any = server._answer(wire)
                if answer is not None:
                    assert isinstance(sender, socket.socket)
                    sender.sendto(answer, self.client_address)

        return Handler
