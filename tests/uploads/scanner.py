"""A stand-in that speaks the protocol of clamd (man 8 clamd) over a real socket and knows one virus: EICAR's."""

import socketserver
import struct
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.uploads.making import EICAR

SMALLEST_LIMIT = 25 * 1024 * 1024  # bytes, StreamMaxLength


class Scanner:
    """Used as a context manager it answers at `url`. `log` holds the sizes of what it has looked at, in bytes."""

    def __init__(self, socket_path: Path | None = None, *, limit: int = SMALLEST_LIMIT) -> None:
        self.log: list[int] = []
        self.limit = limit
        self.is_allowed = Event()  # clear it, and answers wait
        self.is_allowed.set()
        self.is_asked = Event()
        if socket_path:
            self._server: Any = socketserver.ThreadingUnixStreamServer(str(socket_path), self._handler())
            self.url = f"unix://{socket_path}"
        else:
            self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
            self.url = f"tcp://127.0.0.1:{self._server.server_address[1]}"
        self._server.daemon_threads = True

    def __enter__(self) -> "Scanner":
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.is_allowed.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> Any:
        scanner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                command = b""
                while not command.endswith(b"\0"):
                    command += self.rfile.read(1)
                if command != b"zINSTREAM\0":
                    self.wfile.write(b"UNKNOWN COMMAND\0")
                    return
                content = b""
                while length := struct.unpack(">I", self.rfile.read(4))[0]:
                    content += self.rfile.read(length)
                    if len(content) > scanner.limit:
                        self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                        return
                scanner.log.append(len(content))
                scanner.is_asked.set()
                scanner.is_allowed.wait()
                self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")

        return Handler
