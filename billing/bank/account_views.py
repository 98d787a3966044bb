"""How a town is paid by transfer, among the administrators' pages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.guards import PersonRequest, staff_required
from accounts.models import Role
from accounts.typed import typed
from billing.actions import PaymentRefused
from billing.bank.forms import TermsForm
from billing.bank.models import BankAccount
from billing.bank.references import grouped, make_reference
from billing.bank.states import CheckDigit
from billing.bank.transfers import set_terms


@never_cache
@staff_required(Role.ADMINISTRATOR)
def terms(request: PersonRequest) -> HttpResponse:
    """The account, the references, and when an application counts."""
    account = BankAccount.objects.first()
    form = TermsForm(typed(request), initial=_initial(account))
    if request.method == "POST" and form.is_valid():
        try:
            set_terms(form.terms)
        except PaymentRefused as refusal:
            form.add_error("iban", str(refusal))
        else:
            messages.success(request, _("Gespeichert. Die Seiten sagen jetzt, wie man bei Ihnen bezahlt."))
            return redirect("payment_account:transfer")
    context = {"account": account, "form": form, "example": _example(account)}
    return render(request, "administration/transfer.html", context, status=422 if form.errors else 200)


def _initial(account: BankAccount | None) -> dict[str, object]:
    shown = account or BankAccount()
    names = ("is_on", "holder", "bic", "check_digit", "days_to_pay", "is_shared")
    initial: dict[str, object] = {name: getattr(shown, name) for name in names}
    return initial | {
        "iban": grouped(shown.iban),
        "begins_with": shown.prefix,
        "counts_at_once": "ja" if shown.counts_at_once else "nein",
    }


def _example(account: BankAccount | None) -> str:
    """What a reference looks like, also with the check digits that leave numbers out."""
    shown = account or BankAccount(prefix="SP", check_digit=CheckDigit.MODULO_10)
    made = (make_reference(shown.prefix, number, shown.check_digit) for number in (1234, 1235, 1236))
    return grouped(next(one for one in made if one))
