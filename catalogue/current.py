"""The released catalogue, held in memory by each worker. Its number tells whether it is still the newest."""

from threading import Lock

from catalogue.content import Catalogue
from catalogue.parsing import parse_catalogue
from catalogue.queries import entries_of, newest_number

_KEPT = 2  # while a release comes in, requests still work with the one before it

_held: dict[int, Catalogue] = {}
_loading = Lock()


class NotReleased(Exception):
    """There is no such release that people could see."""


def released_catalogue(number: int | None = None) -> Catalogue:
    """The catalogue of a release, or of the newest one.

    Without `number` one SQL statement asks for the newest number; a catalogue that is held costs none.
    Raises NotReleased if nothing is released, or not under that number.
    """
    if number is None:
        number = newest_number()
    if number is None:
        raise NotReleased("no catalogue is released: run manage.py import_library")
    held = _held.get(number)
    if held is not None:
        return held
    with _loading:
        return _held.get(number) or _load(number)


def forget_catalogues() -> None:
    """Drop what is held. For tests, where a number comes to mean another release."""
    with _loading:
        _held.clear()


def _load(number: int) -> Catalogue:
    entries = entries_of(number)
    if not any(entries.values()):
        raise NotReleased(f"release {number} of the catalogue does not exist or is a draft")
    catalogue = _held[number] = parse_catalogue(number, entries)
    for old in sorted(_held)[:-_KEPT]:
        del _held[old]
    return catalogue
