"""Every write around files: how they come in, whole or piece by piece, whose they become, and how they go."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import IO, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from accounts.models import User
from submissions.models import Draft, InformationRequest, Submission, Transfer, Upload
from submissions.sealing import BrowserKey
from submissions.steps import record
from submissions.uploads import jobs
from submissions.uploads.content import (
    as_stored,
    file_name,
    file_of,
    files_go_if_this_fails,
    opened,
    preview_name,
    preview_of,
)
from submissions.uploads.intake import AcceptedFile, FileRefused, accept, refuse_too_large
from submissions.uploads.slots import Slot
from submissions.uploads.states import Scan
from tenants.context import current_town

TRANSFER_KEPT_FOR = timedelta(days=7)  # after the last piece


@transaction.atomic
def add(*, file: AcceptedFile, slot: Slot, now: datetime, number: UUID | None = None) -> Upload:
    """Keep a file. Raises FileRefused if there is no room for it, or it is too late."""
    slot.lock()
    there = Upload.objects.filter(pk=number).first() if number else None
    if there:
        return there
    slot.refuse_if_full(file.size, file.name, besides=number)
    upload = Upload(
        pk=number or uuid4(),
        **slot.owner,
        place=slot.place,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        digest=file.digest,
        sent_size=file.sent_size,
        sent_digest=file.sent_digest,
        changes=list(file.changes),
        uploaded_at=now,
        is_sealed=slot.key is not None,
    )
    if slot.replaces:
        upload.replaces, upload.submission, upload.request = (
            slot.replaces,
            slot.replaces.submission,
            slot.replaces.request,
        )
    with files_go_if_this_fails() as stored:
        _store(upload, file.content, file.preview, file.name, slot.key, stored)
        upload.save(force_insert=True)
        _have_scanned(upload)
    return upload


@transaction.atomic
def remove(*, slot: Slot, number: UUID) -> None:
    """Take a file, or one on its way, out of a draft or an answer. Nothing happens if it is not there (any more)."""
    forget(slot.uploads.filter(pk=number))
    forget_transfers(slot.transfers.filter(pk=number))


@transaction.atomic
def replace(*, infected: Upload, file: AcceptedFile, by: User | None, now: datetime) -> Upload:
    """The citizen hands another file in, in place of one with a virus. Raises FileRefused if that is not called for."""
    upload = add(file=file, slot=Slot(infected.place, replaces=infected, most=1), now=now)
    if upload.submission:
        record(upload.submission, by=by, now=now, title=_("Datei ersetzt"), text=upload.name)
    return upload


# --- Piece by piece ---------------------------------------------------------------------------------------


class WrongOffset(Exception):
    """A piece that does not go on where the last one ended."""


@transaction.atomic
def begin(*, slot: Slot, name: str, length: int, digest: str, now: datetime) -> Transfer | Upload:
    """A file of `length` bytes is going to be sent. Raises FileRefused.

    Whoever sends the same file to the same place again goes on where it stopped: then that transfer is returned, or
    what has become of it.
    """
    slot.lock()
    if digest:
        same = slot.transfers.filter(place=slot.place, digest=digest, length=length).first()
        there = slot.uploads.filter(place=slot.place, sent_digest=digest, sent_size=length).first()
        if same or there:
            return same or cast("Upload", there)
    refuse_too_large(length, name)
    slot.refuse_if_full(length, name)
    return Transfer.objects.create(
        **slot.owner,
        place=slot.place,
        name=name,
        length=length,
        digest=digest,
        is_sealed=slot.key is not None,
        begun_at=now,
        moved_at=now,
    )


@transaction.atomic
def append(*, transfer: Transfer, offset: int, piece: bytes, key: BrowserKey | None, now: datetime) -> Transfer:
    """The next piece of a file. Raises WrongOffset, Transfer.DoesNotExist."""
    current = Transfer.objects.select_for_update().get(pk=transfer.pk)
    if offset != current.received or offset + len(piece) > current.length:
        raise WrongOffset
    if piece:
        _store_piece(current, len(current.pieces), piece, key)
        current.pieces.append(len(piece))
    current.moved_at = now
    current.save(update_fields=["pieces", "moved_at"])
    return current


def finish(*, transfer: Transfer, slot: Slot, now: datetime) -> Upload:
    """A file has arrived whole: look into it and keep it. Raises FileRefused; then it is gone."""
    try:
        content = b"".join(_pieces(transfer, slot.key))
    except FileNotFoundError:  # somebody was quicker
        return Upload.objects.get(pk=transfer.pk)
    try:
        if transfer.digest and hashlib.sha256(content).hexdigest() != transfer.digest:
            raise FileRefused(
                _("„%(name)s“ ist beschädigt angekommen. Bitte wählen Sie die Datei noch einmal aus.")
                % {"name": transfer.name}
            )
        file = accept(content, transfer.name, keeps_location=slot.keeps_location)
        with transaction.atomic():
            upload = add(file=file, slot=slot, now=now, number=transfer.pk)
            forget_transfers(Transfer.objects.filter(pk=transfer.pk))
    except FileRefused:
        forget_transfers(Transfer.objects.filter(pk=transfer.pk))
        raise
    return upload


def _pieces(transfer: Transfer, key: BrowserKey | None) -> Iterable[bytes]:
    for number in range(len(transfer.pieces)):
        with default_storage.open(_piece_name(transfer, number)) as stored:
            yield opened(cast("IO[bytes]", stored), _bound_to(transfer, number), key).read()


def _store_piece(transfer: Transfer, number: int, piece: bytes, key: BrowserKey | None) -> None:
    name = _piece_name(transfer, number)
    default_storage.delete(name)  # if it was stored before, and what should have followed failed
    default_storage.save(name, as_stored(piece, _bound_to(transfer, number), key))


def _piece_name(transfer: Transfer, number: int) -> str:
    folder = "sealed" if transfer.is_sealed else "plain"
    return f"{current_town().schema_name}/transfers/{transfer.pk}/{folder}/{number}.enc"


def piece_names(transfer: Transfer) -> list[str]:
    return [_piece_name(transfer, number) for number in range(len(transfer.pieces))]


def _bound_to(transfer: Transfer, number: int) -> str:
    return f"piece {transfer.pk} {number}"


# --- Whose they become ------------------------------------------------------------------------------------


def hand_in(*, draft: Draft, submission: Submission, key: BrowserKey | None) -> None:
    """The files of a draft belong to what was handed in, but for infected ones and those that are not whole.

    `key` opens those of a draft without an account: the town hall has to read them.
    """
    forget(draft.uploads.filter(scan=Scan.INFECTED))
    forget_transfers(draft.transfers.all())
    if key:
        unseal(draft=draft, key=key)
    draft.uploads.update(submission=submission)


def hand_in_with_answer(*, request: InformationRequest) -> None:
    """The files that were added to an answer belong to its submission."""
    forget(request.uploads.filter(submission=None, scan=Scan.INFECTED))
    forget_transfers(request.transfers.all())
    request.uploads.filter(submission=None).update(submission=request.submission)


@transaction.atomic
def unseal(*, draft: Draft, key: BrowserKey) -> None:
    """The draft has got an account, or is handed in: its files are under the town's key only, and can be scanned."""
    with files_go_if_this_fails() as stored:
        for upload in draft.uploads.filter(is_sealed=True):
            with file_of(upload, key) as file:
                content = file.read()
            preview = b""
            if upload.preview:
                with preview_of(upload, key) as small:
                    preview = small.read()
            _delete_on_commit(upload)
            upload.is_sealed = False
            _store(upload, content, preview, upload.name, None, stored)
            upload.save(update_fields=["file", "preview", "is_sealed"])
            _have_scanned(upload)
    for transfer in draft.transfers.filter(is_sealed=True):
        pieces = list(_pieces(transfer, key))
        delete_files_on_commit(piece_names(transfer))
        transfer.is_sealed = False
        for number, piece in enumerate(pieces):
            _store_piece(transfer, number, piece, None)
        transfer.save(update_fields=["is_sealed"])


