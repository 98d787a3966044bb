"""Sending files piece by piece, so that a broken connection costs only the last piece: the protocol tus 1.0.0.

https://tus.io/protocols/resumable-upload, with its extensions `creation` and `termination`:

    POST    a file of Upload-Length bytes is going to come; Upload-Metadata says what it is → 201, its address
    HEAD    how much of it is here → Upload-Offset
    PATCH   the next piece, from Upload-Offset on → 204; the last piece makes a file of it
    DELETE  it is not wanted any more → 204

Beyond the protocol: whoever sends the same file (`digest` in the metadata) to the same place again gets the address of
what is here already, with its Upload-Offset, so that a page that was reloaded can go on. A file that we do not take is
answered with 422 and a sentence in German; a place that is full, too.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from submissions.models import Transfer, Upload
from submissions.uploads import actions, limits
from submissions.uploads.intake import FileRefused, safe_name
from submissions.uploads.slots import Slot

VERSION = "1.0.0"
PIECE = 1024 * 1024  # bytes at most

Address = Callable[[UUID], str]  # where a transfer with this number is


class BadRequest(Exception):
    """What was sent does not keep to the protocol; the arguments are status and reason."""


def create(request: HttpRequest, slot: Slot, about: Mapping[str, str], address: Address) -> HttpResponse:
    """POST: begin to send a file; `about` is its metadata."""
    try:
        length = _number(request, "Upload-Length")
        digest = about.get("digest", "").lower()
        if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise BadRequest(400, "digest is not a SHA-256")
        if not length:
            raise FileRefused(_("Die Datei ist leer. Bitte wählen Sie eine andere."))
        begun = actions.begin(slot=slot, name=_file_name(about), length=length, digest=digest, now=timezone.now())
    except FileRefused as refusal:
        return _refused(refusal)
    except BadRequest as problem:
        return bad(problem)
    offset = begun.received if isinstance(begun, Transfer) else length
    return _answer(201, {"Location": address(begun.pk), "Upload-Offset": str(offset)})


def resource(request: HttpRequest, slot: Slot, number: UUID) -> HttpResponse:
    """HEAD, PATCH and DELETE: what is on its way, or has just arrived whole. 404 if it is not there (any more)."""
    transfer = slot.transfers.filter(pk=number).first()
    upload = None if transfer else slot.uploads.filter(pk=number).first()
    if transfer is None and upload is None:
        raise Http404
    if request.method == "HEAD":
        return _state(transfer, upload)
    if request.method == "DELETE":
        actions.remove(slot=slot, number=number)
        return _answer(204)
    if transfer is None:  # it is whole
        return _answer(204, {"Upload-Offset": request.headers.get("Upload-Offset", "0")})
    try:
        return _append(request, slot, transfer)
    except FileRefused as refusal:
        return _refused(refusal)
    except BadRequest as problem:
        return bad(problem)


def speaks(request: HttpRequest) -> HttpResponse | None:
    """The answer to what can be answered at once: a question what we speak, or somebody who speaks another version."""
    if request.method == "OPTIONS":
        about = {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,termination",
            "Tus-Max-Size": str(limits.LARGEST),
        }
        return _answer(204, about)
    if request.headers.get("Tus-Resumable") != VERSION:
        return _answer(412, {"Tus-Version": VERSION})
    return None


def metadata(request: HttpRequest) -> Mapping[str, str]:
    """Upload-Metadata: pairs of a name and a value in Base64, with commas between. Raises BadRequest."""
    found = {}
    for pair in filter(None, (part.strip() for part in request.headers.get("Upload-Metadata", "").split(","))):
        name, _space, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadRequest(400, "Upload-Metadata") from None
    return found


def _append(request: HttpRequest, slot: Slot, transfer: Transfer) -> HttpResponse:
    if request.content_type != "application/offset+octet-stream":
        raise BadRequest(415, "Content-Type")
    size = _number(request, "Content-Length")
    if size > PIECE:
        raise BadRequest(413, "a piece has at most 1 MiB")
    offset = _number(request, "Upload-Offset")
    piece = request.read(size)
    if len(piece) < size:  # the connection has broken: nobody reads this answer
        raise BadRequest(400, "the piece is not whole")
    try:
        moved = actions.append(transfer=transfer, offset=offset, piece=piece, key=slot.key, now=timezone.now())
    except actions.WrongOffset:
        return _answer(409)
    except Transfer.DoesNotExist:
        raise Http404 from None
    if moved.is_whole:
        actions.finish(transfer=moved, slot=slot, now=timezone.now())
    return _answer(204, {"Upload-Offset": str(moved.received)})


def _state(transfer: Transfer | None, upload: Upload | None) -> HttpResponse:
    length = transfer.length if transfer else upload.sent_size if upload else 0
    offset = transfer.received if transfer else length
    return _answer(200, {"Upload-Offset": str(offset), "Upload-Length": str(length)})


def _file_name(about: Mapping[str, str]) -> str:
    name = about.get("filename", "")
    ending = re.search(r"\.\w{1,8}$", name)
    return safe_name(name, ending[0] if ending else "")


def _number(request: HttpRequest, header: str) -> int:
    given = request.headers.get(header, "")
    if not re.fullmatch(r"[0-9]{1,12}", given):
        raise BadRequest(411 if header == "Content-Length" else 400, header)
    return int(given)


def _refused(refusal: FileRefused) -> HttpResponse:
    return _answer(422, text=str(refusal))


def bad(problem: BadRequest) -> HttpResponse:
    status, reason = problem.args
    return _answer(status, text=reason)


def _answer(status: int, headers: Mapping[str, str] | None = None, *, text: str = "") -> HttpResponse:
    about = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"} | dict(headers or {})
    return HttpResponse(text, status=status, headers=about, content_type="text/plain; charset=utf-8")
