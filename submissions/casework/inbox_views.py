"""The inbox: what is open in the units for which somebody works, what is due first on top."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from submissions.casework import queries
from submissions.casework.desk import case_workers_page
from submissions.casework.forms import MINE, NOBODY, InboxFilter
from submissions.casework.presentation import inbox_row
from submissions.casework.rules import Desk
from townhall.shopfront import shopfront

CASES_PER_PAGE = 25


@case_workers_page
@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """Filtered and searched by the address."""
    today = timezone.localdate()
    desk = Desk.of(request.user, today=today)
    form = _filter(request, desk)
    form.is_valid()  # what is not valid filters nothing
    chosen = form.cleaned_data
    wanted = _wanted(chosen, desk)
    page = Paginator(queries.inbox(wanted, user=request.user, today=today), CASES_PER_PAGE).get_page(
        request.GET.get("seite")
    )
    context = {
        "filter": form,
        "is_filtered": any(chosen.values()),
        "is_mine": chosen.get("person") == MINE,
        "query": wanted.text,
        "page": page,
        "rows": [inbox_row(case, today=today) for case in page],
        "counts": queries.inbox_counts(desk=desk, today=today),
    }
    return render(request, "casework/inbox.html", context)


def _filter(request: PersonRequest, desk: Desk) -> InboxFilter:
    names = {unit.key: unit.name for unit in shopfront().catalogue.units.values()}
    units = queries.units_with_cases(desk.user)
    return InboxFilter(
        request.GET,
        services=queries.services_with_cases(desk.user),
        units=sorted(((key, names.get(key, key)) for key in units), key=lambda unit: unit[1]),
        colleagues=[(str(one.pk), one.name) for one in queries.colleagues()] if desk.leads else [],
    )


def _wanted(chosen: dict[str, Any], desk: Desk) -> queries.Wanted:
    person = chosen.get("person", "")
    hands = {"": None, MINE: desk.hands, NOBODY: frozenset()}.get(person, {int(person)} if person.isdecimal() else None)
    return queries.Wanted(
        pile=queries.Pile(chosen["status"]) if chosen.get("status") else None,
        service_key=chosen.get("leistung", ""),
        unit=chosen.get("stelle", ""),
        hands=hands,
        text=chosen.get("q", ""),
    )
