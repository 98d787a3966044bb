"""The review page: all answers, what it costs, the declaration, and the button that the law asks for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.guards import sign_in_address, trust_level
from accounts.trust import TrustLevel
from catalogue.content import Service
from catalogue.fees import NO_FEE, Fee, MissingAmount, PayAt
from catalogue.forms.texts import Reader
from submissions import actions
from submissions.account_data import applicant_of, differences, sources_of, verified_answers
from submissions.addresses import CHANGE, address, after_handing_in, missing_address, place_address
from submissions.appointments.actions import SlotTaken
from submissions.appointments.holding import AppointmentLost, hold
from submissions.availability import not_online, refusal, service_with_form
from submissions.drafts import OpenDraft
from submissions.duplicates import reported_by_others, similar_to
from submissions.filling import (
    account_token,
    finder_of,
    frame,
    handed_in_already,
    session_has_ended,
)
from submissions.forms import ReviewForm
from submissions.hands import draft_in_hand, with_key
from submissions.journey import Journey
from submissions.models import Submission
from submissions.page_form import PageForm
from submissions.presentation import AnswerGroup, answer_groups, reported_in_words
from submissions.seen import FeeChange, fee_change, fingerprint
from submissions.senders import may_send
from submissions.states import State
from submissions.steps import SubmissionRefused
from submissions.telling import all_estimates
from submissions.typed import as_typed
from submissions.uploads.draft_slots import kept_in_fields
from townhall.fees import amounts_on
from townhall.shopfront import shopfront

DECIDED_WITHIN = 28  # days, where nothing else is known


@require_http_methods(["GET", "POST"])
@never_cache
def review(request: HttpRequest, service_key: str) -> HttpResponse:
    """All answers on one page, what it costs, and the button."""
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    stopped = refusal(request, draft)
    if stopped:
        return handed_in_already(request, draft) or stopped
    journey = draft.journey()
    missing = journey.first_open()
    if missing:
        return handed_in_already(request, draft) or redirect(missing_address(draft, missing))
    try:
        hold(draft, journey, now=timezone.now())
    except AppointmentLost as lost:
        messages.warning(request, str(lost))
        return redirect(place_address(draft.service_key, lost.place) + CHANGE)
    try:
        terms = _terms(draft, journey)
    except MissingAmount:
        return not_online(request, draft)
    form = terms.form(request)
    level = terms.service.trust_level
    if request.method == "POST":
        if session_has_ended(request) or _needs_account(draft, terms):
            return redirect(sign_in_address(request.get_full_path(), level))
        invalid = _first_invalid(request, draft)
        if invalid:
            messages.warning(request, _asked_again(invalid))
            return redirect(place_address(draft.service_key, invalid.place))
        if form.is_valid() and draft.citizen is None and not may_send(request, service_key):
            sentence = _("Von hier kam gerade sehr viel. Bitte versuchen Sie es in einer Stunde noch einmal.")
            form.add_error(None, sentence)
        if form.is_valid() and trust_level(request) >= level:
            return _hand_in(request, draft, journey, terms)
    return with_key(request, _show_review(request, draft, journey, terms, form), draft)


@dataclass(frozen=True)
class Terms:
    """What somebody hands in, and on which terms: all that she must have seen before."""

    service: Service
    fee: Fee
    change: FeeChange | None
    similar: Submission | None
    reported: Submission | None  # by somebody else
    seen: str

    def form(self, request: HttpRequest) -> ReviewForm:
        return ReviewForm(
            request.POST if request.method == "POST" else None,
            fee=self.fee.total,
            seen=self.seen,
            change=self.change,
            similar=self.similar,
            reported=self.reported,
        )


def _terms(draft: OpenDraft, journey: Journey) -> Terms:
    """Raises MissingAmount."""
    fee, answers, similar = _fee(journey), journey.relevant_answers(), None
    if draft.row and draft.citizen:
        similar = similar_to(
            draft=draft.row, definition=journey.definition, answers=answers, by=draft.citizen, now=timezone.now()
        )
    return Terms(
        service=service_with_form(draft.service_key),
        fee=fee,
        change=fee_change(journey, fee, seen=draft.content.amounts) if _pays_now(journey, fee) else None,
        similar=similar,
        reported=None if similar else reported_by_others(journey=journey, by=draft.citizen, now=timezone.now()),
        seen=fingerprint(journey),
    )


def _hand_in(request: HttpRequest, draft: OpenDraft, journey: Journey, terms: Terms) -> HttpResponse:
    assert draft.row is not None
    service = terms.service
    try:
        submission = actions.hand_in(
            draft=draft.row,
            journey=journey,
            fee=terms.fee,
            offered=actions.Offered(service.title, service.unit, DECIDED_WITHIN),
            by=draft.citizen,
            trust_level=trust_level(request),
            verified=verified_answers(journey, applicant_of(request)),
            now=timezone.now(),
            key=draft.key,
        )
    except actions.DraftChanged as change:
        messages.warning(request, str(change))
        return redirect(request.get_full_path())
    except SlotTaken:
        return redirect(request.get_full_path())  # where it is told
    except SubmissionRefused as refused:
        messages.error(request, str(refused))
        return redirect("submissions:mine") if draft.citizen else redirect("submissions:start", service.key)
    return redirect(after_handing_in(submission))


def _show_review(
    request: HttpRequest, draft: OpenDraft, journey: Journey, terms: Terms, form: ReviewForm
) -> HttpResponse:
    reached, service, fee = trust_level(request), terms.service, terms.fee
    applicant = applicant_of(request)
    pays_now = _pays_now(journey, fee)
    context = {
        **frame(request, draft, None),
        "groups": _with_links(
            draft,
            answer_groups(
                journey,
                uploads=draft.row.uploads.all() if draft.row else (),
                sources=sources_of(journey, applicant),
            ),
        ),
        "fee": fee,
        "change": terms.change,
        "similar": terms.similar,
        "reported": reported_in_words(terms.reported, journey) if terms.reported else None,
        "pays_now": pays_now,
        "pays_later": bool(fee.total or fee.is_open) and not pays_now,
        "basis": service.fee.basis or "",
        "unpaid": _handed_in_but_unpaid(draft, journey, fee),
        "estimates": all_estimates(journey),
        "form": form,
        "account": account_token(request),
        "is_signed_in": draft.citizen is not None,
        "needs_account": _needs_account(draft, terms),
        "needs_higher_level": draft.citizen is not None and reached < service.trust_level,
        "differences": differences(journey, applicant),
        "office": shopfront().office_for(service),
        "sign_in_url": sign_in_address(request.get_full_path(), service.trust_level),
        "account_name": settings.OIDC_ACCOUNT_NAME,
        "retention": Reader(journey.answers, journey.context).fill(journey.definition.retention),
        "back_url": address(draft.service_key, journey.steps[-1]),
    }
    return render(request, "submissions/review.html", context, status=422 if form.errors else 200)


def _needs_account(draft: OpenDraft, terms: Terms) -> bool:
    """Whether she has to sign in first. Whoever pays, now or later, needs an account."""
    fee = terms.fee
    return draft.citizen is None and bool(terms.service.trust_level != TrustLevel.NONE or fee.total or fee.is_open)


def _pays_now(journey: Journey, fee: Fee) -> bool:
    return bool(fee.total) and journey.pay_at == PayAt.SUBMISSION


def _handed_in_but_unpaid(draft: OpenDraft, journey: Journey, fee: Fee) -> Submission | None:
    """What was handed in from this draft already, if nothing but the payment is missing."""
    if draft.row is None:
        return None
    waiting = Submission.objects.filter(draft_id=draft.row.pk, state=State.AWAITING_PAYMENT).first()
    if waiting and waiting.says(
        answers=journey.relevant_answers(),
        surroundings=journey.context.to_freeze(),
        fee=fee,
        form_version=draft.row.form_version,
    ):
        return waiting
    return None


def _with_links(draft: OpenDraft, groups: list[AnswerGroup]) -> list[tuple[AnswerGroup, str]]:
    return [(group, place_address(draft.service_key, group.place) + CHANGE) for group in groups]


def _fee(journey: Journey) -> Fee:
    """What it costs. Raises MissingAmount if that is not known and must be paid now.

    What is paid after the decision is set by the case worker; a town may hand in without having entered it.
    """
    try:
        return journey.fee(_amounts(journey.today))
    except MissingAmount:
        if journey.pay_at == PayAt.DECISION:
            return NO_FEE
        raise


def _amounts(day: date) -> dict[str, Decimal]:
    return amounts_on(day, catalogue=shopfront().catalogue)


def _asked_again(page: PageForm) -> str:
    """Why somebody is back on a page that she had answered."""
    missing = [str(told) for one in page.asked if page.is_late_no_more(one) for told in page.errors.get(one.id, ())]
    return " ".join(missing) or _("Auf dieser Seite stimmt etwas nicht mehr. Bitte prüfen Sie sie noch einmal.")


def _first_invalid(request: HttpRequest, draft: OpenDraft) -> PageForm | None:
    """The first page whose answers would not pass today: a date may have come, a rule may have changed."""
    journey, applicant = draft.journey(), applicant_of(request)
    for place in journey.places():
        kept = kept_in_fields(draft, place)
        known: dict[str, Any] = {"applicant": applicant, "kept": kept, "finder": finder_of(request, draft)}
        form = PageForm(place, journey, **known)
        bound = PageForm(place, journey, **known, data=as_typed(form))
        if not bound.is_valid():
            return bound
    return None
