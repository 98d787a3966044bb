"""A draft moves to a newer version of its form: answers stay by field id, and nothing goes without being told."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from catalogue.forms.context import Context, Surroundings
from catalogue.forms.definition import FormDefinition, Group, Page
from catalogue.forms.fields import CHOOSING, WORDS, Field, Kind
from catalogue.forms.formulas import is_empty
from catalogue.forms.texts import Reader
from catalogue.forms.words import in_words
from submissions.content import Content, LeftOver, Raw, belongs_to
from submissions.journey import ENTRY_ID
from submissions.presentation import raw_in_words

# Of a field: what can change without asking anything else.
_AROUND = frozenset(
    {"hint", "why", "legal_basis", "fim", "error", "text", "tone", "links", "computed", "width", "autocomplete"}
    | {"prefill", "means", "suggestions", "searchable", "preselect", "default"}
)
Scoped = dict[tuple[str, str], Field]  # by the key of their group (empty outside of one) and their id


def carried_over(content: Content, old: FormDefinition, new: FormDefinition, surroundings: Surroundings) -> Content:
    """What a draft that was filled in with `old` holds in `new`.

    Pages where something is asked that was not asked before, or otherwise, are open again. Answers that `new` has no
    place for stand in `left_over`, in words.
    """
    return content if old.version == new.version else _Move(content, old, new, surroundings).moved()


def changed_fields(old: FormDefinition, new: FormDefinition) -> set[str]:
    """The ids of the fields of `new` that `old` did not have or asked otherwise. The box beside a file asks nothing."""
    before = _scoped(old)
    return {
        key[1]
        for key, one in _scoped(new).items()
        if one.asks and not one.id.endswith("_later") and _meaning(before.get(key)) != _meaning(one)
    }


class _Move:
    def __init__(self, content: Content, old: FormDefinition, new: FormDefinition, surroundings: Surroundings) -> None:
        self.content = content
        self.before, self.after = old.context(surroundings), new.context(surroundings)
        self.old, self.new = _scoped(old), _scoped(new)
        self.groups = {step.key for step in old.steps if isinstance(step, Group)}
        self.new_groups = {step.key: step for step in new.steps if isinstance(step, Group)}
        self.pages = dict(_pages(new))
        self.news = changed_fields(old, new)
        self.left_over = list(content.left_over)

    def moved(self) -> Content:
        still_asked = {key[1] for key in self.new}
        return replace(
            self.content,
            answers=self._answers(),
            typed={key: raw for key, raw in self._typed() if raw},
            done=[key for key in self.content.done if self._is_still_done(key)],
            news=sorted(self.news | (set(self.content.news) & still_asked)),
            left_over=self.left_over,
        )

    def _answers(self) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, value in self.content.answers.items():
            if name not in self.groups:
                kept |= self._kept("", {name: value}, "")
            elif name in self.new_groups:
                kept[name] = [self._entry(name, entry, number) for number, entry in enumerate(value or [], start=1)]
            else:
                for number, entry in enumerate(value or [], start=1):
                    self._entry(name, entry, number)
        return kept

    def _entry(self, group: str, entry: dict[str, Any], number: int) -> dict[str, Any]:
        answers = {name: value for name, value in entry.items() if name != ENTRY_ID}
        return {ENTRY_ID: entry[ENTRY_ID]} | self._kept(group, answers, f"{number}: ")

    def _kept(self, group: str, answers: dict[str, Any], prefix: str) -> dict[str, Any]:
        """What fits still; what does not is put aside. A declaration in other words must be made again."""
        kept: dict[str, Any] = {}
        for name, value in answers.items():
            before, after = self.old.get((group, name)), self.new.get((group, name))
            if before is None or is_empty(value):
                continue
            fitting = _fitting(before, after, value, self.after)
            if not is_empty(fitting):
                kept[name] = fitting
            if fitting != value and before.kind != Kind.DECLARATION:
                self._put_aside(prefix + self._label(before), in_words(before, _lost(value, fitting), self.before))
        return kept

    def _typed(self) -> Iterator[tuple[str, Raw]]:
        for key, raw in self.content.typed.items():
            group, page = _names(key)
            asked = [one.id for one in self.pages[group, page].fields] if (group, page) in self.pages else []
            yield key, {name: values for name, values in raw.items() if belongs_to(name, asked)}
            for (scope, name), before in self.old.items():
                lost = raw_in_words(before, raw, self.before) if scope == group and name not in asked else ""
                if lost:
                    self._put_aside(self._label(before), lost)

    def _label(self, one: Field) -> str:
        return Reader(self.content.answers, self.before).fill(one.label)

    def _put_aside(self, label: str, value: str) -> None:
        one = LeftOver(label, value)
        if one not in self.left_over:
            self.left_over.append(one)

    def _is_still_done(self, key: str) -> bool:
        if key in self.new_groups:
            return True
        page = self.pages.get(_names(key))
        return page is not None and not any(one.id in self.news for one in page.fields)


def _fitting(before: Field, after: Field | None, value: Any, context: Context) -> Any:
    """The answer as the new field can hold it; None or less of it if it does not fit."""
    if after is None or before.takes_several_lines != after.takes_several_lines:
        return None
    if before.kind != after.kind and not {before.kind, after.kind} <= WORDS:
        return None
    if after.kind == Kind.DECLARATION and _meaning(before) != _meaning(after):
        return None
    if after.kind not in CHOOSING:
        return value
    offered = {entry.value for entry in context.choices.get(after.id, ())}
    if isinstance(value, list):
        return [one for one in value if one in offered]
    if isinstance(value, dict):
        return {one: number for one, number in value.items() if one in offered}
    return value if value in offered else None


def _lost(value: Any, fitting: Any) -> Any:
    """What of an answer does not fit."""
    if isinstance(value, dict) and isinstance(fitting, dict):
        return {one: number for one, number in value.items() if one not in fitting}
    return [one for one in value if one not in fitting] if isinstance(fitting, list) else value


def _meaning(one: Field | None) -> Any:
    """All of a field but words around it and who says whether it may come later; None for none.

    What stands above a declaration is what is declared.
    """
    if one is None:
        return None
    choices = [(choice.value, choice.label) for choice in one.choices]
    around = (_AROUND - {"text"} if one.kind == Kind.DECLARATION else _AROUND) | {"choices", "later"}
    return choices, bool(one.later), [getattr(one, each.name) for each in fields(one) if each.name not in around]


def _scoped(definition: FormDefinition) -> Scoped:
    return {(group, one.id): one for (group, _page), page in _pages(definition) for one in page.fields}


def _pages(definition: FormDefinition) -> Iterator[tuple[tuple[str, str], Page]]:
    for step in definition.steps:
        if isinstance(step, Group):
            yield from (((step.key, page.key), page) for page in step.pages)
        else:
            yield ("", step.key), step


def _names(place_key: str) -> tuple[str, str]:
    """The group and the page that the key of a place names."""
    group, _slash, page = place_key.rpartition("/")
    return group.partition("/")[0], page
