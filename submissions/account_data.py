"""What the account knows of a person, and the answers that say the same."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guards import signed_in_citizen, trust_level
from accounts.trust import TrustLevel
from catalogue.forms.context import Context
from catalogue.forms.fields import Field
from catalogue.forms.formulas import is_empty
from catalogue.forms.texts import Reader
from catalogue.forms.words import in_words
from submissions import draft_actions
from submissions.drafts import OpenDraft
from submissions.journey import Journey
from submissions.page_form import NOBODY, Applicant


@dataclass(frozen=True)
class Difference:
    """An answer that the account knows otherwise."""

    field: Field
    answered: str
    known: str
    context: Context

    @property
    def label(self) -> str:
        return Reader({}, self.context).fill(self.field.label)

    @property
    def shown_answer(self) -> str:
        return in_words(self.field, self.answered, self.context)

    @property
    def shown_known(self) -> str:
        return in_words(self.field, self.known, self.context)


def applicant_of(request: HttpRequest) -> Applicant:
    """What is known of whoever fills in."""
    citizen = signed_in_citizen(request)
    if citizen is None:
        return NOBODY
    return Applicant(citizen.attributes, True, trust_level(request) >= TrustLevel.SUBSTANTIAL)


def sources_of(journey: Journey, applicant: Applicant) -> dict[str, str]:
    """Where answers come from that say what the account says, in words, by field."""
    return {
        one.id: applicant.source_of(one)
        for one, known in _known(journey, applicant)
        if journey.answers.get(one.id) == known
    }


def verified_answers(journey: Journey, applicant: Applicant) -> list[str]:
    """The answers that the provider vouches for."""
    known = _known(journey, applicant)
    return [one.id for one, _value in known if journey.answers.get(one.id) == applicant.vouched(one)]


def differences(journey: Journey, applicant: Applicant) -> list[Difference]:
    """What was answered otherwise than the account knows it, or not at all, on pages that are done."""
    return [
        Difference(one, journey.answers.get(one.id) or "", known, journey.context)
        for one, known in _known(journey, applicant)
        if journey.answers.get(one.id) != known
    ]


def take_over_verified(request: HttpRequest, draft: OpenDraft) -> OpenDraft:
    """Somebody has proved who she is after she had filled in pages: there stands now what the provider vouches for.

    She is told what has changed.
    """
    applicant = applicant_of(request)
    found = [one for one in differences(draft.journey(), applicant) if draft.row and applicant.vouched(one.field)]
    if not found:
        return draft
    told = ", ".join(
        _("%(label)s: %(known)s (vorher: %(answered)s)")
        % {"label": one.label, "known": one.shown_known, "answered": one.shown_answer}
        for one in found
    )
    messages.info(request, _("Aus Ihrem geprüften Konto übernommen: %(told)s.") % {"told": told})
    return take_over(draft, found)


def take_over(draft: OpenDraft, found: list[Difference]) -> OpenDraft:
    """Answer as the account knows it."""
    values = {one.field.id: one.known for one in found}
    return draft_actions.take_from_account(draft=draft, values=values, now=timezone.now())


def _known(journey: Journey, applicant: Applicant) -> Iterator[tuple[Field, str]]:
    """The questions about the person herself that were asked, with what the account says."""
    for place in journey.places():
        if place.group is not None or place.key not in journey.done:
            continue
        for one in place.page.visible_fields(journey.answers, journey.context):
            known = applicant.knows(one)
            if not is_empty(known):
                yield one, str(known)
