"""What things cost: amounts that one administrator enters and another releases, and where they are booked."""

from datetime import date

from django.contrib import messages
from django.forms import model_to_dict
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.typed import typed
from templates.components import euro, german_date
from townhall import actions, proposing, queries
from townhall.administration_forms import AmountForm, BudgetLineForm, CopyForm
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.administration_presentation import (
    AmountLine,
    amount_is_known,
    amount_line,
    fee_table,
    services_with_amount,
)
from townhall.models import BudgetLine, FeeAmount, ProposedAmount
from townhall.shopfront import Shopfront, shopfront


@administrators_page
@require_safe
def amounts(request: PersonRequest) -> HttpResponse:
    """The whole fee table: what is missing, what waits for a second person, what counts."""
    return _table(request, None)


@administrators_page
@require_POST
def copy(request: PersonRequest) -> HttpResponse:
    """Propose what a neighbour's pages tell, for amounts that are missing here."""
    form = CopyForm(request.POST, towns=queries.neighbours())
    if not form.is_valid():
        return _table(request, form)
    town = next(one for one in queries.neighbours() if one.slug == form.cleaned_data["town"])
    lines = [one.amount for one in fee_table(shopfront(), timezone.localdate())]
    wanted = {line.key: line.today for line in lines if not line.is_federal}
    made = proposing.copy_amounts(town=town, wanted=wanted, by=request.user, now=timezone.now())
    if made:
        told = ngettext(
            "%(number)s Betrag aus %(town)s ist als Entwurf übernommen. Er gilt erst, wenn Sie Tag und Satzung "
            "ergänzen und ihn jemand freigibt.",
            "%(number)s Beträge aus %(town)s sind als Entwurf übernommen. Sie gelten erst, wenn Sie Tag und Satzung "
            "ergänzen und sie jemand freigibt.",
            len(made),
        )
        messages.success(request, told % {"number": len(made), "town": town.full_name})
    else:
        messages.info(request, _("%(town)s hat keinen Betrag, der Ihnen fehlt.") % {"town": town.full_name})
    return redirect("administration:amounts")


def _table(request: PersonRequest, form: CopyForm | None) -> HttpResponse:
    front, today = shopfront(), timezone.localdate()
    table = fee_table(front, today)
    proposed = {row.key: row for row in ProposedAmount.objects.select_related("entered_by")}
    booked = dict(BudgetLine.objects.values_list("key", "number"))
    neighbours = queries.neighbours()
    context = {
        "rows": [(one, booked.get(one.amount.key, "")) for one in table],
        "waiting": [(one, proposed[one.amount.key]) for one in table if one.amount.key in proposed],
        "missing": [one for one in table if one.amount.is_missing],
        "copy_form": form or (CopyForm(towns=neighbours) if neighbours else None),
        "form": form,
    }
    return render(request, "administration/amounts.html", context, status=status_of(request, form))


@administrators_page
def amount(request: PersonRequest, key: str) -> HttpResponse:
    """What something cost, costs and will cost; a new amount from a day on."""
    front, today = shopfront(), timezone.localdate()
    if not amount_is_known(front, key):
        raise Http404
    line = amount_line(front, key, today)
    form = _amount_form(typed(request), line, today, _proposed(key))
    if not line.is_federal and has_arrived(request, form):
        try:
            row = proposing.enter_amount(key=key, by=request.user, now=timezone.now(), **form.cleaned_data)
        except actions.ChangeRefused as refusal:
            form.add_error("valid_from", str(refusal))
        else:
            messages.success(request, _told(row, today))
            return redirect("administration:amount", key)
    return _amount_page(request, front, line, form)


@administrators_page
def budget_line(request: PersonRequest, key: str) -> HttpResponse:
    """Where the cash office books an amount, also one that the federal law sets."""
    front, today = shopfront(), timezone.localdate()
    if not amount_is_known(front, key):
        raise Http404
    form = BudgetLineForm(typed(request), auto_id="stelle_%s")
    if has_arrived(request, form):
        actions.book_at(key=key, **form.cleaned_data)
        messages.success(request, _("Die Buchungsstelle ist gespeichert. Sie gilt ab dem nächsten Tagesabschluss."))
        return redirect("administration:amount", key)
    return _amount_page(request, front, amount_line(front, key, today), form)


