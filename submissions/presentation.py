"""Answers as people read them: on the review page, the status page, in the town hall and in the PDF."""

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.trust import TrustLevel
from catalogue.forms.context import Context, Surroundings
from catalogue.forms.definition import FormDefinition, Group
from catalogue.forms.fields import TICKED, Field, Kind
from catalogue.forms.formulas import is_empty
from catalogue.forms.texts import Reader
from catalogue.forms.words import NOTHING, in_words
from submissions.content import Raw, belongs_to
from submissions.journey import Journey, Place
from submissions.models import Submission, Upload
from submissions.states import State, Way
from templates.components import Answer, Event


@dataclass(frozen=True)
class AnswerGroup:
    """The answers of one page. `place` says which page it is, `entry` of which dog or person."""

    page: str
    entry: str
    answers: tuple[Answer, ...]
    place: Place
    uploads: tuple[Upload, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.entry}: {self.page}" if self.entry else self.page


def answer_groups(
    journey: Journey,
    *,
    uploads: Iterable[Upload] = (),
    sources: Mapping[str, str] = MappingProxyType({}),
    hidden: Collection[str] = (),
) -> list[AnswerGroup]:
    """All that was answered, page by page, without pages that ask nothing.

    `sources` say of a field where its answer comes from. Of the fields in `hidden` nobody learns more than that they
    were answered.
    """
    by_place: dict[str, list[Upload]] = {}
    for upload in uploads:
        by_place.setdefault(upload.place, []).append(upload)
    groups = []
    for place in journey.places():
        scope = journey.scope(place)
        answers, attached = [], []
        reader = Reader({key: value for key, value in scope.items() if key not in hidden}, journey.context)
        asked = list(place.page.visible_fields(scope, journey.context))
        late = {one.id for one in asked if one.id.endswith("_later") and scope.get(one.id)}
        for one in asked:
            files = by_place.get(place.field_place(one.id), [])
            if _is_worth_showing(one, scope, files):
                shown = _("geschützt") if one.id in hidden else _shown(one, scope, files, late, journey.context)
                question = reader.fill(f"{one.text}\n{one.label}".strip())  # of a declaration also what was declared
                answers.append(Answer(question, shown, sources.get(one.id, "")))
                attached.extend(files)
        if answers:
            entry = _entry_name(journey, place)
            groups.append(AnswerGroup(reader.fill(place.page.short), entry, tuple(answers), place, tuple(attached)))
    return groups


def by_entry(groups: Iterable[AnswerGroup]) -> list[tuple[str, list[AnswerGroup]]]:
    """The groups of one dog or person together under its name, any other alone under its own."""
    together = groupby(
        groups, key=lambda group: (group.place.group, group.place.number) if group.entry else group.place
    )
    found = [list(same) for _place, same in together]
    return [(same[0].entry or same[0].page, same) for same in found]


def answers_of(
    submission: Submission, definition: FormDefinition, *, source: str = "", hidden: Collection[str] = ()
) -> list[AnswerGroup]:
    """What was handed in, as it was asked then."""
    return answer_groups(
        journey_of(submission, definition),
        uploads=submission.uploads.filter(request=None),
        sources=dict.fromkeys(submission.verified, source),
        hidden=hidden,
    )


def journey_of(submission: Submission, definition: FormDefinition) -> Journey:
    """The form as it was handed in: on that day, with what the town said then."""
    surroundings = Surroundings.frozen(
        submission.surroundings,
        today=timezone.localdate(submission.frozen_at),
        trust=TrustLevel(submission.trust_level),
    )
    return Journey(definition, submission.answers, frozenset(), definition.context(surroundings))


def reader_of(submission: Submission, definition: FormDefinition) -> Reader:
    """Fills in texts of the form with what was handed in."""
    return Reader(submission.answers, journey_of(submission, definition).context)


def fields_of_address(definition: FormDefinition) -> frozenset[str]:
    """Where somebody lives and how she is reached: what a protected address (§ 51 BMG) hides."""
    return frozenset(
        one.id
        for one in definition.all_fields()
        if one.kind in (Kind.EMAIL, Kind.TEL) or one.meaning in _OF_ADDRESS or one.pattern in _OF_ADDRESS
    )


_OF_ADDRESS = frozenset({"street", "house_number", "postal_code", "city", "email", "phone"})  # patterns, attributes


def entry_name(group: Group, entry: Mapping[str, Any], number: int, context: Context) -> str:
    """What an entry of a group is called in a list: "Bello, Labrador Retriever" or "Hund 2"."""
    fields = [one for page in group.pages for one in page.fields if one.id in group.names]
    parts = [in_words(one, entry[one.id], context) for one in fields if entry.get(one.id)]
    return group.between.join(parts) or f"{group.item} {number}"


