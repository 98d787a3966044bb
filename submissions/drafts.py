"""The draft that a request is about: the signed-in citizen's own, or the one whose key the browser holds."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.guards import signed_in_citizen
from accounts.models import User
from catalogue.forms.current import form_definition
from catalogue.forms.definition import FormDefinition
from submissions.journey import Journey
from submissions.models import Draft
from submissions.sealing import BrowserKey, read_key

Typed = dict[str, dict[str, list[str]]]  # by page: what was typed, as it arrived


@dataclass
class Content:
    """What a draft holds."""

    answers: dict[str, Any] = field(default_factory=dict)
    typed: Typed = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    owner: int | None = None  # set while somebody's session had ended: whose page this was

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Content":
        return cls(plain["answers"], plain["typed"], plain["done"], plain.get("owner"))

    def plain(self) -> dict[str, Any]:
        return {"answers": self.answers, "typed": self.typed, "done": self.done, "owner": self.owner}


@dataclass
class OpenDraft:
    """A draft in somebody's hands. `row` is None until something has been saved."""

    service_key: str
    definition: FormDefinition
    content: Content
    citizen: User | None = None
    row: Draft | None = None
    key: BrowserKey | None = None

    def journey(self, today: date | None = None) -> Journey:
        return Journey(
            self.definition,
            self.content.answers,
            frozenset(self.content.done),
            today or timezone.localdate(),
        )


def open_draft(request: HttpRequest, service_key: str) -> OpenDraft:
    """The draft for this service in this person's hands; an empty one if nothing was begun.

    Raises KeyError if there is no form for the service.
    """
    citizen = signed_in_citizen(request)
    if citizen:
        row = Draft.objects.filter(citizen=citizen, service_key=service_key).first()
        if row:
            content = Content(row.answers, row.typed, row.done)
            return OpenDraft(service_key, form_definition(service_key, row.form_version), content, citizen, row)
        return OpenDraft(service_key, form_definition(service_key), Content(), citizen)
    return browser_draft(request, service_key) or OpenDraft(service_key, form_definition(service_key), Content())


def browser_draft(request: HttpRequest, service_key: str) -> OpenDraft | None:
    """The draft whose key the browser holds, if there is one."""
    key = read_key(request, service_key)
    row = key and Draft.objects.filter(pk=key.draft_id, service_key=service_key, sealed__isnull=False).first()
    if not key or not row:
        return None
    plain = key.open(bytes(row.sealed or b""))
    if plain is None:
        return None
    definition = form_definition(service_key, row.form_version)
    return OpenDraft(service_key, definition, Content.of(plain), None, row, key)
