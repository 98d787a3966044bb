"""What somebody typed on a page, as it arrived: kept when it cannot be taken over yet, and shown again."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from catalogue.forms.formulas import is_empty
from submissions.content import Raw, belongs_to
from submissions.page_form import PageForm


def typed(data: QueryDict, field_ids: Iterable[str]) -> Raw:
    """What was typed into these fields; nothing else that may have come along."""
    ids = list(field_ids)
    return {name: values for name, values in data.lists() if belongs_to(name, ids)}


def as_query(kept: Mapping[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in kept.items():
        data.setlist(name, values)
    return data


def without_blanks(raw: Raw) -> Raw:
    """Only what says something, to compare; what was typed to find an entry of a list says nothing by itself."""
    filled = {name: sorted(filter(None, map(str.strip, values))) for name, values in raw.items()}
    return {name: values for name, values in filled.items() if values and not name.endswith("_typed")}


def completed(raw: Raw, form: PageForm) -> QueryDict:
    """What was typed; where nothing at all came along, as for a question that is new, what the form begins with."""
    data, nothing = as_query(raw), MultiValueDict[str, Any]()
    for bound in form:
        widget = bound.field.widget
        is_ticked = isinstance(widget, CheckboxInput | CheckboxSelectMultiple)
        if not is_ticked and widget.value_omitted_from_data(data, nothing, bound.html_name):
            _set(data, as_sent(bound, bound.initial))
    return data


def as_typed(form: PageForm) -> QueryDict:
    """The answers of a page as a browser would send them."""
    data = QueryDict(mutable=True)
    for bound in form:
        _set(data, as_sent(bound, bound.initial))
    return data


def _set(data: QueryDict, sent: Mapping[str, str | list[str]]) -> None:
    for name, value in sent.items():
        data.setlist(name, value if isinstance(value, list) else [value])


def as_sent(bound: BoundField, value: Any) -> dict[str, str | list[str]]:
    """One answer as a browser would send it; nothing for one that was left open."""
    if is_empty(value):
        return {}
    widget_sends = getattr(bound.field.widget, "sent", None)
    if widget_sends:
        sent: dict[str, str | list[str]] = widget_sends(bound.html_name, value)
        return sent
    if isinstance(value, time):
        return {bound.html_name: value.strftime("%H:%M")}
    if isinstance(value, list):
        return {bound.html_name: [str(one) for one in value]}
    return {bound.html_name: "on" if value is True else str(value)}
