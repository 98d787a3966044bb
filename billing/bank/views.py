"""Transfers, in the cash office: the bank's statement comes in, and what a person must clear up."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.models import Role
from accounts.typed import typed
from billing import refunding
from billing.bank import clearing, queries
from billing.bank.forms import AssignForm, DayForm, EntryFilter, ReturnForm, StatementForm, Suggested
from billing.bank.importing import Imported, import_statement
from billing.bank.models import Assignment, PayBack, Statement, StatementEntry
from billing.bank.statements import StatementRefused
from billing.bank.states import TRANSFER, Doubt, EntryState
from billing.models import Refund
from billing.treasury_pages import cash_office_page

PER_PAGE = 25
STATEMENTS_SHOWN = 10


@cash_office_page
@require_http_methods(["GET", "POST"])
def overview(request: PersonRequest) -> HttpResponse:
    """How the transfers stand, what is to be cleared up and paid back; and where a statement comes in."""
    form = StatementForm(typed(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            imported = import_statement(content=form.cleaned_data["file"], by=request.user, now=timezone.now())
        except StatementRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _told(imported))
            return redirect("bank:overview")
    today = timezone.localdate()
    context = {
        "form": form,
        "figures": queries.figures(today),
        "page": Paginator(queries.to_clarify(), PER_PAGE).get_page(request.GET.get("seite")),
        "pay_backs": queries.pay_backs(),
        "refunds": queries.refunds(),
        "statements": Statement.objects.select_related("imported_by")[:STATEMENTS_SHOWN],
        "day_form": DayForm(None, initial={"on": today}),
    }
    return render(request, "treasury/bank/overview.html", context, status=422 if form.errors else 200)


def _told(imported: Imported) -> str:
    """What came of a file, in a sentence."""
    statement = imported.statement
    if not imported.is_new or not statement.new_lines:
        return _("In dieser Datei steht nichts Neues. Es hat sich nichts geändert.")
    booked = statement.entries.filter(state=EntryState.BOOKED).count()
    unclear = statement.entries.filter(state=EntryState.TO_CLARIFY).count()
    new = ngettext("%(number)s neuer Umsatz", "%(number)s neue Umsätze", statement.new_lines) % {
        "number": statement.new_lines
    }
    if statement.entries.filter(state=EntryState.NEW).exists():
        return _("%(new)s. Das Portal bucht sie in den nächsten Minuten.") % {"new": new}
    return _("%(new)s: %(booked)s gebucht, %(unclear)s zu klären, %(rest)s ohne Bezug zum Portal.") % {
        "new": new,
        "booked": booked,
        "unclear": unclear,
        "rest": statement.new_lines - booked - unclear,
    }


@cash_office_page
@require_safe
def waiting(request: PersonRequest) -> HttpResponse:
    """What people were told to transfer and is not here."""
    page = Paginator(queries.waiting_transfers(), PER_PAGE).get_page(request.GET.get("seite"))
    context = {"page": page, "today": timezone.localdate()}
    return render(request, "treasury/bank/waiting.html", context)


@cash_office_page
@require_safe
def entries(request: PersonRequest) -> HttpResponse:
    """All lines of the account, filtered and searched by the address."""
    wanted = EntryFilter(request.GET)
    page = Paginator(queries.entries(*wanted.wanted), PER_PAGE).get_page(request.GET.get("seite"))
    context = {"filter": wanted, "page": page, "is_filtered": any(wanted.wanted)}
    return render(request, "treasury/bank/entries.html", context)


@cash_office_page
@require_safe
def entry(request: PersonRequest, pk: int) -> HttpResponse:
    """One line of the account, and what can be decided about it."""
    return _entry_page(request, _entry(pk))


@cash_office_page
@require_POST
def assign(request: PersonRequest, pk: int) -> HttpResponse:
    """Say what the money belongs to."""
    found = _entry(pk)
    form = AssignForm(typed(request), suggested=None)
    if form.is_valid():
        try:
            clearing.assign(
                entry=found,
                parts=form.parts,
                pay_back=form.pay_back,
                note=form.cleaned_data["note"],
                by=request.user,
                now=timezone.now(),
            )
        except clearing.ClearingRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Gespeichert."))
            return redirect("bank:entry", pk)
    return _entry_page(request, found, assign_form=form)


@cash_office_page
@require_POST
def book_return(request: PersonRequest, pk: int) -> HttpResponse:
    """Book that a transfer came back."""
    found = _entry(pk)
    form = ReturnForm(typed(request))
    if form.is_valid():
        try:
            clearing.book_return(
                entry=found, reference=form.cleaned_data["reference"], by=request.user, now=timezone.now()
            )
        except clearing.ClearingRefused as refusal:
            form.add_error("reference", str(refusal))
        else:
            messages.success(request, _("Die Rückgabe ist gebucht."))
            return redirect("bank:entry", pk)
    return _entry_page(request, found, return_form=form)


@cash_office_page
@require_POST
def put_aside(request: PersonRequest, pk: int) -> HttpResponse:
    """It has nothing to do with the portal."""
    found = _entry(pk)
    note = request.POST.get("note", "")[:300]
    said = _("Der Umsatz liegt beiseite.")
    return _do(
        request, pk, said, lambda: clearing.put_aside(entry=found, note=note, by=request.user, now=timezone.now())
    )


@cash_office_page
@require_POST
def take_up(request: PersonRequest, pk: int) -> HttpResponse:
    """It has to do with the portal after all."""
    found = _entry(pk)
    said = _("Der Umsatz ist wieder zu klären.")
    return _do(request, pk, said, lambda: clearing.take_up(entry=found, by=request.user, now=timezone.now()))


@cash_office_page
@require_POST
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Take money back from a payment that is not whole yet."""
    found = get_object_or_404(Assignment, pk=pk)
    said = _("Die Zuordnung ist aufgehoben.")
    return _do(
        request, found.entry_id, said, lambda: clearing.undo(assignment=found, by=request.user, now=timezone.now())
    )


