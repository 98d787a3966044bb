"""Texts with places that are filled in when somebody reads them.

{town}          "Lage"                    {full_town}     "Stadt Lage"
{town:KEY}      what the town says        {answer:ID}     an earlier answer in words
{name}          what the field computes under this name in `with`
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format

from catalogue.forms.context import Answers, Context
from catalogue.forms.fields import Computed
from catalogue.forms.formulas import MissingAmount
from catalogue.forms.words import NOTHING, in_words
from templates.components import euro, german_date

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)(?::([^{}\s]+))?\}")


@dataclass(frozen=True)
class Place:
    """A place in a text: `{answer:vorname}` has the name "answer" and is about "vorname"."""

    name: str
    about: str


@dataclass(frozen=True)
class Reader:
    """Fills in texts for some answers."""

    answers: Answers
    context: Context

    def fill(self, text: str, computed: Mapping[str, Computed] | None = None) -> str:
        """The text as it is read. What cannot be said yet is a dash."""
        if "{" not in text:
            return text
        return _PLACE.sub(lambda match: self._say(Place(match[1], match[2] or ""), computed or {}), text)

    def depends_on_answers(self, text: str) -> bool:
        """Whether it says something else to each person, not only to each town."""
        return any(match[1] not in ("town", "full_town") for match in _PLACE.finditer(text))

    def _say(self, place: Place, computed: Mapping[str, Computed]) -> str:
        context = self.context
        match place.name, place.about:
            case "town", "":
                return context.town
            case "full_town", "":
                return context.full_town
            case "town", key:
                return _in_words(context.setting(key))
            case "answer", field_id:
                return in_words(context.fields[field_id], self.answers.get(field_id), context)
            case name, _nothing:
                return self.compute(computed[name])

    def compute(self, computed: Computed) -> str:
        """A computed day, number or amount in words."""
        if computed.day:
            return german_date(computed.day.of(self.answers, self.context)) or NOTHING
        if computed.number:
            number = _in_words(computed.number.value(self.answers, self.context))
            return f"{number} {computed.unit}".strip()
        assert computed.money
        try:
            return euro(computed.money.value(self.answers, self.context, self.context.prices))
        except MissingAmount:
            return NOTHING


def places_in(text: str) -> Iterator[Place]:
    """All places of a text, with a name that nobody knows for a brace that means nothing."""
    yield from (Place(match[1], match[2] or "") for match in _PLACE.finditer(text))
    if re.search(r"[{}]", _PLACE.sub("", text)):
        yield Place("{", "")


def _in_words(value: str | Decimal) -> str:
    """A text itself; a number without zeros that say nothing."""
    return value if isinstance(value, str) else number_format(Decimal(f"{value.normalize():f}"), use_l10n=True)
