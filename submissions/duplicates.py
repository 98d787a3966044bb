"""Somebody may send the same thing twice: by a second click, or because she is not sure whether it has arrived."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from catalogue.fees import Fee
from catalogue.forms.definition import FormDefinition
from submissions.journey import ENTRY_ID
from submissions.models import Draft, Submission
from submissions.states import State

SAME_WITHIN = timedelta(minutes=10)
SIMILAR_WITHIN = timedelta(days=14)
SIMILAR = 0.8  # so much of what is not about the person herself is the same
SUSPECT = "duplicate_suspect"  # the flag that the town hall sees


def same_as(*, draft: Draft, answers: Mapping[str, Any], fee: Fee, by: User, now: datetime) -> Submission | None:
    """What this person handed in a moment ago, if it says the same and has the same files."""
    lately = _counting(by, draft).filter(frozen_at__gte=now - SAME_WITHIN, form_version=draft.form_version)
    for submission in lately:
        is_same = _leaves_of(submission.answers) == _leaves_of(answers) and submission.fee == fee
        if is_same and _files_of(submission) == _files_of(draft):
            return submission
    return None


def similar_to(
    *, draft: Draft, definition: FormDefinition, answers: Mapping[str, Any], by: User, now: datetime
) -> Submission | None:
    """What this person handed in during the last two weeks, if it is much like these answers."""
    own = frozenset(one.id for one in definition.all_fields() if one.prefill)
    for submission in _counting(by, draft).filter(frozen_at__gte=now - SIMILAR_WITHIN):
        if _likeness(submission.answers, answers, apart_from=own) >= SIMILAR:
            return submission
    return None


def _counting(by: User, draft: Draft) -> QuerySet[Submission]:
    """What counts of what she has handed in for the same service, newest first."""
    mine = Submission.objects.filter(citizen=by, service_key=draft.service_key, received_at__isnull=False)
    return mine.exclude(state=State.WITHDRAWN).exclude(draft_id=draft.pk).order_by("-frozen_at")


def _likeness(first: Mapping[str, Any], second: Mapping[str, Any], *, apart_from: frozenset[str]) -> float:
    """How much of all that is answered is answered alike, 0 to 1."""
    answers = [
        Counter(leaf for leaf in _leaves(one) if leaf[0] not in apart_from) or Counter(_leaves(one))
        for one in (first, second)
    ]
    both, either = (answers[0] & answers[1]).total(), (answers[0] | answers[1]).total()
    return both / either if either else 0.0


def _leaves_of(answers: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    return Counter(_leaves(answers))


def _leaves(answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """All answers with their field, those of entries too; what an entry is called among us says nothing."""
    for name, value in answers.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            for entry in value:
                yield from _leaves(entry)
        elif name != ENTRY_ID:
            yield name, repr(value)


def _files_of(owner: Draft | Submission) -> Counter[tuple[str, int]]:
    return Counter(owner.uploads.filter(request=None).values_list("name", "size"))
