"""The draft that a request is about: the signed-in citizen's own, or the one whose key the browser holds."""

from dataclasses import dataclass, field, replace

from django.http import HttpRequest
from django.utils import timezone

from accounts.guards import signed_in_citizen, trust_level
from accounts.models import User
from catalogue.forms.context import Surroundings
from catalogue.forms.current import form_definition
from catalogue.forms.definition import FormDefinition
from submissions.content import Content
from submissions.journey import Journey
from submissions.models import Draft
from submissions.sealing import BrowserKey, read_key
from townhall.shopfront import shopfront
from townhall.surroundings import surroundings_in


@dataclass
class OpenDraft:
    """A draft in somebody's hands. `row` is None until something has been saved.

    Without a citizen there is always a key, so that whatever the browser saves first goes to one place.
    """

    service_key: str
    definition: FormDefinition
    content: Content
    citizen: User | None = None
    row: Draft | None = None
    key: BrowserKey | None = None
    surroundings: Surroundings = field(kw_only=True)

    def journey(self) -> Journey:
        """A page on which something is half typed counts as open."""
        return Journey(
            self.definition,
            self.content.answers,
            frozenset(self.content.done) - self.content.typed.keys(),
            self.definition.context(self.surroundings),
        )


def open_draft(request: HttpRequest, service_key: str) -> OpenDraft:
    """The draft for this service in this person's hands; an empty one if nothing was begun.

    Raises KeyError if there is no form for the service.
    """
    citizen = signed_in_citizen(request)
    if citizen is None:
        return browser_draft(request, service_key) or replace(
            nothing(request, service_key), key=read_key(request, service_key) or BrowserKey.new()
        )
    row = Draft.objects.filter(citizen=citizen, service_key=service_key).first()
    if row is None:
        return replace(nothing(request, service_key), citizen=citizen)
    return replace(_of(request, row), content=row.content, citizen=citizen)


def browser_draft(request: HttpRequest, service_key: str) -> OpenDraft | None:
    """The draft whose key the browser holds, if there is one."""
    key = read_key(request, service_key)
    return opened_with(request, key, service_key) if key else None


def opened_with(request: HttpRequest, key: BrowserKey, service_key: str) -> OpenDraft | None:
    """The sealed draft that a key opens."""
    row = Draft.objects.filter(pk=key.draft_id, service_key=service_key, sealed__isnull=False).first()
    plain = key.open(bytes(row.sealed or b"")) if row else None
    if row is None or plain is None:
        return None
    return replace(_of(request, row), content=Content.of(plain), key=key)


def nothing(request: HttpRequest, service_key: str) -> OpenDraft:
    """An empty draft, on the newest version of the form. Raises KeyError."""
    return OpenDraft(service_key, form_definition(service_key), Content(), surroundings=surroundings_of(request))


def _of(request: HttpRequest, row: Draft) -> OpenDraft:
    definition = form_definition(row.service_key, row.form_version)
    return OpenDraft(row.service_key, definition, Content(), row=row, surroundings=surroundings_of(request))


def surroundings_of(request: HttpRequest) -> Surroundings:
    """What a form can look at here, now and for this person."""
    return surroundings_in(shopfront(), today=timezone.localdate(), trust=trust_level(request))
