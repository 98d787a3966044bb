"""Releases forms that the library does not ship."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from django.db import connection

from catalogue.actions import _write_draft
from catalogue.content import EntryKind
from catalogue.forms.current import form_definition
from catalogue.forms.definition import FormDefinition
from catalogue.forms.library import expand
from catalogue.forms.reading import complete
from catalogue.models import FormVersion, Release, ReleaseState
from catalogue.queries import entries_of
from tenants.context import as_owner, current_town, enter, leave
from tests.factories import make_amount, make_payable
from tests.forms.library import read, shipped_shelf
from tests.people import MONDAY
from townhall.models import FeeAmount, Offer, OfferState

SAMPLES = Path(__file__).parent / "samples"
EVERY_KIND = "hund-abmelden"  # the sample with one question of each kind


def publish(text: str) -> FormDefinition:
    """Release a form (the text of its file) beside all others; the town of the test offers it online."""
    plain = yaml.safe_load(text)
    definition = read(plain, shipped_shelf())
    stored = complete(expand(plain, shipped_shelf()), shipped_shelf())
    town = current_town()
    leave()  # no town may change the catalogue
    entries = entries_of(Release.objects.get(state=ReleaseState.RELEASED).number)
    others = [entry for entry in entries[EntryKind.FORM] if entry["key"] != definition.key]
    entries[EntryKind.FORM] = [*others, {"key": definition.key, "version": definition.version}]
    FormVersion.objects.create(key=definition.key, version=definition.version, definition=stored)
    draft = _write_draft(entries)
    Release.objects.filter(state=ReleaseState.RELEASED).update(state=ReleaseState.SUPERSEDED)
    Release.objects.filter(pk=draft.pk).update(state=ReleaseState.RELEASED, released_at=MONDAY, released_by="Olga")
    enter(town)
    Offer.objects.update_or_create(service_key=definition.key, defaults={"state": OfferState.ONLINE})
    return form_definition(definition.key)


@contextmanager
def published_sample(key: str = EVERY_KIND) -> Iterator[FormDefinition]:
    """The same where a test really commits: afterwards the catalogue is as it was."""
    number = Release.objects.get(state=ReleaseState.RELEASED).number
    yield publish_sample(key)
    leave()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # triggers guard against this
        cursor.execute(
            "DELETE FROM catalogue_releaseentry USING catalogue_release AS release"
            " WHERE release_id = release.id AND number > %s",
            [number],
        )
        cursor.execute("DELETE FROM catalogue_release WHERE number > %s", [number])
        cursor.execute("UPDATE catalogue_release SET state = 'released' WHERE number = %s", [number])
        cursor.execute("DELETE FROM catalogue_formversion WHERE version >= 900")
        cursor.execute("SET session_replication_role = DEFAULT")


def publish_sample(key: str = EVERY_KIND) -> FormDefinition:
    """Release a sample; what it costs has an amount."""
    definition = publish((SAMPLES / f"{key}.yaml").read_text(encoding="utf-8"))
    make_payable()
    for name in definition.amount_keys:
        if not FeeAmount.objects.filter(key=name).exists():
            make_amount(name, "7.50")
    return definition


def many_fields(pages: int, fields: int, *, key: str = EVERY_KIND, conditional: bool = True) -> str:
    """A form with so many pages of so many fields; each may be asked under a condition about the first page."""
    lines = [f"key: {key}", f"version: {910 + pages}", "title: Viele", "steps:"]
    lines += ["  - key: art", "    title: Art", "    fields:"]
    choices = "[{value: a, label: A}, {value: b, label: B}, {value: c, label: C}]"
    lines += [f"      - {{id: art, kind: radio, label: Art, error: Wählen Sie., choices: {choices}}}"]
    for page in range(pages):
        lines += [f"  - key: seite-{page}", f"    title: Seite {page}", "    fields:"]
        for number in range(fields):
            condition = ", if: {any: [{field: art, in: [a]}, {field: art, in: [b]}]}" if conditional else ""
            name = f"f_{page}_{number}"
            lines.append(f"      - {{id: {name}, kind: text, label: Feld {number}, error: Bitte.{condition}}}")
    return "\n".join(lines) + "\n"
