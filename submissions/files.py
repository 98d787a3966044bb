"""What may be uploaded. The content decides what a file is, not its name."""

import re
import unicodedata
from pathlib import PurePath
from typing import Any

import puremagic
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext as _

from submissions.actions import AcceptedFile
from submissions.models import Upload

ENDINGS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
ACCEPT = ",".join(ENDINGS)  # what a browser offers
LARGEST = 10 * 1024 * 1024  # bytes
LONGEST_NAME = 100  # characters
MOST = 10  # files in one place
_STARTS = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


def accept(file: "UploadedFile[Any]") -> AcceptedFile:
    """Look into an uploaded file. Raises ValidationError with a German sentence if it is none that we take."""
    content_type = _content_type(file)
    if content_type not in ENDINGS:
        raise ValidationError(
            _("„%(name)s“ können wir nicht annehmen. Möglich sind PDF-Dateien und Fotos (JPG oder PNG)."),
            code="wrong_type",
            params={"name": safe_name(file.name or "", "")},
        )
    name = safe_name(file.name or "", ENDINGS[content_type])
    return AcceptedFile(file, name, content_type, file.size or 0)


def safe_name(name: str, ending: str) -> str:
    """The name as people read it, without folders and signs that could mean something; with the right ending."""
    stem = PurePath(unicodedata.normalize("NFC", name).replace("\\", "/")).stem
    stem = re.sub(r"[^\w .()\-]", "", stem).strip(" .")[:LONGEST_NAME] or "Datei"
    return f"{stem}{ending}"


def _content_type(file: "UploadedFile[Any]") -> str:
    start = file.read(64 * 1024)
    file.seek(0)
    for content_type, beginning in _STARTS.items():
        if start.startswith(beginning) and content_type in _guesses(start):
            return content_type
    return ""


def _guesses(start: bytes) -> set[str]:
    try:
        return {guess.mime_type for guess in puremagic.magic_string(start)}
    except puremagic.PureError:
        return set()


def served(upload: Upload) -> FileResponse:
    """An upload as an answer: shown or saved, but never run, whatever is inside."""
    answer = FileResponse(upload.file.open(), filename=upload.name, content_type=upload.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
