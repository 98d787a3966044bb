"""Files as answers: shown or saved, but never run, whatever is inside."""

from typing import IO

from django.http import FileResponse, Http404

from submissions.models import Upload
from submissions.sealing import BrowserKey
from submissions.uploads import content


def file_answer(upload: Upload, *, key: BrowserKey | None = None, is_saved: bool = False) -> FileResponse:
    """The file itself, to be looked at or to be saved. 404 if it is infected or missing."""
    if upload.is_infected:
        raise Http404
    try:
        file = content.file_of(upload, key)
    except FileNotFoundError:
        raise Http404 from None
    answer = _harmless(file, upload.content_type, upload.name, is_saved=is_saved)
    answer["Content-Length"] = str(upload.size)
    return answer


def preview_answer(upload: Upload, *, key: BrowserKey | None = None) -> FileResponse:
    """A small picture of it. 404 if there is none."""
    if upload.is_infected:
        raise Http404
    try:
        file = content.preview_of(upload, key)
    except FileNotFoundError:
        raise Http404 from None
    return _harmless(file, "image/jpeg", "preview.jpg", is_saved=False)


def _harmless(file: IO[bytes], content_type: str, name: str, *, is_saved: bool) -> FileResponse:
    answer = FileResponse(file, filename=name, content_type=content_type, as_attachment=is_saved)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer
