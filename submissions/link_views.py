"""What somebody without an account has handed in, at the address that only she has."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from submissions import carrying_views, citizen_views
from submissions.links import opened_by
from submissions.models import Submission
from submissions.uploads import answer_views
from submissions.uploads.serving import file_answer, preview_answer


@never_cache
@require_safe
def receipt(request: HttpRequest, secret: str) -> HttpResponse:
    """Right after handing in: the number, what happens next, and the address to keep."""
    return _unlisted(citizen_views.show_receipt(request, _opened(secret)))


@never_cache
@require_safe
def status(request: HttpRequest, secret: str) -> HttpResponse:
    """How it stands."""
    return _unlisted(citizen_views.show_status(request, _opened(secret)))


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
def carry_case(request: HttpRequest, secret: str) -> HttpResponse:
    """It goes along to the town that is responsible."""
    return _unlisted(carrying_views.show_carry(request, _opened(secret)))


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
def appointment(_request: HttpRequest, secret: str) -> HttpResponse:
    """The appointment for a calendar."""
    return _unlisted(citizen_views.show_appointment(_opened(secret)))


@never_cache
@require_safe
def upload(_request: HttpRequest, secret: str, number: UUID) -> HttpResponseBase:
    """A file that belongs to it."""
    return file_answer(answer_views.file_of_case(_opened(secret), number))


@never_cache
@require_safe
def preview(_request: HttpRequest, secret: str, number: UUID) -> HttpResponseBase:
    """A small picture of it."""
    return preview_answer(answer_views.file_of_case(_opened(secret), number))


@never_cache
@require_http_methods(["GET", "POST", "OPTIONS"])
def files(request: HttpRequest, secret: str) -> HttpResponse:
    """Send files for an answer, and list them."""
    return answer_views.take_files(request, _opened(secret))


@never_cache
@require_http_methods(["HEAD", "PATCH", "DELETE", "OPTIONS"])
def file(request: HttpRequest, secret: str, number: UUID) -> HttpResponse:
    """One file on its way to an answer."""
    return answer_views.take_file(request, _opened(secret), number)


@never_cache
@require_POST
def replace(request: HttpRequest, secret: str, number: UUID) -> HttpResponse:
    """Another file in place of one in which a virus was found."""
    return answer_views.take_replacement(request, _opened(secret), number, by=None)


def _opened(secret: str) -> Submission:
    key = opened_by(secret)
    if key is None:
        raise Http404
    return get_object_or_404(citizen_views.with_all(), pk=key, citizen=None)


def _unlisted(answer: HttpResponse) -> HttpResponse:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
