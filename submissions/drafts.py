"""The draft that a request is about: the signed-in citizen's own, or the one whose key the browser holds."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.guards import signed_in_citizen, trust_level
from accounts.models import User
from catalogue.forms.context import Surroundings
from catalogue.forms.current import form_definition
from catalogue.forms.definition import FormDefinition
from submissions.journey import Journey
from submissions.models import Draft
from submissions.sealing import BrowserKey, read_key
from townhall.shopfront import shopfront
from townhall.surroundings import surroundings_in

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
    surroundings: Surroundings = field(kw_only=True)

    def journey(self) -> Journey:
        context = self.definition.context(self.surroundings)
        return Journey(self.definition, self.content.answers, frozenset(self.content.done), context)


def open_draft(request: HttpRequest, service_key: str) -> OpenDraft:
    """The draft for this service in this person's hands; an empty one if nothing was begun.

    Raises KeyError if there is no form for the service.
    """
    citizen = signed_in_citizen(request)
    around = surroundings_of(request)
    if citizen:
        row = Draft.objects.filter(citizen=citizen, service_key=service_key).first()
        if row:
            content = Content(row.answers, row.typed, row.done)
            definition = form_definition(service_key, row.form_version)
            return OpenDraft(service_key, definition, content, citizen, row, surroundings=around)
        return OpenDraft(service_key, form_definition(service_key), Content(), citizen, surroundings=around)
    return browser_draft(request, service_key) or OpenDraft(
        service_key, form_definition(service_key), Content(), surroundings=around
    )


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
    return OpenDraft(service_key, definition, Content.of(plain), None, row, key, surroundings=surroundings_of(request))


def surroundings_of(request: HttpRequest) -> Surroundings:
    """What a form can look at here, now and for this person."""
    return surroundings_in(shopfront(), today=timezone.localdate(), trust=trust_level(request))
