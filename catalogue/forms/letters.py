"""Which letters and signs people may type: those that the administration's systems can pass on to each other.

Source: DIN 91379:2022-08, binding for German authorities since November 2024. Letters stand composed (Unicode NFC).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_NAME = ("latin", "N1")  # the norm's data type A: names of people
_TEXT = ("latin", "N1", "N2", "N3", "E1", "greek", "cyrillic")
_DASHES = "–—•"  # the norm lets a procedure add signs; phones write these by themselves
_LINES = "\t\n\r\u00a0"


def composed(text: str) -> str:
    """The text with its letters composed, as it is stored and compared."""
    return unicodedata.normalize("NFC", text)


def foreign_sign_in_name(text: str) -> str:
    """The first sign that cannot stand in a name of a person; empty if there is none."""
    return _first_foreign(text, _expression(_NAME, ""))


def foreign_sign_in_text(text: str) -> str:
    """The first sign that cannot be passed on; empty if there is none."""
    return _first_foreign(text, _expression(_TEXT, _DASHES + _LINES))


def has_letter(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _first_foreign(text: str, allowed: re.Pattern[str]) -> str:
    whole = composed(text)
    match = allowed.match(whole)
    rest = whole[match.end() :] if match else whole
    return rest[:1]


@cache
def _expression(groups: Iterable[str], more: str) -> re.Pattern[str]:
    """What a text of these groups consists of; the sequences of several code points come first."""
    entries = [entry for group in groups for entry in _groups()[group]]
    sequences = ["".join(chr(int(code, 16)) for code in entry.split("+")) for entry in entries if "+" in entry]
    spans = [entry.partition("-") for entry in entries if "+" not in entry]
    signs = "".join(f"\\U{int(low, 16):08X}-\\U{int(high or low, 16):08X}" for low, _dash, high in spans)
    longest_first = sorted(map(re.escape, sequences), key=len, reverse=True)
    return re.compile("(?:" + "|".join([*longest_first, f"[{signs}{re.escape(more)}]"]) + ")*")


@cache
def _groups() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "letters.txt").read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            name, *entries = line.split()
            groups.setdefault(name, []).extend(entries)
    return groups
