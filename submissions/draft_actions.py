"""Every write on drafts. One function is one thing that somebody does, in one transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from catalogue.forms.context import Surroundings
from catalogue.forms.current import form_definition
from catalogue.forms.definition import FormDefinition
from submissions.appointments.actions import let_go
from submissions.attempts import follow
from submissions.content import Content, Copy, Raw
from submissions.drafts import OpenDraft
from submissions.journey import Place
from submissions.models import Arrival, Draft, Submission
from submissions.other_towns import Package, PackageRefused
from submissions.sealing import KEPT_FOR, BrowserKey
from submissions.seen import amounts_seen
from submissions.states import State
from submissions.uploads import actions as uploads
from submissions.versions import carried_over

ACCOUNT_DRAFT_KEPT_FOR = timedelta(days=90)

Change = Callable[[Content], None]


class DraftIsGone(Exception):
    """The draft that a page was shown with is not there any more: handed in, thrown away, or begun anew."""


# --- Filling in -------------------------------------------------------------------------------------------


@transaction.atomic
def keep_typed(*, draft: OpenDraft, place: Place, copy: Copy, raw: Raw | None, now: datetime) -> OpenDraft:
    """Keep what is being typed on a page, as it is; None if it says again what was answered before.

    The first that is kept makes the draft. Raises ChangedElsewhere, Overtaken, DraftIsGone.
    """
    return _change(draft, lambda content: content.keep(place, copy, raw), now=now)


@transaction.atomic
def save_page(
    *, draft: OpenDraft, place: Place, copy: Copy, values: dict[str, Any], raw: Raw | None, now: datetime
) -> OpenDraft:
    """Keep what somebody answered on a page.

    `values` are clean answers by field id. `raw` is the page as it arrived when something on it is wrong; the page
    then stays open and shows it again. The first page saved makes the draft. Raises ChangedElsewhere, DraftIsGone.
    """
    changed = _change(draft, lambda content: content.answer(place, copy, values, raw), now=now)
    return follow(changed, now=now)


@transaction.atomic
def begin(*, draft: OpenDraft, place: Place, now: datetime) -> OpenDraft:
    """Make the draft, and the entry of a group that a page belongs to, if they are not there yet."""

    def change(content: Content) -> None:
        if place.group:
            content.entry(place)

    return _change(draft, change, now=now)


@transaction.atomic
def finish_list(*, draft: OpenDraft, group_key: str, now: datetime) -> OpenDraft:
    """Somebody has seen the list of entries and has no more to add."""

    def change(content: Content) -> None:
        if group_key not in content.done:
            content.done.append(group_key)

    return follow(_change(draft, change, now=now), now=now)


@transaction.atomic
def remove_entry(*, draft: OpenDraft, group_key: str, entry_id: str, now: datetime) -> OpenDraft:
    """Take one entry out of a group, with its files. Nothing happens if it is not there (any more)."""
    changed = _change(draft, lambda content: content.remove_entry(group_key, entry_id), now=now)
    if changed.row:
        prefix = f"{group_key}/{entry_id}/"
        uploads.forget(changed.row.uploads.filter(place__startswith=prefix))
        uploads.forget_transfers(changed.row.transfers.filter(place__startswith=prefix))
    return changed


@transaction.atomic
def forget_left_over(*, draft: OpenDraft, now: datetime) -> OpenDraft:
    """Somebody has read which answers no longer fit."""
    return _change(draft, lambda content: content.left_over.clear(), now=now)


@transaction.atomic
def take_from_account(*, draft: OpenDraft, values: dict[str, str], now: datetime) -> OpenDraft:
    """Answer questions about the person as her account knows it."""
    return _change(draft, lambda content: content.answers.update(values), now=now)


@transaction.atomic
def discard(*, draft: OpenDraft) -> None:
    """Throw a draft away, with its files."""
    if draft.row:
        uploads.forget_all(draft.row)
        let_go(key=draft.row.pk)
        Draft.objects.filter(pk=draft.row.pk).delete()


@transaction.atomic
def delete_old_drafts(*, now: datetime) -> int:
    """Delete what nobody has touched for long, with its files; returns how many drafts that were.

    A draft in an account is kept for 90 days after the last change (§ 3 (4) Serviceportal.NRW-Verordnung allows three
    months), one in a browser as long as the browser keeps its key. What waits for a payment stays.
    """
    waiting = Submission.objects.filter(state=State.AWAITING_PAYMENT).values("draft_id")
    old = Draft.objects.select_for_update().filter(
        Q(citizen__isnull=False, edited_at__lt=now - ACCOUNT_DRAFT_KEPT_FOR)
        | Q(citizen__isnull=True, edited_at__lt=now - timedelta(seconds=KEPT_FOR))
    )
    drafts = list(old.exclude(pk__in=waiting))
    for draft in drafts:
        uploads.forget_all(draft)
        draft.delete()
    return len(drafts)


# --- Into an account --------------------------------------------------------------------------------------


@transaction.atomic
def adopt(*, draft: OpenDraft, citizen: User, now: datetime) -> bool:
    """Take a draft from the browser over into the account of a person who has signed in.

    Returns False if she has begun this already with her account; then she must choose. Nothing happens if another
    window was faster.
    """
    assert draft.row is not None
    assert draft.key is not None
    _one_after_the_other(citizen)
    row = Draft.objects.select_for_update().filter(pk=draft.row.pk, sealed__isnull=False).first()
    plain = draft.key.open(bytes(row.sealed or b"")) if row else None
    if row is None or plain is None:
        return True
    if Draft.objects.filter(citizen=citizen, service_key=draft.service_key).exists():
        return False
    row.content = Content.of(plain)
    row.citizen, row.sealed, row.edited_at = citizen, None, now
    row.save()
    uploads.unseal(draft=row, key=draft.key)
    return True


@transaction.atomic
def keep_for_sign_in(*, draft: OpenDraft, owner: int, place: Place, copy: Copy, raw: Raw, now: datetime) -> OpenDraft:
    """Somebody's session has ended while she was typing: keep the page in her browser until she is back.

    `draft` holds what was kept like that before. Raises Overtaken.
    """

    return _change(draft, lambda content: content.keep_for(owner, place, copy, raw), now=now)


@transaction.atomic
def take_back(*, kept: OpenDraft, draft: OpenDraft, now: datetime) -> tuple[OpenDraft, bool]:
    """What somebody typed when her session had ended goes back to its pages, now that she is here again.

    The second value is False if one of the pages was changed elsewhere meanwhile; it shows what she typed here.
    """
    assert kept.row is not None
    if not Draft.objects.select_for_update().filter(pk=kept.row.pk).exists():  # another window was faster
        return draft, True
    clashes: list[str] = []
    changed = _change(draft, lambda content: clashes.extend(content.take_back(kept.content)), now=now)
    kept.row.delete()
    return changed, not clashes


# --- Once more --------------------------------------------------------------------------------------------


@transaction.atomic
def begin_again(*, draft: OpenDraft, now: datetime) -> OpenDraft | None:
    """Make a draft of what somebody has handed in before (`again.content_of`); None if she has begun one already."""
    assert draft.citizen is not None
    _one_after_the_other(draft.citizen)
    if Draft.objects.filter(citizen=draft.citizen, service_key=draft.service_key).exists():
        return None
    return _change(draft, lambda _content: None, now=now)


# --- From another town ------------------------------------------------------------------------------------


@transaction.atomic
def unpack_draft(*, package: Package, surroundings: Surroundings, now: datetime) -> OpenDraft:
    """Lay a draft aside that somebody has brought from another town, sealed with a key for her browser.

    Raises PackageRefused if it was opened before.
    """
    _arrival, is_new = Arrival.objects.get_or_create(package=package.id, defaults={"at": now})
    if not is_new:
        raise PackageRefused
    key = BrowserKey.new()
    row = Draft.objects.create(
        pk=key.draft_id,
        service_key=package.service_key,
        form_version=package.form_version,
        sealed=key.seal(package.content.plain()),
        created_at=now,
        edited_at=now,
    )
    definition = form_definition(package.service_key, package.form_version)
    return OpenDraft(package.service_key, definition, package.content, row=row, key=key, surroundings=surroundings)


@transaction.atomic
def replace_draft(*, old: OpenDraft, new: OpenDraft, citizen: User | None, now: datetime) -> None:
    """A draft that somebody has brought along takes the place of what she had begun here."""
    discard(draft=old)
    if citizen:
        adopt(draft=new, citizen=citizen, now=now)


@transaction.atomic
def delete_old_arrivals(*, now: datetime) -> None:
    """Packages are too old after minutes; that they were opened need not be known any longer than a day."""
    Arrival.objects.filter(at__lt=now - timedelta(days=1)).delete()


# --- To a newer version of the form -----------------------------------------------------------------------


def bring_up_to_date(*, draft: OpenDraft, newest: FormDefinition) -> OpenDraft:
    """Move a draft to the newest version of its form. The day on which it was edited stays."""
    if draft.row is None or draft.definition.version == newest.version:
        return replace(draft, definition=newest)
    return _brought_up_to_date(draft, newest)


@transaction.atomic
def _brought_up_to_date(draft: OpenDraft, newest: FormDefinition) -> OpenDraft:
    assert draft.row is not None
    row = Draft.objects.select_for_update().filter(pk=draft.row.pk).first()
    content = _content(draft, row) if row else None
    if row is None or content is None:
        return draft
    old = form_definition(row.service_key, row.form_version)
    content = carried_over(content, old, newest, draft.surroundings)
    row.form_version = newest.version
    return _store(replace(draft, definition=newest), row, content)


# --- How it is done ---------------------------------------------------------------------------------------


def _change(draft: OpenDraft, change: Change, *, now: datetime) -> OpenDraft:
    """Change the newest content of the draft under a lock, and store it where it belongs.

    Raises DraftIsGone if there was a row and it is not there any more.
    """
    row = Draft.objects.select_for_update().filter(pk=draft.row.pk).first() if draft.row else None
    if row is None:
        if draft.row is not None:
            raise DraftIsGone
        row, draft = _made(draft, now)
    content = _content(draft, row)
    if content is None:
        raise DraftIsGone
    change(content)
    row.edited_at = now
    return _store(draft, row, content)


def _content(draft: OpenDraft, row: Draft) -> Content | None:
    """What the row holds now; None if it does not belong to whoever holds this draft (any more)."""
    if draft.citizen:
        return row.content if row.citizen_id == draft.citizen.pk else None
    plain = draft.key.open(bytes(row.sealed)) if draft.key and row.sealed else None
    return Content.of(plain) if plain else None


def _store(draft: OpenDraft, row: Draft, content: Content) -> OpenDraft:
    if draft.citizen:
        row.content = content
    else:
        assert draft.key is not None
        row.sealed = draft.key.seal(content.plain())
    row.save()
    return replace(draft, row=row, content=content)


def _made(draft: OpenDraft, now: datetime) -> tuple[Draft, OpenDraft]:
    """The row of a draft that was not saved yet, locked; another window may have made it a moment ago."""
    context = draft.definition.context(draft.surroundings)
    content = replace(draft.content, amounts=amounts_seen(draft.definition, context))
    made = {"form_version": draft.definition.version, "created_at": now, "edited_at": now}
    if draft.citizen:
        _one_after_the_other(draft.citizen)
        mine = Draft.objects.select_for_update().filter(citizen=draft.citizen, service_key=draft.service_key).first()
        if mine is None:
            mine = Draft(citizen=draft.citizen, service_key=draft.service_key, **made)
            mine.content = content
            mine.save(force_insert=True)
        return mine, draft
    key = draft.key if draft.key and not _is_handed_in(draft.key) else BrowserKey.new()
    defaults = made | {"service_key": draft.service_key, "sealed": key.seal(content.plain())}
    row, _created = Draft.objects.get_or_create(pk=key.draft_id, defaults=defaults)
    row = Draft.objects.select_for_update().get(pk=row.pk)
    if row.sealed is None or key.open(bytes(row.sealed)) is None:  # an old key, to a draft that is in an account now
        return _made(replace(draft, key=BrowserKey.new()), now)
    return row, replace(draft, key=key)


def _is_handed_in(key: BrowserKey) -> bool:
    """Whether what this key was for has been handed in without an account; what comes now is something else."""
    return Submission.objects.filter(draft_id=key.draft_id).exists()


def _one_after_the_other(citizen: User) -> None:
    """Whoever makes a draft of this person waits for the one before: there is one per service."""
    User.objects.select_for_update().get(pk=citizen.pk)
