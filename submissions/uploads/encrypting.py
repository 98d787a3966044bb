"""Puts files under the town's newest key: those from before there were keys, and those under a former one."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile

from submissions.models import Upload
from submissions.uploads.actions import delete_files_on_commit
from submissions.uploads.content import files_go_if_this_fails
from tenants.vault import keys
from tenants.vault.storage import TownStorage


def encrypt_anew() -> int:
    """All files of the town at work; returns how many were not under its newest key.

    One after the other, so that it can be broken off and begun again. A file that is missing is passed over.
    """
    newest, _key = keys.newest_key()
    storage = TownStorage()
    changed = 0
    for number in list(Upload.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic(), files_go_if_this_fails() as stored:
            upload = Upload.objects.select_for_update().filter(pk=number).first()
            fields = [field for field in (upload.file, upload.preview) if field] if upload else []
            try:
                old = [field for field in fields if storage.key_number(str(field.name)) != newest]
                for field in old:
                    _store_anew(field, stored)
            except FileNotFoundError:
                continue
            if upload and old:
                upload.save(update_fields=["file", "preview"])
                changed += 1
    return changed


def _store_anew(field: FieldFile, stored: list[FieldFile]) -> None:
    former = str(field.name)
    with default_storage.open(former) as file:
        content = ContentFile(file.read())
    field.save(former.removesuffix(".enc"), content, save=False)
    stored.append(field)
    delete_files_on_commit([former])
