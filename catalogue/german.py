"""German words: sorted as in a dictionary, and reduced until different spellings of one word are the same."""

import re
import unicodedata
from functools import lru_cache
from threading import Lock

from snowballstemmer import stemmer

_LOOSE_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
# ae, oe, ue written for ä, ö, ü; not in "steuer", "neue", "bauer", "quelle".
_WRITTEN_OUT_UMLAUT = re.compile(r"(?<![aeoq])([aou])e")
_WORD = re.compile(r"[a-z0-9]+")
_STEMMER = stemmer("german")
_STEMMER_IN_USE = Lock()  # it keeps the word at hand in itself


def sort_key(text: str) -> tuple[str, str]:
    """Orders as DIN 5007-1 does: ä as a, ß as ss, case only where nothing else differs."""
    return without_accents(text), text


def first_letter(text: str) -> str:
    """The letter of the A-Z page under which a title stands; `0–9` for titles that begin with a digit."""
    letter = next((letter for letter in without_accents(text) if letter.isalnum()), "")
    return letter.upper() if letter.isalpha() else "0–9"


def without_accents(text: str) -> str:
    """Small letters without marks: `Größe` becomes `grosse`, `doğum` becomes `dogum`."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LOOSE_LETTERS))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def fold(text: str) -> str:
    """Like without_accents, and `Fuehrerschein` becomes `fuhrerschein` just as `Führerschein` does."""
    return _WRITTEN_OUT_UMLAUT.sub(r"\1", without_accents(text))


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """What the forms of a folded word share: `anmeld` for "anmelden" and "anmeldung"."""
    with _STEMMER_IN_USE:
        stemmed: str = _STEMMER.stemWord(word)
    return stemmed
