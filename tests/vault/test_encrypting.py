"""The construction itself: what was encrypted comes back, and nothing else ever does."""

import io
import os

import pytest

from tenants.vault.cipher import SEGMENT, Tampered, content_size, decrypted, encrypted

KEY, CONTEXT = bytes(range(32)), b"stadttor file lage/uploads/1.pdf.enc"
HEADER, TAG = 39, 16


def sealed(content: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return b"".join(encrypted(io.BytesIO(content), key, context))


def opened(stored: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return decrypted(io.BytesIO(stored), key, context).read()


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 10 * 1024 * 1024])
def test_content_of_any_size_comes_back_and_its_size_is_known_before(size: int) -> None:
    content = os.urandom(size)

    stored = sealed(content)

    assert opened(stored) == content
    assert content_size(len(stored)) == size


def test_it_can_be_read_in_pieces_of_any_size() -> None:
    content = os.urandom(2 * SEGMENT + 77)
    file = decrypted(io.BytesIO(sealed(content)), KEY, CONTEXT)

    pieces = [file.read1(10), file.read(100_000), *iter(lambda: file.read(999), b"")]

    assert b"".join(pieces) == content


def test_the_same_content_never_looks_the_same() -> None:
    assert sealed(b"Police") != sealed(b"Police")


@pytest.mark.parametrize("place", [0, 31, 32, 38, 39, 5000, HEADER + SEGMENT + TAG + 10, -1])
def test_whoever_changes_a_single_bit_is_found_out(place: int) -> None:
    stored = bytearray(sealed(os.urandom(2 * SEGMENT + 5)))
    stored[place] ^= 1

    with pytest.raises(Tampered):
        opened(bytes(stored))


def test_segments_cannot_be_cut_off_swapped_repeated_or_added() -> None:
    stored = sealed(os.urandom(3 * SEGMENT))
    header, rest = stored[:HEADER], stored[HEADER:]
    a, b, c = (rest[n : n + SEGMENT + TAG] for n in range(0, len(rest), SEGMENT + TAG))

    for forged in (b"", header, header + a, header + a + b, header + b + a + c, header + a + b + b, stored + c):
        with pytest.raises(Tampered):
            opened(forged)


def test_nothing_of_a_changed_segment_is_given_out() -> None:
    content = os.urandom(2 * SEGMENT)
    stored = bytearray(sealed(content))
    stored[-1] ^= 1
    file = decrypted(io.BytesIO(bytes(stored)), KEY, CONTEXT)

    assert file.read(SEGMENT) == content[:SEGMENT]
    with pytest.raises(Tampered):
        file.read(1)


def test_another_key_and_another_name_open_nothing() -> None:
    stored = sealed(b"Police")

    with pytest.raises(Tampered):
        opened(stored, key=bytes(32))
    with pytest.raises(Tampered):
        opened(stored, context=CONTEXT + b"x")


@pytest.mark.parametrize("size", [0, HEADER, HEADER + TAG - 1, HEADER + SEGMENT + TAG + 1])
def test_a_size_that_cannot_be_is_noticed(size: int) -> None:
    with pytest.raises(Tampered):
        content_size(size)
