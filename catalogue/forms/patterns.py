"""How texts of a known kind must look, and what to say when they do not."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalogue.forms.letters import foreign_sign_in_name, has_letter


@dataclass(frozen=True)
class Pattern:
    """A kind of text. `example` is one that fits: for tests and for whoever writes a hint."""

    fits: Callable[[str], bool]
    message: Promise
    example: str


def _like(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression)
    return lambda text: compiled.fullmatch(text) is not None


def _is_name(text: str) -> bool:
    return has_letter(text) and not foreign_sign_in_name(text)


PATTERNS: dict[str, Pattern] = {
    "name": Pattern(
        _is_name, _("Ein Name besteht aus Buchstaben. Bitte prüfen Sie die Schreibweise."), "Łucja Őzdemir-Şahin"
    ),
    "house_number": Pattern(
        _like(r"(?=.*\d)[^\W_][\w ./,–-]*"),  # also 12 1/2, A 3 and what else towns have given
        _("In eine Hausnummer gehört eine Zahl, zum Beispiel 12, 12a oder 12-14."),
        "72a",
    ),
    "postal_code": Pattern(_like(r"[0-9]{5}"), _("Eine Postleitzahl hat fünf Ziffern, zum Beispiel 32791."), "32791"),
    "tag_number": Pattern(_like(r"[0-9]{1,8}"), _("Die Nummer der Marke hat höchstens acht Ziffern."), "4711"),
    "chip": Pattern(
        _like(r"[0-9]{15}"), _("Eine Chipnummer hat 15 Ziffern. Bitte zählen Sie nach."), "276098102345678"
    ),
    "phone": Pattern(
        _like(r"\+?[0-9(][0-9\s()/-]{2,}"),
        _("Eine Telefonnummer hat nur Ziffern, Leerzeichen und + / - ( ), zum Beispiel 05232 601-0."),
        "05232 601-0",
    ),
    "plate": Pattern(
        _like(r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} [0-9]{1,4}[EH]?"),
        _("Geben Sie das Kennzeichen mit Bindestrich und Leerzeichen an, zum Beispiel LIP-AB 123."),
        "LIP-AB 123",
    ),
}


def plate_as_written(typed: str) -> str:
    """A number plate in its usual spelling: "lip ab123e" becomes "LIP-AB 123E". What is none stays as it is.

    Where the letters of the district end must be typed: LIP-A 1 and LI-PA 1 are two cars.
    """
    upper = " ".join(typed.upper().split())
    match = re.fullmatch(r"([A-ZÄÖÜ]{1,3})\s?[- ]\s?([A-Z]{1,2})\s?-?\s?([0-9]{1,4})\s?([EH]?)", upper)
    return f"{match[1]}-{match[2]} {match[3]}{match[4]}" if match else upper
