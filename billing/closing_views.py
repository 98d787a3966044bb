"""Daily statements: year, month and day, each with what it adds up to, as a page, a table and a PDF."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from billing import closed
from billing.closed import Period
from billing.documents import statement_pdf
from billing.export import posts_table
from billing.treasury_pages import cash_office_page
from tenants.context import current_town


@cash_office_page
@require_safe
def newest(request: PersonRequest) -> HttpResponse:
    """The newest year; or what will be here."""
    return _page(request, closed.newest_year())


@cash_office_page
@require_safe
def year(request: PersonRequest, year: int) -> HttpResponse:
    """A year with its months."""
    return _page(request, _period(year))


@cash_office_page
@require_safe
def month(request: PersonRequest, year: int, month: int) -> HttpResponse:
    """A month with its days."""
    return _page(request, _period(year, month))


@cash_office_page
@require_safe
def day(request: PersonRequest, year: int, month: int, day: int) -> HttpResponse:
    """The statement of a day with all its posts."""
    return _page(request, _period(year, month, day))


@cash_office_page
@require_safe
def year_table(request: PersonRequest, year: int) -> HttpResponse:  # noqa: ARG001 -- a view
    """All posts of a year, for Excel."""
    return _table(_period(year))


@cash_office_page
@require_safe
def month_table(request: PersonRequest, year: int, month: int) -> HttpResponse:  # noqa: ARG001 -- a view
    """All posts of a month, for Excel."""
    return _table(_period(year, month))


@cash_office_page
@require_safe
def day_table(request: PersonRequest, year: int, month: int, day: int) -> HttpResponse:  # noqa: ARG001 -- a view
    """All posts of a day, for Excel."""
    return _table(_period(year, month, day))


@cash_office_page
@require_safe
def year_pdf(request: PersonRequest, year: int) -> HttpResponse:  # noqa: ARG001 -- a view
    """The sums of a year, to keep."""
    return _pdf(_period(year))


@cash_office_page
@require_safe
def month_pdf(request: PersonRequest, year: int, month: int) -> HttpResponse:  # noqa: ARG001 -- a view
    """The sums of a month, to keep."""
    return _pdf(_period(year, month))


@cash_office_page
@require_safe
def day_pdf(request: PersonRequest, year: int, month: int, day: int) -> HttpResponse:  # noqa: ARG001 -- a view
    """The statement of a day, to keep."""
    return _pdf(_period(year, month, day))


def _period(*parts: int) -> Period:
    """The period of an address. Raises Http404 if it has no statements."""
    found = Period(*parts)
    try:
        if found.statements:
            return found
    except ValueError:  # a day that does not exist
        pass
    raise Http404


def _page(request: PersonRequest, period: Period) -> HttpResponse:
    context = {
        "period": period,
        "years": closed.years(),
        "months": [] if period.month else closed.months(period),
        "posts": period.posts if period.day else [],
        "is_over": period.is_over(timezone.localdate()),
    }
    return render(request, "treasury/period.html", context)


def _table(period: Period) -> HttpResponse:
    answer = HttpResponse(posts_table(period.posts), content_type="text/csv; charset=utf-8")
    return _named(answer, f"buchungen-{current_town().slug}-{period.file_name}.csv", "attachment")


def _pdf(period: Period) -> HttpResponse:
    name = "tagesabschluss" if period.day else "summen"
    answer = HttpResponse(statement_pdf(period), content_type="application/pdf")
    return _named(answer, f"{name}-{current_town().slug}-{period.file_name}.pdf", "inline")


def _named(answer: HttpResponse, name: str, how: str) -> HttpResponse:
    answer["Content-Disposition"] = f'{how}; filename="{name}"'
    return answer
