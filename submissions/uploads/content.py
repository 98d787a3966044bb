"""What is inside of an upload. Of a draft without an account it is sealed with the browser's key before it is kept."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile

from submissions.models import Upload
from submissions.sealing import BrowserKey
from tenants.vault import cipher


def as_stored(content: bytes, name: str, key: BrowserKey | None) -> "ContentFile[bytes]":
    """Content on its way into the storage; `name` is what it is bound to when it is sealed."""
    if key is None:
        return ContentFile(content)
    return ContentFile(b"".join(cipher.encrypted(io.BytesIO(content), _secret(key), name.encode())))


def opened(stored: IO[bytes], name: str, key: BrowserKey | None) -> IO[bytes]:
    """The other way round. Reading raises cipher.Tampered."""
    return stored if key is None else cast("IO[bytes]", cipher.decrypted(stored, _secret(key), name.encode()))


def file_of(upload: Upload, key: BrowserKey | None = None) -> IO[bytes]:
    """Raises FileNotFoundError."""
    return _open(upload.file, file_name(upload), upload, key)


def preview_of(upload: Upload, key: BrowserKey | None = None) -> IO[bytes]:
    """Raises FileNotFoundError, also if there is none."""
    if not upload.preview:
        raise FileNotFoundError
    return _open(upload.preview, preview_name(upload), upload, key)


def file_name(upload: Upload) -> str:
    """What its content is bound to when it is sealed."""
    return f"file {upload.pk}"


def preview_name(upload: Upload) -> str:
    return f"preview {upload.pk}"


@contextmanager
def files_go_if_this_fails() -> Iterator[list[FieldFile]]:
    """Files know no transactions: those that are put into the list are removed when something goes wrong."""
    stored: list[FieldFile] = []
    try:
        yield stored
    except BaseException:
        for file in stored:
            file.storage.delete(str(file.name))
        raise


def _open(field: FieldFile, name: str, upload: Upload, key: BrowserKey | None) -> IO[bytes]:
    if upload.is_sealed and key is None:
        raise FileNotFoundError
    return opened(cast("IO[bytes]", field.storage.open(str(field.name))), name, key if upload.is_sealed else None)


def _secret(key: BrowserKey) -> bytes:
    return base64.urlsafe_b64decode(key.key)
