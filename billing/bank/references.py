"""Payment references (Kassenzeichen): a prefix of the town, a number, a check digit.

A reference is capital letters and digits without gaps. In what somebody has typed, gaps, dots and small letters do not
matter; a letter is never taken for a digit.
"""

import re
from collections.abc import Collection

from billing.bank.states import CheckDigit

DIGITS = 8  # of the number in a reference
PREFIX = re.compile(r"[A-Z]{2}[A-Z0-9]{0,6}")  # begins with letters, so that no other number looks like it


def make_reference(prefix: str, number: int, check: str) -> str | None:
    """The reference of a number; None if it has none, because its check digit would have two places (modulo 11)."""
    body = f"{prefix}{number:0{DIGITS}d}"
    digit = check_digit(body, CheckDigit(check))
    return None if digit is None else body + digit


def check_digit(body: str, check: CheckDigit) -> str | None:
    """The check digits of capital letters and digits; letters count as in an IBAN (A is 10, Z is 35)."""
    digits = "".join(str(int(sign, 36)) for sign in body)
    match check:
        case CheckDigit.MODULO_10:  # ISO/IEC 7812-1, annex B
            doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
            return str(-sum(value // 10 + value % 10 for value in doubled) % 10)
        case CheckDigit.MODULO_11:
            weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(digits)))
            rest = -weighted % 11
            return None if rest == 10 else str(rest)
        case CheckDigit.MODULO_97:  # ISO/IEC 7064, MOD 97-10
            return f"{98 - int(digits + '00') % 97:02d}"


def compact(typed: str) -> str:
    """What somebody has typed as references are written: capitals and digits, nothing between."""
    return re.sub(r"[^A-Z0-9]", "", typed.upper())


def grouped(text: str) -> str:
    """Four signs each, for people to read and type: "SVX0 0000 0123 4"."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def found_in(purpose: str, known: Collection[str]) -> list[str]:
    """The references out of `known` that a purpose text names, in the order in which they stand there."""
    text = compact(purpose)
    lengths = sorted({len(reference) for reference in known}, reverse=True)
    found: list[str] = []
    at = 0
    while at < len(text):
        named = next((part for size in lengths if (part := text[at : at + size]) in known), None)
        if named and named not in found:
            found.append(named)
        at += len(named) if named else 1
    return found
