"""The operator's desk: all towns."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest, operator_required
from operations.attention import Moment
from operations.desk import show
from operations.figures import towns_table
from operations.fleet import COLUMNS, FIGURES, NAME, STATE, fleet, rows_of, table_of, totals, with_hosts
from operations.forms import TownFilter, counties

ON_A_PAGE = 50


@never_cache
@operator_required()
@require_safe
def towns(request: PersonRequest) -> HttpResponse:
    """Those that match, page by page, and what they add up to."""
    form = TownFilter(request.GET or None, counties=counties())
    moment = Moment.at(timezone.now())
    found = fleet(moment, **form.wanted)
    total = totals(found)
    paginator = Paginator(with_hosts(found), ON_A_PAGE)
    paginator.count = total["number"]  # it is known by now
    page = paginator.get_page(request.GET.get("seite"))
    sort = form.wanted.get("sort", "")
    context = {
        "form": form,
        "is_filtered": bool(form.wanted.keys() - {"sort"}),
        "page": page,
        "rows": list(rows_of(page.object_list, moment)),
        "total": total,
        "headings": [_heading(key, sort) for key in (NAME.key, STATE.key, *(column.key for column in FIGURES))],
    }
    return show(request, "operations/towns.html", context)


def _heading(key: str, sort: str) -> dict[str, object]:
    """A column as its heading shows it: what a click sorts by, and how it is sorted now."""
    is_chosen = key == (sort.removeprefix("-") or NAME.key)
    is_turned = is_chosen and sort.startswith("-")
    column = COLUMNS[key]
    is_descending = column.descending != is_turned
    return {
        "column": column,
        "next": f"-{key}" if is_chosen and not is_turned else key,
        "sorted": ("descending" if is_descending else "ascending") if is_chosen else "",
    }


@never_cache
@operator_required()
@require_safe
def table(request: PersonRequest) -> HttpResponse:
    """What the list shows, on all its pages and with more numbers, as a table for Excel."""
    moment = Moment.at(timezone.now())
    found = fleet(moment, **TownFilter(request.GET or None, counties=counties()).wanted)
    answer = HttpResponse(table_of(with_hosts(found), moment), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="staedte-{timezone.localdate().isoformat()}.csv"'
    return answer


@never_cache
@operator_required()
@require_safe
def figures(request: PersonRequest) -> HttpResponse:  # noqa: ARG001 -- a view
    """What all towns measure, as a table for Excel. Never of some: from two such tables small numbers would follow."""
    answer = HttpResponse(towns_table(fleet(Moment.at(timezone.now()))), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="zahlen-{timezone.localdate().isoformat()}.csv"'
    return answer
