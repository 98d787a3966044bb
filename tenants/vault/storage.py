"""Where files are kept: encrypted with the key of the town at work, in the storage that STORAGES["files"] names.

A name begins with the town's schema, as in `lage/uploads/….pdf.enc`; of another town's nothing is opened or written.
The ending `.enc` says that a file is encrypted: what was stored before there were keys is read as it is.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, cast

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import Storage, storages

from tenants.context import current_town
from tenants.vault import cipher, keys

ENDING = ".enc"
_NUMBER = 4  # bytes before the encrypted content: which of the town's keys
_IN_MEMORY = 1024 * 1024  # bytes; more goes through the disk on its way, encrypted


class TownStorage(Storage):
    """Encrypts on the way in and decrypts on the way out. Nothing that is there is ever written over."""

    @property
    def kept_in(self) -> Storage:
        """Folder or S3: the files as they lie there."""
        return storages["files"]

    def key_number(self, name: str) -> int | None:
        """Which of the town's keys a file is under; None for one that is not encrypted. Raises FileNotFoundError."""
        if not name.endswith(ENDING):
            return None
        with self.kept_in.open(name) as file:
            return int.from_bytes(file.read(_NUMBER), "big")

    # --- What Django asks of a storage ----------------------------------------------------------------------

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        if mode != "rb":
            raise ValueError("files are read here, and saved whole")
        _must_be_own(name)
        file = self.kept_in.open(name)
        if not name.endswith(ENDING):
            return file
        key = keys.key_with(int.from_bytes(file.read(_NUMBER), "big"))
        return File(cast("IO[Any]", cipher.decrypted(cast("IO[bytes]", file), key, _context(name))), name)

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        _must_be_own(name)
        number, key = keys.newest_key()
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as encrypted:
            encrypted.write(number.to_bytes(_NUMBER, "big"))
            content.seek(0)
            for piece in cipher.encrypted(cast("IO[bytes]", content), key, _context(name)):
                encrypted.write(piece)
            encrypted.seek(0)
            saved = self.kept_in.save(name, File(cast("IO[Any]", encrypted), name))
        if saved != name:  # there is one already: under another name this one cannot be read
            self.kept_in.delete(saved)
            raise FileExistsError(name)
        return saved

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002 -- Django's signature
        """The name with the ending."""
        return f"{name.removesuffix(ENDING)}{ENDING}"

    def delete(self, name: str) -> None:
        self.kept_in.delete(name)

    def exists(self, name: str) -> bool:
        return self.kept_in.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.kept_in.listdir(path)

    def size(self, name: str) -> int:
        """Bytes of the content. Raises FileNotFoundError, cipher.Tampered."""
        size = self.kept_in.size(name)
        return cipher.content_size(size - _NUMBER) if name.endswith(ENDING) else size

    def get_modified_time(self, name: str) -> datetime:
        return self.kept_in.get_modified_time(name)


def plain_name(name: str) -> str:
    """Without what says that it is encrypted."""
    return name.removesuffix(ENDING)


def files_below(storage: Storage, folder: str) -> Iterator[str]:
    """The names of all files in a folder and below it; none if there is no such folder."""
    try:
        folders, files = storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    yield from (f"{folder}/{name}" for name in files)
    for one in folders:
        yield from files_below(storage, f"{folder}/{one}")


def _must_be_own(name: str) -> None:
    town = current_town().schema_name
    if not name.startswith(f"{town}/"):
        raise SuspiciousFileOperation(f"{name} is no file of {town}")


def _context(name: str) -> bytes:
    """A file is bound to its name, and so to its town."""
    return f"stadttor file {name}".encode()