def _do(request: PersonRequest, pk: int, said: str, act: Callable[[], object]) -> HttpResponse:
    """Decide something about a line by one button, and show it again."""
    try:
        act()
    except clearing.ClearingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("bank:entry", pk)


@cash_office_page
@require_POST
def pay_back(request: PersonRequest, pk: int) -> HttpResponse:
    """Release, decline or tick off money that goes back to its sender."""
    found = get_object_or_404(PayBack, pk=pk)
    now = timezone.now()
    verbs: dict[str, Callable[[date], object]] = {
        "freigeben": lambda _day: clearing.release_pay_back(pay_back=found, by=request.user, now=now),
        "ablehnen": lambda _day: clearing.decline_pay_back(pay_back=found, by=request.user, now=now),
        "erledigt": lambda day: clearing.pay_back_made(pay_back=found, on=day, by=request.user, now=now),
    }
    return _decide(request, verbs)


@cash_office_page
@require_POST
def refund(request: PersonRequest, refund_id: UUID) -> HttpResponse:
    """Release, decline or tick off the refund of a payment that came by transfer."""
    found = get_object_or_404(Refund.objects.select_related("payment"), pk=refund_id, payment__provider=TRANSFER)
    now = timezone.now()

    def made(day: date) -> None:
        assert found.payment.paid_at is not None
        clearing.check_day(day, timezone.localdate(found.payment.paid_at), now=now)
        refunding.made_by_hand(refund=found, by=request.user, now=now, on=day)

    verbs: dict[str, Callable[[date], object]] = {
        "freigeben": lambda _day: refunding.release_refund(refund=found, by=request.user, now=now),
        "ablehnen": lambda _day: refunding.decline_refund(
            refund=found, why=_("Von der Kasse abgelehnt"), by=request.user, now=now
        ),
        "erledigt": made,
    }
    return _decide(request, verbs)


def _decide(request: PersonRequest, verbs: dict[str, Callable[[date], object]]) -> HttpResponse:
    """Do what the pressed button says; only what was made needs a day."""
    verb = request.POST.get("was", "")
    form = DayForm(typed(request))
    if verb == "erledigt" and not form.is_valid():
        messages.error(request, str(form.errors["on"][0]))
    elif verb in verbs:
        try:
            verbs[verb](form.day if verb == "erledigt" else timezone.localdate())
        except (clearing.ClearingRefused, refunding.RefundRefused) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Gespeichert."))
    return redirect("bank:overview")


def _entry(pk: int) -> StatementEntry:
    found = StatementEntry.objects.select_related("payment__submission", "payment__request", "statement", "decided_by")
    related = found.prefetch_related("assignments__payment", "assignments__by", "pay_backs__requested_by")
    return get_object_or_404(related, pk=pk)


def _entry_page(
    request: PersonRequest,
    found: StatementEntry,
    *,
    assign_form: AssignForm | None = None,
    return_form: ReturnForm | None = None,
) -> HttpResponse:
    payment = found.payment
    named = payment.reference if payment else ""
    suggested = None
    if payment and not payment.has_arrived:
        suggested = Suggested(named, min(found.unassigned, payment.amount))
    sent = assign_form or return_form
    is_open = found.state == EntryState.TO_CLARIFY
    context = {
        "entry": found,
        "sent": sent,
        "is_open": is_open,
        "is_return": found.doubt in (Doubt.RETURNED, Doubt.DEBIT),
        "assign_form": (assign_form or AssignForm(None, suggested=suggested)) if found.is_credit else None,
        "return_form": return_form or ReturnForm(None, initial={"reference": named}),
        "may_open_case": request.user.has_role(Role.CASE_WORKER, Role.TEAM_LEAD),
    }
    return render(request, "treasury/bank/entry.html", context, status=422 if sent and sent.errors else 200)
