"""What somebody typed on a page, as it arrived: kept when it cannot be taken over yet, and shown again."""

from collections.abc import Mapping
from datetime import time

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
        value = bound.initial
        if is_empty(value):
            continue
        sent = getattr(bound.field.widget, "sent", None)
        if sent:
            data.update(sent(bound.html_name, value))
        elif isinstance(value, time):
            data[bound.html_name] = value.strftime("%H:%M")
        elif isinstance(value, list):
            data.setlist(bound.html_name, [str(one) for one in value])
        else:
            data[bound.html_name] = "on" if value is True else str(value)
    return data