def typed_in_words(journey: Journey, place: Place, raw: Raw) -> list[tuple[str, str]]:
    """A page as it was typed: label and text of all that says something."""
    fill = journey.reader(place).fill
    told = [(fill(one.label), raw_in_words(one, raw, journey.context)) for one in place.page.fields if one.asks]
    return [(label, text) for label, text in told if text]


def raw_in_words(one: Field, raw: Raw, context: Context) -> str:
    """What was typed into one field, as it arrived; empty if nothing was."""
    labels = {entry.value: entry.label for entry in context.choices.get(one.id, ())}
    own = {name: [value for value in values if value] for name, values in raw.items() if belongs_to(name, [one.id])}
    if one.kind in TICKED:
        return _("angekreuzt") if any(own.values()) else ""
    if one.kind == Kind.COUNTS:
        counted = [
            (labels.get(name.removeprefix(f"{one.id}_"), name), value) for name, [*value] in own.items() if value
        ]
        return ", ".join(f"{value[0]} × {label}" for label, value in counted)
    return (", " if labels else " ").join(labels.get(value, value) for values in own.values() for value in values)


def _shown(one: Field, scope: Mapping[str, Any], files: list[Upload], late: Container[str], context: Context) -> str:
    if one.kind != Kind.FILE:
        return in_words(one, scope.get(one.id), context)
    if files:
        return ", ".join(upload.name for upload in files)
    return _("wird nachgereicht") if f"{one.id}_later" in late else NOTHING


def _is_worth_showing(one: Field, scope: Mapping[str, Any], files: list[Upload]) -> bool:
    """What was asked and answered, and what had to be; a voluntary question left open says nothing."""
    if not one.asks or one.id.endswith("_later"):  # the latter is said at the file itself
        return False
    return one.required or bool(files) or not is_empty(scope.get(one.id))


def _entry_name(journey: Journey, place: Place) -> str:
    if place.group is None:
        return ""
    return entry_name(place.group, journey.entries(place.group)[place.number - 1], place.number, journey.context)


@dataclass(frozen=True)
class Reported:
    """What somebody learns of what another person has reported: nothing that tells of her."""

    what: str  # "Straßenlaterne"
    at: datetime
    standing: str


def reported_in_words(submission: Submission, journey: Journey) -> Reported:
    """`journey` is that of who looks; both have answered alike what is shown."""
    rule = journey.definition.same_place
    fields = [one for one in journey.definition.all_fields() if rule and one.id in rule.same]
    said = [in_words(one, submission.answers.get(one.id), journey.context) for one in fields]
    is_new = submission.state == State.RECEIVED
    return Reported(", ".join(said), submission.frozen_at, _("gemeldet") if is_new else _("in Arbeit"))


def timeline_of(submission: Submission) -> list[Event]:
    """What has happened, what is happening, what comes next: in words for the citizen."""
    past = [
        Event(event.title, "done", text=event.text, at=event.at) for event in submission.events.all() if event.is_public
    ]
    state = State(submission.state)
    if state not in _AHEAD:
        return past
    now, coming = _AHEAD[state]
    current = str(now)
    delivery = getattr(submission.decision, "delivery", None)
    if state == State.DECIDED and delivery and delivery.delivered_on is None:
        current = _("Ihr Brief geht zur Post") if delivery.way == Way.POST else _("Ihr Bescheid liegt für Sie bereit")
    return [*past, Event(current, "now"), *(Event(str(title), "next") for title in coming)]


# What is happening in each state, and what comes after it.
_AHEAD = {
    State.AWAITING_PAYMENT: (
        gettext_lazy("Die Gebühr ist noch nicht bezahlt"),
        [gettext_lazy("Wir prüfen Ihre Angaben"), gettext_lazy("Entscheidung")],
    ),
    State.RECEIVED: (gettext_lazy("Ihr Antrag wartet auf die Bearbeitung"), [gettext_lazy("Entscheidung")]),
    State.IN_REVIEW: (gettext_lazy("Wir prüfen Ihre Angaben"), [gettext_lazy("Entscheidung")]),
    State.NEEDS_INFO: (gettext_lazy("Wir warten auf Ihre Antwort"), [gettext_lazy("Entscheidung")]),
    State.TO_SIGN: (gettext_lazy("Wir prüfen Ihre Angaben"), [gettext_lazy("Entscheidung")]),
    State.DECIDED: (gettext_lazy("Wir schließen den Vorgang ab"), []),
    State.DELIVERED: (gettext_lazy("Wir schließen den Vorgang ab"), []),
}
