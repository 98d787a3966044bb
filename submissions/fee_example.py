"""What somebody would pay: a form's fee rule with answers that an administrator makes up.

Asked is only what the rule looks at. Nothing has to be answered: what is left open counts as not answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from catalogue.fees import Fee, FeeRule, MissingAmount, compute
from catalogue.forms.context import Context
from catalogue.forms.definition import FormDefinition, Group
from catalogue.forms.fields import Field, Kind
from catalogue.forms.formulas import Amounts
from submissions.builders import Maker, as_json
from templates.fields import Form, WholeNumberField

MOST_ENTRIES = 9
NOT_ASKED = frozenset({Kind.INFO, Kind.FILE, Kind.DECLARATION})


@dataclass(frozen=True)
class Asked:
    """A question that decides what it costs; of a group all entries answer it alike."""

    field: Field
    group: Group | None = None


@dataclass(frozen=True)
class Result:
    """What one rule comes to. `missing` is the key of the amount without which it cannot be told."""

    title: str
    fee: Fee | None
    missing: str = ""


class ExampleForm(Form):
    """Questions of a form that decide its fee."""

    marks_optional = False

    def __init__(self, definition: FormDefinition, context: Context, *, data: QueryDict | None) -> None:
        self.definition, self.context = definition, context
        self.asked = list(_asked(definition))
        self.groups = list(_groups(definition))
        maker = Maker({}, context)
        built: dict[str, forms.Field] = {}
        for group in self.groups:
            built[_count_of(group)] = WholeNumberField(
                label=_("Wie oft: %(what)s") % {"what": group.title}, min_value=0, max_value=MOST_ENTRIES
            )
        for one in self.asked:
            built[one.field.id] = maker.make(one.field)
        for made in built.values():
            made.required = False
        self.base_fields = built  # type: ignore[misc]  # this form's own
        super().__init__(data=data, initial={name: _example(made) for name, made in built.items()})

    @cached_property
    def example(self) -> dict[str, Any]:
        """The answers: those that were sent, as far as they are right, else those that we make up."""
        if not self.is_bound:
            given = {name: _clean(made, self.initial[name]) for name, made in self.fields.items()}
        else:
            self.is_valid()
            given = self.cleaned_data
        answers = {name: as_json(value) for name, value in given.items()}
        outside = {one.field.id for one in self.asked if one.group is None}
        told = {name: value for name, value in answers.items() if name in outside and value is not None}
        for group in self.groups:
            own = {one.field.id for one in self.asked if one.group and one.group.key == group.key}
            entry = {name: answers[name] for name in own if answers.get(name) is not None}
            count = int(answers.get(_count_of(group)) or 0)
            told[group.key] = [{"_id": f"{number}", **entry} for number in range(count)]
        return told

    def results(self, amounts: Amounts) -> list[Result]:
        """What the fee and each estimate come to."""
        return [self._result(title, rule, amounts) for title, rule in _rules(self.definition)]

    def _result(self, title: str, rule: FeeRule, amounts: Amounts) -> Result:
        try:
            return Result(title, compute(rule, self.example, amounts, self.context))
        except MissingAmount as missing:
            return Result(title, None, missing.key)


def _rules(definition: FormDefinition) -> Iterator[tuple[str, FeeRule]]:
    if definition.fee:
        yield _("Gebühr"), definition.fee
    for estimate in definition.estimates:
        yield estimate.title, estimate.rule


def _named(definition: FormDefinition) -> set[str]:
    return {name for _title, rule in _rules(definition) for name in rule.named_fields()}


def _groups(definition: FormDefinition) -> Iterator[Group]:
    """Groups of which the number matters, or something in them."""
    named = _named(definition)
    for step in definition.steps:
        if isinstance(step, Group) and named & {step.key, *(one.id for page in step.pages for one in page.fields)}:
            yield step


def _asked(definition: FormDefinition) -> Iterator[Asked]:
    named = _named(definition)
    for step in definition.steps:
        group = step if isinstance(step, Group) else None
        for page in step.pages if isinstance(step, Group) else (step,):
            for one in page.fields:
                if one.id in named and one.asks and one.kind not in NOT_ASKED:
                    yield Asked(one, group)


def _count_of(group: Group) -> str:
    return f"anzahl-{group.key}"


def _example(made: forms.Field) -> Any:
    """The first choice, one piece, not ticked."""
    if isinstance(made, forms.MultipleChoiceField):
        return []
    if isinstance(made, forms.ChoiceField):
        choices = [value for value, _label in made.choices if value]  # type: ignore[misc,union-attr]
        return choices[0] if choices else ""
    if isinstance(made, WholeNumberField):
        return "1"
    return made.initial


def _clean(made: forms.Field, value: Any) -> Any:
    try:
        return made.clean(value)
    except ValidationError:
        return None