# --- How they go ------------------------------------------------------------------------------------------


def forget_all(draft: Draft) -> None:
    """Everything that was added to a draft."""
    forget(draft.uploads.all())
    forget_transfers(draft.transfers.all())


def forget(uploads: Iterable[Upload]) -> None:
    """Delete files; those that were frozen with a submission stay there and only leave the draft."""
    for upload in uploads:
        if upload.submission_id:
            upload.draft = None
            upload.save(update_fields=["draft"])
        else:
            _delete_on_commit(upload)
            upload.delete()


@transaction.atomic
def delete_what_was_not_sent(*, now: datetime) -> int:
    """What has not gone on for days, and the files of answers that nobody gave; returns how many that were."""
    stopped = Transfer.objects.select_for_update().filter(moved_at__lt=now - TRANSFER_KEPT_FOR)
    unsent = Upload.objects.filter(request__answered_at__isnull=False, submission=None)
    transfers, uploads = list(stopped), list(unsent)
    forget_transfers(transfers)
    forget(uploads)
    return len(transfers) + len(uploads)


def forget_transfers(transfers: Iterable[Transfer]) -> None:
    """What has not arrived whole."""
    for transfer in transfers:
        delete_files_on_commit(piece_names(transfer))
        transfer.delete()


# --- Files themselves -------------------------------------------------------------------------------------


def _store(
    upload: Upload, content: bytes, preview: bytes, name: str, key: BrowserKey | None, stored: list[FieldFile]
) -> None:
    upload.file.save(name, as_stored(content, file_name(upload), key), save=False)
    stored.append(upload.file)
    if preview:
        upload.preview.save("preview.jpg", as_stored(preview, preview_name(upload), key), save=False)
        stored.append(upload.preview)


def _have_scanned(upload: Upload) -> None:
    """What is sealed nobody can scan; nobody but its owner can open it either."""
    if settings.CLAMAV_URL and not upload.is_sealed:
        jobs.scan.queue(upload=str(upload.pk))


def _delete_on_commit(upload: Upload) -> None:
    delete_files_on_commit([str(file.name) for file in (upload.file, upload.preview) if file])


def delete_files_on_commit(names: list[str]) -> None:
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))
