"""The inbox: what is open in the units for which somebody works, what is due first on top."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.models import User
from catalogue import german
from submissions.casework import actions, bulk, queries
from submissions.casework.desk import case_workers_page, counts_of, desk_of
from submissions.casework.download_views import DOWNLOAD
from submissions.casework.forms import MINE, NOBODY, USUAL_COLUMNS, BulkForm, ColumnsForm, InboxFilter
from submissions.casework.presentation import inbox_row
from submissions.casework.rules import Desk
from submissions.models import Submission
from townhall.shopfront import shopfront

CASES_PER_PAGE = 25


@case_workers_page
@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """Filtered and searched by the address."""
    today = timezone.localdate()
    desk = desk_of(request)
    form = _filter(request, desk)
    form.is_valid()  # what is not valid filters nothing
    chosen = form.cleaned_data
    wanted = _wanted(chosen, desk)
    found = Paginator(queries.inbox(wanted, user=request.user, today=today), CASES_PER_PAGE)
    page: Page[Submission] = found.get_page(request.GET.get("seite"))
    names = _unit_names()
    context = {
        "filter": form,
        "is_filtered": any(chosen.values()),
        "is_mine": chosen.get("person") == MINE,
        "query": wanted.text,
        "page": page,
        "rows": [inbox_row(case, today=today, units=names) for case in queries.inbox_rows(page)],
        "counts": counts_of(request),
        "columns": columns_of(request.user),
        "columns_form": ColumnsForm(initial={"columns": columns_of(request.user)}),
        "bulk_form": BulkForm(steps=_bulk_steps(desk)),
    }
    return render(request, "casework/inbox.html", context)


@case_workers_page
@require_POST
def choose_columns(request: PersonRequest) -> HttpResponse:
    """What else the inbox tells of each case."""
    form = ColumnsForm(request.POST)
    if form.is_valid():
        actions.choose_columns(user=request.user, columns=form.cleaned_data["columns"])
    return redirect("casework:inbox")


def columns_of(user: User) -> list[str]:
    """The columns of her inbox."""
    return list(USUAL_COLUMNS) if user.columns is None else user.columns


def _bulk_steps(desk: Desk) -> list[tuple[str, str]]:
    """What can be done with many cases: see bulk_views."""
    steps = [
        (bulk.Step.TAKE.value, _("Übernehmen")),
        (bulk.Step.CLOSE.value, _("Abschließen")),
        (DOWNLOAD, _("Herunterladen (ZIP)")),
    ]
    if desk.leads:
        steps += [
            (f"{bulk.Step.ASSIGN.value}-{one.pk}", _("Zuweisen an %(name)s") % {"name": one.name})
            for one in queries.colleagues()
        ]
    return steps


def _unit_names() -> dict[str, str]:
    return {unit.key: unit.name for unit in shopfront().catalogue.units.values()}


def _filter(request: PersonRequest, desk: Desk) -> InboxFilter:
    names = _unit_names()
    services = shopfront().catalogue.services
    units, wanted = queries.kinds_of_cases(desk.user)
    titles = [(key, services[key].title if key in services else key) for key in wanted]
    return InboxFilter(
        request.GET,
        services=sorted(titles, key=lambda service: german.sort_key(service[1])),
        units=sorted(((key, names.get(key, key)) for key in units), key=lambda unit: german.sort_key(unit[1])),
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
