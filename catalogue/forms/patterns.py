"""How texts of a known kind must look, and what to say when they do not."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Pattern:
    expression: re.Pattern[str]
    message: Promise

    def fits(self, text: str) -> bool:
        return self.expression.fullmatch(text) is not None


PATTERNS: dict[str, Pattern] = {
    # Letters of all Latin scripts (DIN SPEC 91379) with what stands in names between them.
    "name": Pattern(
        re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u02b0-\u02ff .,'’`´()/-])*"),
        _("Ein Name besteht aus Buchstaben. Bitte prüfen Sie die Schreibweise."),
    ),
    "house_number": Pattern(
        re.compile(r"(?=.*\d)[^\W_][\w ./,–-]*"),  # also 12 1/2, A 3 and what else towns have given
        _("In eine Hausnummer gehört eine Zahl, zum Beispiel 12, 12a oder 12-14."),
    ),
    "postal_code": Pattern(re.compile(r"\d{5}"), _("Eine Postleitzahl hat fünf Ziffern, zum Beispiel 32791.")),
    "tag_number": Pattern(re.compile(r"\d{1,8}"), _("Die Nummer der Marke hat höchstens acht Ziffern.")),
    "chip": Pattern(re.compile(r"\d{15}"), _("Eine Chipnummer hat 15 Ziffern. Bitte zählen Sie nach.")),
}
