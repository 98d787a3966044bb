"""Opens what strangers send, and makes something harmless of it. Runs as a process of its own, started by `intake`.

Whatever a file does to the libraries that read it happens here: in a process that has no secrets in its environment,
may take so much memory and time and no more, writes no files, and is thrown away afterwards. It knows nothing of the
portal.

The file comes in; out go one line of JSON, {"problem": …} or {"size": …, "type": …, "changes": […]}, then the content
(`size` bytes), then a small picture of it (JPEG), as far as one could be made.
"""

import json
import resource
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


class Refused(Exception):
    """A file that we do not take; the message is one of the words below."""


DAMAGED, TOO_HEAVY, TOO_MANY_PIXELS = "damaged", "too_heavy", "too_many_pixels"
PASSWORD, ATTACHMENTS, NEEDS_ADOBE, SIGNED_PROGRAM = "password", "attachments", "needs_adobe", "signed_program"

# What was changed, beyond taking metadata away.
CONVERTED, SCALED, CLEANED = "converted", "scaled", "cleaned"


@dataclass(frozen=True)
class Order:
    """What is to be made of a file."""

    kind: str  # pdf, jpeg, png, heic
    keeps_location: bool
    largest: int  # bytes of what is made
    most_pixels: int
    longest_side: int  # pixels of what is made
    preview_side: int
    memory: int  # bytes of address space that making it may take
    seconds: int  # of computing


@dataclass(frozen=True)
class Result:
    content: bytes
    kind: str  # pdf, jpeg, png
    changes: list[str]


def main() -> None:
    order = Order(**json.loads(sys.argv[1]))
    content = sys.stdin.buffer.read()
    _confine(order)
    try:
        result = _make(content, order)
    except Refused as refusal:
        return _say({"problem": str(refusal)})
    except MemoryError:
        return _say({"problem": TOO_HEAVY})
    except Exception as problem:  # noqa: BLE001 -- libraries raise what they like at what is no proper file
        return _say({"problem": DAMAGED, "because": type(problem).__qualname__})
    _say({"size": len(result.content), "type": result.kind, "changes": result.changes})
    sys.stdout.buffer.write(result.content)
    sys.stdout.buffer.flush()  # this is kept, whatever becomes of the small picture
    with suppress(Exception):  # the same; then there is none
        sys.stdout.buffer.write(_preview(result, order.preview_side))
    return None


def _confine(order: Order) -> None:
    """From here on this process may do little; nothing can take that back."""
    for what, most in (
        (resource.RLIMIT_AS, order.memory),
        (resource.RLIMIT_CPU, order.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _make(content: bytes, order: Order) -> Result:
    """Imports only what this kind of file needs."""
    if order.kind == "pdf":
        from submissions.uploads.documents import written_anew

        return written_anew(content)
    from submissions.uploads.pictures import drawn_anew

    return drawn_anew(content, order)


def _preview(result: Result, side: int) -> bytes:
    if result.kind == "pdf":
        from submissions.uploads.documents import first_page

        return first_page(result.content, side)
    from submissions.uploads.pictures import small

    return small(result.content, result.kind, side)


def _say(words: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(words).encode() + b"\n")
    sys.stdout.buffer.flush()
