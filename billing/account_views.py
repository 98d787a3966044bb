"""How a town is paid: its account at the provider, and the ways that it offers people."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.guards import PersonRequest, staff_required
from accounts.models import Role
from accounts.typed import typed
from billing import actions
from billing.models import Method, PaymentAccount
from billing.treasury_forms import MethodsForm


@never_cache
@staff_required(Role.ADMINISTRATOR)
def settings(request: PersonRequest) -> HttpResponse:
    """Which account there is, and how people can pay. The account itself is connected by the operator."""
    account = PaymentAccount.objects.filter(pk=1).exclude(stripe_account="").first()
    form = MethodsForm(typed(request), initial={"methods": account.methods if account else []})
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_methods(methods=[Method(method) for method in form.cleaned_data["methods"]])
        except actions.PaymentRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Gespeichert. Die Seiten sagen jetzt, wie man bei Ihnen bezahlt."))
            return redirect("payment_account:settings")
    status = 422 if request.method == "POST" else 200
    return render(request, "administration/payment.html", {"account": account, "form": form}, status=status)
