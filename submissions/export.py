"""The history of cases as a table for people's own programs, and what was answered for other programs."""

from collections.abc import Collection, Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.trust import TrustLevel
from catalogue.forms.answers import exported
from catalogue.forms.definition import FormDefinition, Group
from submissions.models import Event, Submission
from submissions.presentation import journey_of
from submissions.states import State
from townhall.tables import german_table, moment_in_table


def history_table(events: Iterable[Event]) -> str:
    """Who did what to a case and when, a row each."""
    headings = [_("Zeit"), _("Vorgang"), _("Wer"), _("Was"), _("Text"), _("Sichtbar für die Person"), _("Stand danach")]
    return german_table(headings, (_cells(event) for event in events))


def answers_as_json(
    submission: Submission, definition: FormDefinition, *, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """An application for another program. `answers` keep to `catalogue.forms.answers.answers_schema`.

    The fields in `hidden` are left out, and with them the mail address.
    """
    context = journey_of(submission, definition).context
    uploads: dict[str, list[dict[str, Any]]] = {}
    for upload in submission.uploads.filter(request=None):
        known = {"id": str(upload.pk), "name": upload.name, "content_type": upload.content_type, "size": upload.size}
        uploads.setdefault(upload.place, []).append(known)

    def files_of(entry: str, field_id: str) -> list[dict[str, Any]]:
        return uploads.get(f"{entry}/{field_id}" if entry else field_id, [])

    return {
        "number": submission.number,
        "town": context.full_town,
        "service": submission.service_key,
        "form": {"key": definition.key, "version": definition.version},
        "handed_in_at": timezone.localtime(submission.frozen_at).isoformat(),
        "applicant": submission.applicant,
        "email": None if hidden else submission.email,
        "trust_level": TrustLevel(submission.trust_level).name.lower(),
        "verified": submission.verified,
        "flags": submission.flags,
        "fee": {
            "is_due": submission.fee_is_due or None,
            "total": str(submission.fee_total),
            "lines": submission.fee_lines,
        },
        "answers": _without(hidden, exported(definition, submission.answers, context, files_of), definition),
    }


def _without(hidden: Collection[str], answers: dict[str, Any], definition: FormDefinition) -> dict[str, Any]:
    """The answers without those of some fields, in the entries of groups too."""
    groups = {step.key for step in definition.steps if isinstance(step, Group)}
    return {
        name: [_without(hidden, entry, definition) for entry in value] if name in groups else value
        for name, value in answers.items()
        if name not in hidden
    }


def _cells(event: Event) -> list[str]:
    return [
        moment_in_table(event.at),
        event.submission.number,
        event.by.name if event.by else _("Portal"),
        event.title,
        event.text,
        _("ja") if event.is_public else _("nein"),
        str(State(event.new_state).label) if event.new_state else "",
    ]
