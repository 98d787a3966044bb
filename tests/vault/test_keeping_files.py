"""The storage of all towns: encrypted, each under its own key, in a folder or in S3."""

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage

from tenants.context import NoTown, in_town
from tenants.models import Town
from tenants.vault import keys
from tenants.vault.cipher import Tampered
from tenants.vault.storage import TownStorage

CONTENT = b"%PDF-1.7 Police 77-1 " * 10_000
NAME = "lage/uploads/1.pdf"
STORED = "lage/uploads/1.pdf.enc"


def keep(content: bytes = CONTENT, name: str = NAME) -> str:
    return default_storage.save(name, ContentFile(content))


def read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def test_a_file_comes_back_and_lies_there_unreadable(in_lage: Town, kept_in: Storage) -> None:
    name = keep()

    with kept_in.open(name) as lying:
        stored = lying.read()
    assert name == STORED
    assert read(name) == CONTENT
    assert default_storage.size(name) == len(CONTENT)
    assert b"Police" not in stored
    assert default_storage.listdir("lage/uploads") == ([], ["1.pdf.enc"])
    assert default_storage.get_modified_time(name)


def test_a_file_that_was_removed_is_gone(in_lage: Town, kept_in: Storage) -> None:
    name = keep()

    default_storage.delete(name)

    assert not default_storage.exists(name)
    assert not kept_in.exists(name)


def test_nothing_that_is_there_is_written_over(in_lage: Town, kept_in: Storage) -> None:
    name = keep()

    with pytest.raises(FileExistsError):
        keep(b"something else")

    assert read(name) == CONTENT
    assert default_storage.listdir("lage/uploads") == ([], ["1.pdf.enc"])


def test_what_was_stored_before_there_were_keys_is_read_as_it_is(in_lage: Town, kept_in: Storage) -> None:
    name = kept_in.save("lage/uploads/old.pdf", ContentFile(CONTENT))

    assert read(name) == CONTENT
    assert default_storage.size(name) == len(CONTENT)
    assert TownStorage().key_number(name) is None


def test_files_of_another_town_are_neither_opened_nor_written(lage: Town, detmold: Town, kept_in: Storage) -> None:
    with in_town(lage):
        name = keep()

    with in_town(detmold):
        with pytest.raises(SuspiciousFileOperation):
            read(name)
        with pytest.raises(SuspiciousFileOperation):
            keep(name="lage/uploads/2.pdf")
    with pytest.raises(NoTown):
        read(name)


def test_a_file_that_was_carried_to_another_town_cannot_be_read_there(
    lage: Town, detmold: Town, kept_in: Storage
) -> None:
    with in_town(lage):
        name = keep()
    with kept_in.open(name) as lying:
        kept_in.save("detmold/uploads/1.pdf.enc", ContentFile(lying.read()))

    with in_town(detmold):
        keys.newest_key()
        with pytest.raises(Tampered):
            read("detmold/uploads/1.pdf.enc")


def test_a_file_cannot_stand_in_for_another_one_of_the_same_town(in_lage: Town, kept_in: Storage) -> None:
    name = keep()
    with kept_in.open(name) as lying:
        kept_in.save("lage/uploads/2.pdf.enc", ContentFile(lying.read()))

    with pytest.raises(Tampered):
        read("lage/uploads/2.pdf.enc")


def test_files_under_the_towns_former_key_stay_readable(in_lage: Town, kept_in: Storage) -> None:
    old = keep()
    keys.make_new_key()
    new = keep(name="lage/uploads/2.pdf")

    storage = TownStorage()
    assert (read(old), read(new)) == (CONTENT, CONTENT)
    assert (storage.key_number(old), storage.key_number(new)) == (1, 2)


def test_a_missing_file_is_said_to_be_missing(in_lage: Town, kept_in: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        default_storage.open(STORED)
    assert not default_storage.exists(STORED)
