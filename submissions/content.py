"""What a draft holds, and the changes to it.

The same page may lie open in two windows or on two devices. Each time a page is shown it is a copy with a name of its
own; each save says which copy it comes from and whose save that copy has seen. So a save that would wipe what another
copy has saved meanwhile is noticed, and one that was overtaken on its way changes nothing.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from submissions.journey import ENTRY_ID, Place

Raw = dict[str, list[str]]  # what was typed on a page, as it arrived
Typed = dict[str, Raw]  # by page

SENT = 1_000_000_000  # the number of a copy's last save: somebody has pressed the button
_REMOVED = "0"  # stands for a copy where an entry was taken out
_NAME = re.compile(r"[0-9a-f]{0,16}")


@dataclass(frozen=True)
class Copy:
    """A page as it lies open in some window. `number` counts its saves."""

    name: str
    seen: str = ""  # the copy whose save it shows; empty if nothing was saved yet
    number: int = SENT

    @classmethod
    def new(cls, seen: str = "") -> "Copy":
        return cls(secrets.token_hex(8), seen)

    @classmethod
    def read(cls, sent: str, number: int = SENT) -> "Copy":
        """As the page sent it (`token`); one that cannot be read has seen nothing."""
        name, _dot, seen = sent.partition(".")
        if not name or not _NAME.fullmatch(name) or not _NAME.fullmatch(seen):
            return cls.new()
        return cls(name, seen, number)

    @property
    def token(self) -> str:
        return f"{self.name}.{self.seen}"


class ChangedElsewhere(Exception):
    """Another copy of the page has saved something that this one has not seen."""


class Overtaken(Exception):
    """A later save of the same copy has arrived before this one."""


@dataclass(frozen=True)
class LeftOver:
    """An answer that a newer version of the form has no place for, as people read it."""

    label: str
    value: str


@dataclass
class Content:
    """What a draft holds."""

    answers: dict[str, Any] = field(default_factory=dict)
    typed: Typed = field(default_factory=dict)  # pages that are not answered without error, as they were typed
    done: list[str] = field(default_factory=list)
    saves: dict[str, tuple[str, int]] = field(default_factory=dict)  # by page: which copy saved last, its how manieth
    news: list[str] = field(default_factory=list)  # fields that are new or others than when the draft was begun
    left_over: list[LeftOver] = field(default_factory=list)
    amounts: dict[str, str] = field(default_factory=dict)  # EUR by key, as the person has seen them
    owner: int | None = None  # set while somebody's session had ended: whose page this was

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Content":
        told = {**plain}
        told["saves"] = {page: (save[0], save[1]) for page, save in plain.get("saves", {}).items()}
        told["left_over"] = [LeftOver(**one) for one in plain.get("left_over", [])]
        return cls(**told)

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    # --- Saving a page ------------------------------------------------------------------------------------

    def check(self, place: Place, copy: Copy) -> None:
        """Whether a copy may save its page. Raises ChangedElsewhere, Overtaken."""
        name, number = self._last_save(place)
        if name and name not in (copy.name, copy.seen):
            raise ChangedElsewhere
        if name == copy.name and copy.number != SENT and copy.number <= number:
            raise Overtaken

    def keep(self, place: Place, copy: Copy, raw: Raw | None) -> None:
        """Keep what is being typed; the page stays open. None: it says again what was answered before."""
        self.check(place, copy)
        self.saves[place.key] = (copy.name, copy.number)
        if raw is None:
            self.typed.pop(place.key, None)
            return
        if place.group:
            self.entry(place)
        self.typed[place.key] = raw

    def answer(self, place: Place, copy: Copy, values: dict[str, Any], raw: Raw | None) -> None:
        """Take over clean answers. With `raw` something on the page is wrong: it stays open and shows that again."""
        self.check(place, copy)
        self.saves[place.key] = (copy.name, SENT)
        (self.entry(place) if place.group else self.answers).update(values)
        self.typed.pop(place.key, None)
        self.done = [key for key in self.done if key != place.key]
        if raw is None:
            self.done.append(place.key)
            self.news = [one for one in self.news if one not in {field.id for field in place.page.fields}]
        else:
            self.typed[place.key] = raw

    def is_half_typed(self, place: Place) -> bool:
        """Whether what is kept of the page was never sent, so that nobody has asked yet what is wrong with it."""
        return place.key in self.typed and self._last_save(place)[1] != SENT

    def last_copy(self, place: Place) -> str:
        """The copy that saved the page last; empty if none did."""
        return self._last_save(place)[0]

    def _last_save(self, place: Place) -> tuple[str, int]:
        removal = self.saves.get(_removal(place.group.key, place.entry_id)) if place.group else None
        return removal or self.saves.get(place.key, ("", 0))

    # --- While a session had ended ------------------------------------------------------------------------

    def keep_for(self, owner: int, place: Place, copy: Copy, raw: Raw) -> None:
        """Keep what somebody types whose session has ended, until she is back. Raises Overtaken."""
        token, number = self.saves.get(place.key, ("", 0))
        if token == copy.token and copy.number != SENT and copy.number <= number:
            raise Overtaken
        self.owner = owner
        self.typed[place.key] = raw
        self.saves[place.key] = (copy.token, copy.number)

    def take_back(self, kept: "Content") -> list[str]:
        """Put what was kept like that back to its pages; returns those that were changed elsewhere meanwhile."""
        clashes = []
        for page, raw in kept.typed.items():
            copy = Copy.read(kept.saves[page][0])
            group, _slash, rest = page.partition("/")
            entry_id = rest.partition("/")[0]
            last = (self.saves.get(_removal(group, entry_id)) if rest else None) or self.saves.get(page, ("", 0))
            if last[0] not in ("", copy.name, copy.seen):
                clashes.append(page)
            if rest:
                self._entry(group, entry_id)
            self.typed[page] = raw
            self.saves[page] = (copy.name, 0)
        return clashes

    # --- Groups -------------------------------------------------------------------------------------------

    def entry(self, place: Place) -> dict[str, Any]:
        """The answers of the entry that a page of a group belongs to; made if it is new."""
        assert place.group is not None
        return self._entry(place.group.key, place.entry_id)

    def _entry(self, group_key: str, entry_id: str) -> dict[str, Any]:
        entries: list[dict[str, Any]] = self.answers.setdefault(group_key, [])
        for entry in entries:
            if entry[ENTRY_ID] == entry_id:
                return entry
        entries.append({ENTRY_ID: entry_id})
        self.saves.pop(_removal(group_key, entry_id), None)
        return entries[-1]

    def remove_entry(self, group_key: str, entry_id: str) -> None:
        """Take an entry out, and remember that: a copy of one of its pages may still be open and save."""
        entries = self.answers.get(group_key) or []
        self.answers[group_key] = [entry for entry in entries if entry[ENTRY_ID] != entry_id]
        prefix = f"{group_key}/{entry_id}/"
        self.done = [key for key in self.done if not key.startswith(prefix)]
        self.typed = {key: raw for key, raw in self.typed.items() if not key.startswith(prefix)}
        self.saves = {key: save for key, save in self.saves.items() if not key.startswith(prefix)}
        self.saves[_removal(group_key, entry_id)] = (_REMOVED, SENT)


def belongs_to(name: str, field_ids: Iterable[str]) -> bool:
    """Whether an input is one of these fields, or a part of one, such as `geboren_day` of `geboren`."""
    return any(name == one or name.startswith(f"{one}_") for one in field_ids)


def _removal(group_key: str, entry_id: str) -> str:
    """Where in `saves` it stands that an entry was taken out."""
    return f"{group_key}/{entry_id}"
