"""What all pages of a form have in common: whose draft it is, what is known of the person, what stands around."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.guards import signed_in_citizen
from catalogue.forms.definition import Group, Page
from catalogue.forms.fields import Kind
from catalogue.forms.texts import Reader
from submissions import draft_actions
from submissions.account_data import applicant_of
from submissions.addresses import address, after_handing_in
from submissions.appointments.fields import Finder
from submissions.appointments.holding import reserved_now
from submissions.availability import availability_of, service_with_form
from submissions.content import Copy, Raw, belongs_to
from submissions.drafts import OpenDraft
from submissions.hands import kept_after_session
from submissions.journey import Journey, Place
from submissions.models import Submission
from submissions.other_towns import home_town
from submissions.page_form import PageForm
from submissions.presentation import entry_name
from submissions.sealing import read_key
from submissions.states import State
from submissions.telling import without_errors
from submissions.typed import as_query, as_typed, completed, typed, without_blanks
from submissions.uploads.draft_slots import at_once, kept_in_fields
from submissions.uploads.slots import has_room_without_account
from templates.components import Step
from templates.fields import UploadField

ACCOUNT_SALT = "submissions.account"


def page_form(
    request: HttpRequest,
    draft: OpenDraft,
    place: Place,
    *,
    data: QueryDict | None,
    files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
) -> PageForm:
    """The form of a page, with what the draft and the account know."""
    asks_for_files = any(one.kind == Kind.FILE for one in place.page.fields)
    return PageForm(
        place,
        draft.journey(),
        applicant=applicant_of(request),
        kept=kept_in_fields(draft, place),
        news=draft.content.news,
        takes_files=draft.citizen is not None or not asks_for_files or has_room_without_account(),
        at_once=at_once(draft, place, account_token(request)),
        linked=request.GET.dict(),
        finder=finder_of(request, draft),
        data=data,
        files=files,
    )


def finder_of(request: HttpRequest, draft: OpenDraft) -> Finder:
    """Who looks for an appointment on this page."""
    return Finder.of(request, draft.row.pk if draft.row else None)


def shown_form(request: HttpRequest, draft: OpenDraft, place: Place) -> PageForm:
    """The form of a page as somebody finds it: with what she answered, or typed last."""
    raw = draft.content.typed.get(place.key)
    if raw is None:
        return page_form(request, draft, place, data=None)
    raw = raw | {one.id: [request.GET[one.id]] for one in place.page.fields if one.refers_to and one.id in request.GET}
    if not draft.content.is_half_typed(place):
        return page_form(request, draft, place, data=as_query(raw))
    return typed_form(request, draft, place, raw)


def typed_form(request: HttpRequest, draft: OpenDraft, place: Place, raw: Raw) -> PageForm:
    """The form of a page with what was typed on it, without judging it."""
    begun = page_form(request, draft, place, data=None)
    return without_errors(page_form(request, draft, place, data=completed(raw, begun)))


def says_nothing_new(request: HttpRequest, draft: OpenDraft, place: Place) -> bool:
    """Whether a page that is being typed on says what it said when nothing was typed yet."""
    sent = page_form(request, draft, place, data=request.POST)
    if place.key in draft.content.done and sent.is_valid():
        return all(sent.scope.get(name) == value for name, value in sent.values.items())
    form = page_form(request, draft, place, data=None)
    asked = [name for name, field in form.fields.items() if not isinstance(field, UploadField)]
    before = {name: values for name, values in as_typed(form).lists() if belongs_to(name, asked)}
    return without_blanks(typed(request.POST, asked)) == without_blanks(before)


# --- When the session has ended ---------------------------------------------------------------------------


def session_has_ended(request: HttpRequest) -> bool:
    """Whether the page was shown to somebody signed in who is not any more."""
    return "account" in request.POST and signed_in_citizen(request) is None


def keep_for_owner(request: HttpRequest, draft: OpenDraft, place: Place, copy: Copy) -> OpenDraft:
    """The session has ended while somebody typed: keep the page in her browser until she is back."""
    try:
        owner = int(signing.loads(request.POST["account"], salt=ACCOUNT_SALT))
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    return draft_actions.keep_for_sign_in(
        draft=kept_after_session(request, draft.service_key, owner),
        owner=owner,
        place=place,
        copy=copy,
        raw=typed(request.POST, place.field_ids),
        now=timezone.now(),
    )


def account_token(request: HttpRequest) -> str:
    """Marks a page as shown to this person, so that a later POST without a session can be told apart."""
    citizen = signed_in_citizen(request)
    return signing.dumps(citizen.pk, salt=ACCOUNT_SALT) if citizen else ""


# --- Around the page --------------------------------------------------------------------------------------


def frame(request: HttpRequest, draft: OpenDraft, current: Page | Group | None) -> dict[str, Any]:
    """What stands around each page: the steps, and the way out."""
    journey = draft.journey()
    steps = _until_the_end(journey, current)
    number = steps.index(current) + 1 if current in steps else len(steps) + 1
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
        "quit_url": quit_address(draft),
        "is_browser": draft.citizen is None,
        "left_over": draft.content.left_over,
        "has_news": bool(draft.content.news),
        "closing_on": availability_of(draft.service_key).until,
        "home_town": home_town(draft.content.answers, draft.definition),
        "reserved": reserved_now(draft),
        **session_frame(request),
    }


def _until_the_end(journey: Journey, current: Page | Group | None) -> list[Page | Group]:
    """The steps of a form; of a guide those up to the page that ends it for these answers."""
    steps = journey.steps
    ends = [number for number, one in enumerate(steps, start=1) if isinstance(one, Page) and one.stop]
    shown = steps[: ends[0]] if journey.definition.is_guide and ends else steps
    return shown if current is None or current in shown else steps  # somebody may ask for a page behind it


def session_frame(request: HttpRequest) -> dict[str, Any]:
    """What the scripts need to know that save and that tell when the session ends."""
    return {
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "session_seconds": settings.SESSION_COOKIE_AGE if signed_in_citizen(request) else 0,
        "session_next": urlencode({"next": request.get_full_path()}),
    }


def quit_address(draft: OpenDraft) -> str:
    """Where somebody goes who stops for now."""
    return reverse("submissions:mine") if draft.citizen else reverse("submissions:saved_here", args=[draft.service_key])


def entry_title(journey: Journey, place: Place) -> str:
    if place.group is None:
        return ""
    entries = journey.entries(place.group)
    own = entries[place.number - 1] if place.number <= len(entries) else {}
    return entry_name(place.group, own, place.number, journey.context)


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
