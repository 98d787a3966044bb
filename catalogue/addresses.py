"""Words that lead to a service for ever, such as `hund`: short enough to be printed and typed.

The key of each service is one. Shorter ones, and the keys that services have had before, stand in a library's
`addresses.yaml`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent

_WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

# Where a town's own pages begin; `/hilfe` is the page, whatever a library says.
RESERVED = frozenset(
    {
        *("abgemeldet", "abmelden", "aemter", "anmelden", "antrag", "api", "barriere-melden"),
        *("barrierefreiheit", "bezahlen"),
        *("datenschutz", "fundsachen", "healthz", "hilfe", "impressum", "konto", "lebenslagen", "leistungen"),
        *("meine-antraege", "meine-daten"),
        *("metrics", "rathaus", "readyz", "static", "statistik", "suche", "vorgang", "webhooks", "zahlung"),
    }
)


@dataclass(frozen=True)
class Address:
    """A word and the key of the service that it leads to."""

    word: str
    service: str

    def __post_init__(self) -> None:
        values = {"word": self.word}
        if not _WORD.fullmatch(self.word) or len(self.word) < 2:
            reason = _("„%(word)s“ geht nicht als Adresse: zwei oder mehr kleine Buchstaben, Ziffern, Bindestriche.")
            raise InvalidContent(reason % values, at=("word",))
        if self.word in RESERVED:
            raise InvalidContent(_("Unter „%(word)s“ hat jede Stadt schon eine Seite.") % values, at=("word",))

    @property
    def key(self) -> str:
        """By what a library tells its addresses apart."""
        return self.word


def as_word(typed: str) -> str:
    """What somebody typed as the word she means: small letters, `Müll` as `muell`."""
    return typed.strip().lower().translate(_WRITTEN_OUT)


def stolen(known: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Words that would lead elsewhere although the service that they lead to is still there.

    Both map words to keys of services; `wanted` is all that a library says, so it names each service that there is.
    """
    there = set(wanted.values())
    return sorted(word for word, key in wanted.items() if known.get(word, key) != key and known[word] in there)


def left_out(known: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Words that a library says nothing of any more, and that follow the key of their service to its successor."""
    return {word: wanted[key] for word, key in known.items() if word not in wanted and wanted.get(key, key) != key}
