"""What somebody typed on a page, as it arrived: kept when it cannot be taken over yet, and shown again."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.forms import BoundField
from django.http import QueryDict

from catalogue.forms.formulas import is_empty
from submissions.page_form import PageForm
from templates.widgets import REMOVE_UPLOAD

NOT_ANSWERS = frozenset({"csrfmiddlewaretoken", "account", "sign_in", "refresh", "live", REMOVE_UPLOAD})


def typed(data: QueryDict) -> dict[str, list[str]]:
    return {name: values for name, values in data.lists() if name not in NOT_ANSWERS}


def as_query(kept: Mapping[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in kept.items():
        data.setlist(name, values)
    return data


def as_typed(form: PageForm) -> QueryDict:
    """The answers of a page as a browser would send them."""
    data = QueryDict(mutable=True)
    for bound in form:
        for name, value in as_sent(bound, bound.initial).items():
            data.setlist(name, value if isinstance(value, list) else [value])
    return data


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
