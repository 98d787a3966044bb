"""Files under a key: nobody reads or changes them without it. In segments, so that none must fit into memory.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015) with AES-256-GCM and a key of its own for each file, as in Google's Tink (AES-GCM-HKDF):

    header  = salt (32 bytes) | prefix (7 bytes), both random
    own key = HKDF-SHA256(key, salt, info = context)
    segment = AES-256-GCM(own key, nonce = prefix | number of the segment (4 bytes) | 1 if it is the last, else 0)

Each segment holds 64 KiB of content, the last one the rest. So segments cannot be swapped, repeated or cut off, and a
file cannot stand in for another one with a different context.
"""

import io
import os
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32  # bytes
SEGMENT = 64 * 1024  # bytes of content
_SALT, _PREFIX, _TAG = 32, 7, 16  # bytes
_HEADER = _SALT + _PREFIX


class Tampered(Exception):
    """What should be decrypted was changed, cut off, is another file, or is under another key."""


def encrypted(content: IO[bytes], key: bytes, context: bytes) -> Iterator[bytes]:
    """The encrypted content, piece by piece."""
    header = os.urandom(_HEADER)
    yield header
    own, number = _own_key(key, header, context), 0
    segment, following = content.read(SEGMENT), content.read(SEGMENT)
    while following:
        yield own.encrypt(_nonce(header, number, is_last=False), segment, None)
        segment, following, number = following, content.read(SEGMENT), number + 1
    yield own.encrypt(_nonce(header, number, is_last=True), segment, None)


def decrypted(source: IO[bytes], key: bytes, context: bytes) -> io.BufferedReader:
    """What was encrypted, as a file to read from its beginning. Reading raises Tampered; nothing false is given out."""
    return io.BufferedReader(_Decrypted(source, key, context), buffer_size=SEGMENT)


def content_size(size: int) -> int:
    """How many bytes the content has of something that has `size` bytes encrypted. Raises Tampered if it cannot be."""
    segments, rest = divmod(size - _HEADER, SEGMENT + _TAG)
    if size < _HEADER + _TAG or 0 < rest < _TAG:
        raise Tampered
    return segments * SEGMENT + max(0, rest - _TAG)


class _Decrypted(io.RawIOBase):
    def __init__(self, source: IO[bytes], key: bytes, context: bytes) -> None:
        self._source = source
        self._header = source.read(_HEADER)
        if len(self._header) < _HEADER:
            raise Tampered
        self._own = _own_key(key, self._header, context)
        self._following = source.read(SEGMENT + _TAG)
        self._number = 0
        self._is_done = False
        self._rest = b""  # content that nobody has asked for yet

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest and not self._is_done:
            self._rest = self._next_segment()
        given, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _next_segment(self) -> bytes:
        segment, self._following = self._following, self._source.read(SEGMENT + _TAG)
        self._is_done = not self._following
        nonce = _nonce(self._header, self._number, is_last=self._is_done)
        self._number += 1
        try:
            return self._own.decrypt(nonce, segment, None)
        except InvalidTag:
            raise Tampered from None


def _own_key(key: bytes, header: bytes, context: bytes) -> AESGCM:
    salt = header[:_SALT]
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=context).derive(key))


def _nonce(header: bytes, number: int, *, is_last: bool) -> bytes:
    return header[_SALT:] + number.to_bytes(4, "big") + bytes([is_last])