def _amount_page(
    request: PersonRequest, front: Shopfront, line: AmountLine, sent: AmountForm | BudgetLineForm
) -> HttpResponse:
    """Everything about an amount, with the form that was sent, if one was."""
    key, today = line.key, timezone.localdate()
    booked = BudgetLine.objects.filter(key=key).first()
    proposed = _proposed(key)
    is_alone = proposing.is_alone(request.user)
    context = {
        "line": line,
        "form": sent if isinstance(sent, AmountForm) else _amount_form(None, line, today, proposed),
        "budget_form": sent if isinstance(sent, BudgetLineForm) else _budget_form(booked),
        "booked": booked,
        "proposed": proposed,
        "is_alone": is_alone,
        "may_release": proposed is not None and (is_alone or proposed.entered_by != request.user),
        "sent": sent,
        "rows": _with_standing(list(queries.amount_history(key)), today),
        "suggestion": front.catalogue.amounts[key].suggestion if key in front.catalogue.amounts else None,
        "services": services_with_amount(front, key),
    }
    return render(request, "administration/amount.html", context, status=status_of(request, sent))


def _proposed(key: str) -> ProposedAmount | None:
    return ProposedAmount.objects.select_related("entered_by").filter(key=key).first()


def _amount_form(data: QueryDict | None, line: AmountLine, today: date, proposed: ProposedAmount | None) -> AmountForm:
    """The form for a new amount; what was copied is in it, so that only day and by-law are left to say."""
    initial = {
        "valid_from": today,
        "by_law": line.valid.by_law if line.valid else "",
        "by_law_url": line.valid.by_law_url if line.valid else "",
    }
    if proposed and not proposed.is_complete:
        initial["amount"] = proposed.amount
    return AmountForm(data, today=today, initial=initial)


def _budget_form(booked: BudgetLine | None) -> BudgetLineForm:
    initial = model_to_dict(booked) if booked else {}
    if not initial.get("levy_percent"):
        initial.pop("levy_percent", None)  # an empty field says it better than 0
    return BudgetLineForm(initial=initial, auto_id="stelle_%s")


@administrators_page
@require_POST
def withdraw_amount(request: PersonRequest, key: str) -> HttpResponse:
    """Take back an amount that does not count yet."""
    number = request.POST.get("row", "")
    row = get_object_or_404(FeeAmount, key=key, pk=number if number.isdecimal() else None)
    try:
        actions.withdraw_fee_amount(row=row, now=timezone.now())
    except actions.ChangeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Der Betrag ab %(day)s ist zurückgenommen.") % {"day": german_date(row.valid_from)})
    return redirect("administration:amount", key)


@administrators_page
@require_POST
def release_amount(request: PersonRequest, key: str) -> HttpResponse:
    """Let an amount count that a colleague has entered."""
    try:
        row = proposing.release_amount(
            key=key, version=request.POST.get("version", ""), by=request.user, now=timezone.now()
        )
    except actions.ChangeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _told(row, timezone.localdate()))
    return redirect("administration:amount", key)


@administrators_page
@require_POST
def discard_amount(request: PersonRequest, key: str) -> HttpResponse:
    """Forget an amount that waits to be released."""
    proposing.discard_amount(key=key)
    messages.success(request, _("Der Entwurf ist verworfen. Am gültigen Betrag ändert sich nichts."))
    return redirect("administration:amount", key)


def _with_standing(rows: list[FeeAmount], today: date) -> list[tuple[FeeAmount, str]]:
    """Each row with "coming", "now" or "past"; rows are newest first."""
    current = next((row for row in rows if row.valid_from <= today), None)
    return [(row, "coming" if row.valid_from > today else "now" if row == current else "past") for row in rows]


def _told(row: FeeAmount | ProposedAmount, today: date) -> str:
    if isinstance(row, ProposedAmount):
        return _("%(amount)s sind eingetragen. Sie gelten, sobald jemand anderes aus der Verwaltung sie freigibt.") % {
            "amount": euro(row.amount)
        }
    values = {"amount": euro(row.amount), "day": german_date(row.valid_from)}
    if row.valid_from <= today:
        return _("%(amount)s gelten ab sofort.") % values
    return _("%(amount)s gelten ab %(day)s. Bis dahin bleibt der Betrag, wie er ist.") % values
