"""The same thing may come twice: by a second click, because somebody is not sure whether it has arrived, or because
several people see the same damage.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Any, TypeGuard

from django.db.models import QuerySet

from accounts.models import User
from catalogue.fees import Fee
from catalogue.forms.definition import FormDefinition
from submissions.journey import ENTRY_ID, Journey
from submissions.models import Draft, Submission
from submissions.states import UNDECIDED, State

SAME_WITHIN = timedelta(minutes=10)
SIMILAR_WITHIN = timedelta(days=14)
SIMILAR = 0.8  # so much of what is not about the person herself is the same
SUSPECT = "duplicate_suspect"  # the flag that the town hall sees
METRES_PER_DEGREE = 111_195  # of latitude, on a sphere with the mean radius of the earth


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


def reported_by_others(*, journey: Journey, by: User | None, now: datetime) -> Submission | None:
    """What somebody else has reported for the same place (`same_place` of the form) and nobody has decided yet.

    Of several the nearest. None where the answers do not say where the device was.
    """
    rule, answers = journey.definition.same_place, journey.relevant_answers()
    here = answers.get(rule.place) if rule else None
    if rule is None or not _has_position(here) or (rule.unless and rule.unless.holds(answers, journey.context)):
        return None
    alike = {f"answers__{name}": answers.get(name) for name in rule.same}
    lately = Submission.objects.filter(
        service_key=journey.definition.key,
        state__in=UNDECIDED | {State.NEEDS_INFO},
        frozen_at__gte=now - timedelta(days=rule.days),
        **alike,
    )
    others = lately.exclude(citizen=by) if by else lately
    far = [
        (_metres(here, there), one)
        for one in others.order_by("-frozen_at")
        if _has_position(there := one.answers.get(rule.place))
    ]
    near = [(metres, one) for metres, one in far if metres <= rule.metres]
    return min(near, key=lambda found: found[0])[1] if near else None


def _has_position(place: Any) -> TypeGuard[Mapping[str, float]]:
    return isinstance(place, Mapping) and {"latitude", "longitude"} <= place.keys()


def _metres(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """How far two places of one town are from each other, as if the earth were flat there."""
    north = first["latitude"] - second["latitude"]
    east = (first["longitude"] - second["longitude"]) * cos(radians(first["latitude"]))
    return hypot(north, east) * METRES_PER_DEGREE


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
