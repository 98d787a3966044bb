"""Asks ClamAV whether there is a virus in something: its protocol over a socket (man 8 clamd, INSTREAM)."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings

_CHUNK = 64 * 1024  # bytes
_LONGEST_REPLY = 4096  # bytes
_PATIENCE = 60  # seconds without a word


class ScannerUnavailable(Exception):
    """The scanner does not answer, or not as it should."""


def threat_in(content: IO[bytes]) -> str:
    """What the scanner calls the virus; empty if there is none. Raises ScannerUnavailable."""
    try:
        with _connected() as scanner:
            scanner.sendall(b"zINSTREAM\0")
            while chunk := content.read(_CHUNK):
                scanner.sendall(struct.pack(">I", len(chunk)) + chunk)
            scanner.sendall(struct.pack(">I", 0))
            reply = _reply(scanner)
    except OSError as problem:
        raise ScannerUnavailable(type(problem).__name__) from problem
    found = reply.removeprefix("stream: ")
    if found == "OK":
        return ""
    if not found.endswith(" FOUND"):
        raise ScannerUnavailable(found)
    return found.removesuffix(" FOUND")[:200]


@contextmanager
def _connected() -> Iterator[socket.socket]:
    """`tcp://host:port` or `unix:///path`."""
    address = urlsplit(settings.CLAMAV_URL)
    if address.scheme == "unix":
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as scanner:
            scanner.settimeout(_PATIENCE)
            scanner.connect(address.path)
            yield scanner
    else:
        with socket.create_connection((address.hostname or "", address.port or 3310), timeout=_PATIENCE) as scanner:
            yield scanner


def _reply(scanner: socket.socket) -> str:
    reply = b""
    while not reply.endswith(b"\0"):
        more = scanner.recv(_LONGEST_REPLY)
        if not more or len(reply) > _LONGEST_REPLY:
            raise ScannerUnavailable("no whole reply")
        reply += more
    return reply.rstrip(b"\0").decode("utf-8", "replace").strip()
