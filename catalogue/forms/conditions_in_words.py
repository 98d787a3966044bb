"""Conditions as people read them on paper: "wenn Sie bei „Rasse“ „Mischling“ angeben".

What the town or the kind of paper decides is decided here: nobody reads a question that her town never asks.
"""

from collections.abc import Callable
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.forms.conditions import Condition
from catalogue.forms.context import Context
from catalogue.forms.days import TownNumber

_MOST_NAMED = 5  # answers in one sentence


def when(condition: Condition | None, context: Context) -> str | bool:
    """True: always; False: never in this town on paper; else the words that follow "Nur ausfüllen, "."""
    if condition is None:
        return True
    match condition.operation:
        case "all":
            return _joined(condition, context, decided_by=False, word=_(" und "))
        case "any":
            return _joined(condition, context, decided_by=True, word=_(" oder "))
        case "not":
            found = when(condition.parts[0], context)
            return not found if isinstance(found, bool) else _("wenn das nicht gilt: %(case)s") % {"case": found}
        case "some":
            found = when(condition.parts[0], context)
            return found if isinstance(found, bool) else _("%(case)s (bei einem der Einträge)") % {"case": found}
        case "town" | "trust":
            return condition.holds({}, context)
        case "season":
            return _("wenn Sie den Antrag vom %(first)s bis zum %(last)s stellen") % {
                "first": _day_of_year(condition.operand[0]),
                "last": _day_of_year(condition.operand[1]),
            }
    teller = _FIELD_WORDS.get(condition.operation)
    words = teller(condition, context) if teller else ""
    return words or _("wenn es in Ihrem Fall nötig ist")


def _joined(condition: Condition, context: Context, *, decided_by: bool, word: str) -> str | bool:
    """All or any of its parts in one sentence, each said once."""
    parts = [when(part, context) for part in condition.parts]
    if decided_by in [part for part in parts if isinstance(part, bool)]:
        return decided_by
    told = dict.fromkeys(part for part in parts if isinstance(part, str))
    return word.join(told) if told else not decided_by


def _label(field_id: str, context: Context) -> str:
    field = context.fields.get(field_id)
    return field.label if field else ""


def _in(condition: Condition, context: Context) -> str:
    label = _label(condition.field, context)
    if condition.operand in ((True,), (False,)):
        if condition.operand[0]:
            return _("wenn Sie „%(label)s“ ankreuzen") % {"label": label}
        return _("wenn Sie „%(label)s“ nicht ankreuzen") % {"label": label}
    entries = {entry.value: entry.label for entry in context.choices.get(condition.field, ())}
    return _chosen(label, [entries[value] for value in condition.operand if value in entries])


def _marked(condition: Condition, context: Context) -> str:
    entries = context.choices.get(condition.field, ())
    return _chosen(
        _label(condition.field, context), [entry.label for entry in entries if condition.operand in entry.marks]
    )


def _chosen(label: str, answers: list[str]) -> str:
    if not label or not answers:
        return ""
    named = _(" oder ").join(f"„{answer}“" for answer in answers[:_MOST_NAMED])
    if len(answers) > _MOST_NAMED:
        named += _(" oder etwas Ähnliches")
    return _("wenn Sie bei „%(label)s“ %(answers)s angeben") % {"label": label, "answers": named}


def _filled(condition: Condition, context: Context) -> str:
    words = (
        _("wenn Sie bei „%(label)s“ etwas angeben") if condition.operand else _("wenn Sie „%(label)s“ nicht angeben")
    )
    return words % {"label": _label(condition.field, context)}


def _in_town(condition: Condition, context: Context) -> str:
    words = (
        _("wenn „%(label)s“ in der %(town)s liegt")
        if condition.operand
        else _("wenn „%(label)s“ nicht in der %(town)s liegt")
    )
    return words % {"label": _label(condition.field, context), "town": context.full_town}


def _measured(words: Any) -> Callable[[Condition, Context], str]:
    """A number compared with one that does not depend on other answers."""

    def told(condition: Condition, context: Context) -> str:
        field = context.fields.get(condition.field)
        if field is None or set(condition.operand.named_fields()):
            return ""
        limit = f"{number_format(condition.operand.value({}, context))} {field.unit}".strip()
        return str(words % {"label": field.label, "limit": limit})

    return told


def _age(words: Any) -> Callable[[Condition, Context], str]:
    def told(condition: Condition, context: Context) -> str:
        years: Any = condition.operand[0]
        years = years.value(context) if isinstance(years, TownNumber) else years
        return str(words % {"years": years})

    return told


def _day_of_year(day: str) -> str:
    month, number = day.split("-")
    return f"{int(number)}.{int(month)}."


_FIELD_WORDS: dict[str, Callable[[Condition, Context], str]] = {
    "in": _in,
    "marked": _marked,
    "filled": _filled,
    "in_town": _in_town,
    "at_least": _measured(gettext_lazy("wenn „%(label)s“ mindestens %(limit)s ist")),
    "at_most": _measured(gettext_lazy("wenn „%(label)s“ höchstens %(limit)s ist")),
    "age_at_least": _age(gettext_lazy("wenn die Person mindestens %(years)s Jahre alt ist")),
    "age_below": _age(gettext_lazy("wenn die Person jünger als %(years)s Jahre ist")),
}
