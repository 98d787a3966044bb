"""What somebody without an account has handed in, at the address that only she has."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from submissions import citizen_views
from submissions.files import served
from submissions.forms import AnswerForm
from submissions.links import opened_by
from submissions.models import Submission


@never_cache
@require_safe
def receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """Right after handing in: the number, what happens next, and the address to keep."""
    return _unlisted(citizen_views.show_receipt(request, _opened(secret)))


@never_cache
@require_safe
def status(request: HttpRequest, secret: str) -> HttpResponse:
    """How it stands."""
    return _unlisted(citizen_views.show_status(request, _opened(secret), AnswerForm()))


@never_cache
@require_POST
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer the town hall's question, with files."""
    return citizen_views.take_answer(request, _opened(secret), by=None)


@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, secret: str) -> HttpResponse:
    """Take it back, before it is decided."""
    return _unlisted(citizen_views.take_back(request, _opened(secret), by=None))


@never_cache
@require_POST
def open_decision(_request: HttpRequest, secret: str) -> HttpResponse:
    """Open the decision that lies ready: that is written down, and announces it."""
    return citizen_views.take_decision(_opened(secret))


@never_cache
@require_safe
def decision(_request: HttpRequest, secret: str) -> HttpResponse:
    """The letter with the decision, once it has been opened."""
    return _unlisted(citizen_views.show_decision(_opened(secret)))


@never_cache
@require_safe
def pdf(_request: HttpRequest, secret: str) -> HttpResponse:
    """All answers as a PDF, as they were handed in."""
    return _unlisted(citizen_views.show_pdf(_opened(secret)))


@never_cache
@require_safe
def upload(_request: HttpRequest, secret: str, upload_id: UUID) -> FileResponse:
    """A file that belongs to it."""
    return served(get_object_or_404(_opened(secret).uploads, pk=upload_id))


def _opened(secret: str) -> Submission:
    key = opened_by(secret)
    if key is None:
        raise Http404
    return get_object_or_404(citizen_views.with_all(), pk=key, citizen=None)


def _unlisted(answer: HttpResponse) -> HttpResponse:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
