"""What all pages of a form have in common: whose draft it is, what is known of the person, what stands around."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.guards import sign_in_address, signed_in_citizen, trust_level
from accounts.trust import TrustLevel
from catalogue.content import Service
from catalogue.forms.definition import Group, Page
from catalogue.forms.fields import Kind
from catalogue.forms.texts import Reader
from submissions import actions
from submissions.addresses import address, after_handing_in
from submissions.drafts import Content, OpenDraft, browser_draft
from submissions.journey import Journey, Place
from submissions.models import Submission, Upload
from submissions.page_form import NOBODY, Applicant, PageForm
from submissions.presentation import entry_name
from submissions.sealing import give_key, read_key, take_key
from submissions.states import State
from submissions.typed import typed
from templates.components import Step
from townhall.shopfront import shopfront

ACCOUNT_SALT = "submissions.account"


def adopt_first(request: HttpRequest, service_key: str) -> HttpResponse | None:
    """Take over what was typed before signing in. Returns where to go if that changes anything."""
    citizen = signed_in_citizen(request)
    from_browser = browser_draft(request, service_key) if citizen else None
    if citizen is None or from_browser is None:
        return None
    belongs_to = from_browser.content.owner
    if not actions.adopt(draft=from_browser, citizen=citizen, now=timezone.now()):
        return redirect("submissions:choose", service_key)
    if belongs_to is not None and belongs_to != citizen.pk:
        messages.warning(
            request, _("Was vorhin hier getippt wurde, gehört zu einem anderen Konto. Wir haben es gelöscht.")
        )
    answer = redirect(request.get_full_path())
    take_key(answer, service_key)
    return answer


def page_form(
    request: HttpRequest,
    draft: OpenDraft,
    place: Place,
    *,
    data: QueryDict | None,
    files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
) -> PageForm:
    """The form of a page, with what the draft and the account know."""
    takes_files = any(one.kind == Kind.FILE for one in place.page.fields)
    uploads = draft.row.uploads.all() if takes_files and draft.row and draft.citizen else ()
    kept = kept_files(place, uploads)
    return PageForm(place, draft.journey(), applicant=applicant_of(request), kept=kept, data=data, files=files)


def kept_files(place: Place, uploads: Iterable[Upload]) -> dict[str, list[Upload]]:
    """The files of a page's fields, by field."""
    fields = {place.field_place(one.id): one.id for one in place.page.fields}
    kept: dict[str, list[Upload]] = {}
    for upload in uploads:
        if upload.place in fields:
            kept.setdefault(fields[upload.place], []).append(upload)
    return kept


def session_has_ended(request: HttpRequest) -> bool:
    """Whether the page was shown to somebody signed in who is not any more."""
    return "account" in request.POST and signed_in_citizen(request) is None


def keep_and_sign_in(request: HttpRequest, draft: OpenDraft, place: Place) -> HttpResponse:
    """The session has ended while somebody typed: keep it in her browser, sign in, come back to the same page."""
    try:
        owner = int(signing.loads(request.POST["account"], salt=ACCOUNT_SALT))
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    empty = OpenDraft(draft.service_key, draft.definition, Content(), surroundings=draft.surroundings)
    kept = actions.keep_for_sign_in(
        draft=empty, owner=owner, typed={place.key: typed(request.POST)}, now=timezone.now()
    )
    messages.info(request, _("Ihre Anmeldung war abgelaufen. Was Sie getippt haben, ist noch da."))
    return with_key(request, redirect(sign_in_address(request.get_full_path())), kept)


def account_token(request: HttpRequest) -> str:
    """Marks a page as shown to this person, so that a later POST without a session can be told apart."""
    citizen = signed_in_citizen(request)
    return signing.dumps(citizen.pk, salt=ACCOUNT_SALT) if citizen else ""


def with_key(request: HttpRequest, response: HttpResponse, draft: OpenDraft) -> HttpResponse:
    if draft.key:
        give_key(request, response, draft.service_key, draft.key)
    if draft.citizen:
        request.session.modified = True  # who is at work stays signed in
    return response


def applicant_of(request: HttpRequest) -> Applicant:
    citizen = signed_in_citizen(request)
    if citizen is None:
        return NOBODY
    return Applicant(citizen.attributes, True, trust_level(request) >= TrustLevel.SUBSTANTIAL)


def verified_answers(journey: Journey, applicant: Applicant) -> list[str]:
    """The answers that the provider vouches for."""
    if not applicant.is_verified:
        return []
    return [
        one.id
        for one in journey.definition.all_fields()
        if journey.answers.get(one.id) == applicant.knows(one) is not None
    ]


def service_with_form(service_key: str) -> Service:
    """A service of this town that has a form."""
    front = shopfront()
    service = front.services.get(service_key)
    if service is None or service_key not in front.catalogue.forms:
        raise Http404
    return service


def frame(draft: OpenDraft, current: Page | Group | None) -> dict[str, Any]:
    """What stands around each page: the steps, and the way out."""
    journey = draft.journey()
    steps = _until_the_end(journey, current)
    number = steps.index(current) + 1 if current else len(steps) + 1
    fill = Reader(journey.answers, journey.context).fill
    shown = [
        Step(
            fill(step.short),
            "now" if step == current else "done" if journey.is_done(step) else "next",
            address(draft.service_key, step),
        )
        for step in steps
    ]
    is_handed_in = not draft.definition.is_guide
    review = [Step(_("Prüfen"), "now" if current is None else "next")]
    return {
        "service": service_with_form(draft.service_key),
        "definition": draft.definition,
        "steps": [*shown, *review] if is_handed_in else shown,
        "step_number": number,
        "step_total": len(steps) + is_handed_in,
        "step_name": fill(current.short) if current else _("Prüfen"),
        "quit_url": reverse("submissions:mine")
        if draft.citizen
        else reverse("submissions:saved_here", args=[draft.service_key]),
        "is_browser": draft.citizen is None,
    }


def _until_the_end(journey: Journey, current: Page | Group | None) -> list[Page | Group]:
    """The steps of a form; of a guide those up to the page that ends it for these answers."""
    steps = journey.steps
    ends = [number for number, one in enumerate(steps, start=1) if isinstance(one, Page) and one.stop]
    shown = steps[: ends[0]] if journey.definition.is_guide and ends else steps
    return shown if current is None or current in shown else steps  # somebody may ask for a page behind it


def entry_title(journey: Journey, place: Place) -> str:
    if place.group is None:
        return ""
    entries = journey.entries(place.group)
    own = entries[place.number - 1] if place.number <= len(entries) else {}
    return entry_name(place.group, own, place.number, journey.context)


def not_online(request: HttpRequest, service: Service) -> HttpResponse:
    """It cannot be done online at the moment; what was begun stays."""
    return render(request, "submissions/not_online.html", {"service": service}, status=409)


def handed_in_already(request: HttpRequest, draft: OpenDraft) -> HttpResponse | None:
    """A second click, or the back button after handing in: to what became of it."""
    if draft.row is not None:
        return None
    own = Submission.objects.filter(citizen=draft.citizen, service_key=draft.service_key)
    if draft.citizen is None:
        key = read_key(request, draft.service_key)  # that of the draft, which nobody else has
        own = own.filter(draft_id=key.draft_id) if key else own.none()
    latest = own.exclude(state=State.SUPERSEDED).order_by("-frozen_at").first()
    just_now = latest and (timezone.now() - latest.frozen_at).total_seconds() < 60 * 60
    return redirect(after_handing_in(latest)) if latest and just_now else None
