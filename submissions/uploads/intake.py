"""What comes in: a file that we take is opened in the workshop and made harmless; any other gets a sentence that helps.

The content decides what a file is, not its name.
"""

import hashlib
import json
import logging
import re
import subprocess
import sys
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

import puremagic
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from submissions.uploads import limits, workshop
from submissions.uploads.states import Change

logger = logging.getLogger(__name__)

PDF, JPEG, PNG, HEIC = "application/pdf", "image/jpeg", "image/png", "image/heic"
ACCEPT = ",".join([PDF, JPEG, PNG, HEIC, "image/heif", ".heic", ".heif"])  # what a browser offers
_KINDS = {"pdf": (PDF, ".pdf"), "jpeg": (JPEG, ".jpg"), "png": (PNG, ".png")}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_START = 64 * 1024  # bytes that tell what a file is


class FileRefused(Exception):
    """A file that we do not take; the message says why and what to do, in German."""


@dataclass(frozen=True)
class AcceptedFile:
    """A file as we keep it."""

    content: bytes
    preview: bytes  # a small JPEG; empty if none could be made
    name: str
    content_type: str
    changes: tuple[Change, ...] = ()
    sent_digest: str = ""  # SHA-256 of what was sent
    sent_size: int = 0  # bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def accept(content: bytes, name: str, *, keeps_location: bool = False) -> AcceptedFile:
    """Look into a file and make it harmless. Takes about a second. Raises FileRefused."""
    shown = safe_name(name, PurePath(name).suffix[:10])
    if not content:
        raise FileRefused(_("„%(name)s“ ist leer. Bitte wählen Sie eine andere Datei.") % {"name": shown})
    refuse_too_large(len(content), shown)
    kind = _kind(content)
    if not kind:
        raise FileRefused(_advice(content) % {"name": shown})
    said, made, preview = _from_workshop(content, kind, keeps_location=keeps_location)
    if problem := said.get("problem"):
        logger.info("refused a file: %s %s (%s)", kind, problem, said.get("because", ""))
        raise FileRefused(_PROBLEMS[problem] % {"name": shown, "pixels": limits.MOST_PIXELS // 1_000_000})
    content_type, ending = _KINDS[said["type"]]
    return AcceptedFile(
        content=made,
        preview=preview,
        name=safe_name(name, ending),
        content_type=content_type,
        changes=tuple(Change(one) for one in said["changes"]),
        sent_digest=hashlib.sha256(content).hexdigest(),
        sent_size=len(content),
    )


def refuse_too_large(size: int, name: str) -> None:
    """Raises FileRefused. `size` is in bytes."""
    if size > limits.LARGEST:
        raise FileRefused(
            _(
                "„%(name)s“ hat %(size)s MB. Eine Datei darf höchstens %(limit)s MB haben. Bitte scannen oder "
                "fotografieren Sie mit geringerer Auflösung, oder teilen Sie das Dokument auf mehrere Dateien auf."
            )
            % {"name": name, "size": -(-size // limits.MB), "limit": limits.LARGEST // limits.MB}
        )


def safe_name(name: str, ending: str) -> str:
    """The name as people read it, without folders and signs that could mean something; with the right ending."""
    stem = PurePath(unicodedata.normalize("NFC", name).replace("\\", "/")).stem
    stem = re.sub(r"[^\w .()\-]", "", stem).strip(" .")[: limits.LONGEST_NAME] or _("Datei")
    return f"{stem}{ending}"


# --- What a file is ---------------------------------------------------------------------------------------


def _kind(content: bytes) -> str:
    """pdf, jpeg, png or heic; empty for anything else."""
    if content.lstrip(b"\xef\xbb\xbf\r\n\t \x00").startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "heic" if _is_heic(content) else ""


def _is_heic(content: bytes) -> bool:
    """ISO 23008-12: a box `ftyp` whose brand, or else one of the compatible brands, says so."""
    if content[4:8] != b"ftyp":
        return False
    brands = content[8 : int.from_bytes(content[:4], "big")][:256]
    return any(brand in brands for brand in _HEIC_BRANDS)


def _advice(content: bytes) -> str:
    """What to do with a file that is none of those that we take."""
    kinds = _guesses(content[:_START])
    if any(kind.startswith("image/") for kind in kinds):
        return _("„%(name)s“ ist ein Bild, das wir nicht öffnen können. Bitte speichern Sie es als JPG oder PNG.")
    if any(kind.startswith(("video/", "audio/")) for kind in kinds):
        return _("„%(name)s“ ist ein Film oder eine Tonaufnahme. Bitte wählen Sie ein Foto oder eine PDF-Datei.")
    if any("office" in kind or "word" in kind or "opendocument" in kind or kind.startswith("text/") for kind in kinds):
        return _("„%(name)s“ ist keine PDF-Datei. Bitte speichern oder drucken Sie das Dokument als PDF.")
    return _(
        "„%(name)s“ können wir nicht annehmen. Möglich sind PDF-Dateien und Fotos (JPG, PNG oder HEIC). "
        "Bitte speichern Sie die Datei als PDF, oder fotografieren Sie das Dokument."
    )


def _guesses(start: bytes) -> list[str]:
    try:
        return [str(guess.mime_type) for guess in puremagic.magic_string(start)]
    except puremagic.PureError:
        return []


# --- The workshop -----------------------------------------------------------------------------------------

_PROBLEMS = {
    workshop.DAMAGED: gettext_lazy(
        "„%(name)s“ ist beschädigt oder unvollständig. Bitte öffnen Sie die Datei zuerst selbst: Wenn sie sich öffnet, "
        "speichern Sie sie neu. Sonst scannen oder fotografieren Sie das Dokument noch einmal."
    ),
    workshop.TOO_HEAVY: gettext_lazy(
        "„%(name)s“ lässt sich nicht öffnen, weil mehr darin steckt, als wir verarbeiten können. Bitte speichern Sie "
        "die Datei über „Drucken“ als neue PDF-Datei, oder fotografieren Sie das Dokument."
    ),
    workshop.TOO_MANY_PIXELS: gettext_lazy(
        "„%(name)s“ hat mehr als %(pixels)s Millionen Bildpunkte. Bitte verkleinern Sie das Bild, oder fotografieren "
        "Sie mit geringerer Auflösung."
    ),
    workshop.PASSWORD: gettext_lazy(
        "„%(name)s“ ist mit einem Passwort geschützt. Bitte öffnen Sie die Datei und speichern Sie sie über „Drucken“ "
        "als neue PDF-Datei ohne Passwort."
    ),
    workshop.ATTACHMENTS: gettext_lazy(
        "In „%(name)s“ stecken weitere Dateien. Bitte öffnen Sie die Datei, speichern Sie die Anhänge einzeln, und "
        "fügen Sie sie hier nacheinander hinzu."
    ),
    workshop.NEEDS_ADOBE: gettext_lazy(
        "„%(name)s“ lässt sich nur mit einem bestimmten Programm öffnen. Bitte öffnen Sie die Datei dort und speichern "
        "Sie sie über „Drucken“ als neue PDF-Datei."
    ),
    workshop.SIGNED_PROGRAM: gettext_lazy(
        "„%(name)s“ ist digital unterschrieben und enthält ein Programm. So können wir die Datei nicht annehmen. Bitte "
        "speichern Sie sie über „Drucken“ als neue PDF-Datei."
    ),
}
# In isolated mode Python looks at no variable and at no folder of the person who runs it.
_START_WORKSHOP = (
    f"import sys; sys.path.append({str(settings.ROOT)!r}); from submissions.uploads import workshop; workshop.main()"
)


def _from_workshop(content: bytes, kind: str, *, keeps_location: bool) -> tuple[dict[str, Any], bytes, bytes]:
    """What the workshop says, the content it has made, and a small picture of it."""
    order = workshop.Order(
        kind=kind,
        keeps_location=keeps_location,
        largest=limits.LARGEST,
        most_pixels=limits.MOST_PIXELS,
        longest_side=limits.LONGEST_SIDE,
        preview_side=limits.PREVIEW_SIDE,
        memory=limits.MEMORY,
        seconds=limits.SECONDS,
    )
    command = [sys.executable, "-I", "-c", _START_WORKSHOP, json.dumps(asdict(order))]
    try:
        process = subprocess.run(
            command, input=content, capture_output=True, env={}, timeout=limits.PATIENCE, check=False, cwd="/"
        )
        output = process.stdout
        if process.returncode:
            logger.info("the workshop ended with %s over a file: %s", process.returncode, kind)
    except subprocess.TimeoutExpired as problem:
        output = problem.stdout or b""
        logger.info("the workshop took too long over a file: %s", kind)
    line, _newline, rest = output.partition(b"\n")
    said: dict[str, Any] = json.loads(line) if line else {"problem": workshop.TOO_HEAVY}
    size = said.get("size", 0)
    if len(rest) < size:
        return {"problem": workshop.TOO_HEAVY}, b"", b""
    preview = rest[size:]
    return said, rest[:size], preview if preview.endswith(b"\xff\xd9") else b""
