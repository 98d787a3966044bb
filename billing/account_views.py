"""How a town is paid: its account at the provider, and the ways that it offers people."""

import logging
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest, staff_required
from accounts.models import Role
from accounts.typed import typed
from billing import actions, settling
from billing.bank.models import BankAccount
from billing.models import Method, Payment, PaymentAccount, ServiceAccess
from billing.providers import XBEZAHLDIENSTE
from billing.providers.contract import ProviderRefused, ProviderUnreachable
from billing.providers.xbezahldienste import services
from billing.treasury_forms import MethodsForm, ServiceForm

logger = logging.getLogger(__name__)


@never_cache
@staff_required(Role.ADMINISTRATOR)
def settings(request: PersonRequest) -> HttpResponse:
    """Which account there is, how it stands, and how people can pay."""
    account = PaymentAccount.objects.chosen()
    choices = (account or PaymentAccount()).choices
    form = MethodsForm(typed(request), methods=choices, initial={"methods": account.methods if account else []})
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_methods(methods=form.cleaned_data["methods"])
        except actions.PaymentRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Gespeichert. Die Seiten sagen jetzt, wie man bei Ihnen bezahlt."))
            return redirect("payment_account:settings")
    status = 422 if request.method == "POST" else 200
    context = {
        "account": account,
        "form": form,
        "probe": actions.probe_state(),
        "bank": BankAccount.objects.first(),
        "is_service": account is not None and account.provider == XBEZAHLDIENSTE.key,
        "service": services().get(account.access.service) if account and hasattr(account, "access") else None,
        "others": PaymentAccount.objects.filter(is_chosen=False),
        "has_services": bool(services()),
    }
    return render(request, "administration/payment.html", context, status=status)


@never_cache
@staff_required(Role.ADMINISTRATOR)
@require_POST
def connect(request: PersonRequest) -> HttpResponse:
    """To the provider's page, where the town says who it is and which bank account it has."""
    return_url = request.build_absolute_uri(reverse("payment_account:connected"))
    try:
        return redirect(actions.connect_account(email=request.user.email, return_url=return_url))
    except (ProviderUnreachable, ProviderRefused) as problem:
        return _unreachable(request, problem)


@never_cache
@staff_required(Role.ADMINISTRATOR)
def service(request: PersonRequest) -> HttpResponse:
    """How the town gets into a payment service that it has a contract with."""
    account = PaymentAccount.objects.filter(provider=XBEZAHLDIENSTE.key).select_related("access").first()
    known = account.access if account else None
    form = ServiceForm(typed(request), known=known, initial=_initial(known))
    if request.method == "POST" and form.is_valid():
        try:
            actions.connect_service(access=form.access, methods=account.methods if account else [Method.CARD])
        except KeyError:
            form.add_error("client_secret", _("Bitte geben Sie das Geheimnis noch einmal ein."))
        except actions.PaymentRefused as refusal:
            form.add_error(None, str(refusal))
        except ProviderRefused:
            form.add_error(
                None,
                _(
                    "Der Bezahldienst nimmt diese Kennung mit diesem Geheimnis nicht an. "
                    "Bitte vergleichen Sie beide mit Ihrem Vertrag."
                ),
            )
        except ProviderUnreachable as problem:
            logger.error("payment service unreachable: %s", problem)
            form.add_error(
                None,
                _("Der Bezahldienst antwortet gerade nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal."),
            )
        else:
            messages.success(request, _("Gespeichert. Menschen bezahlen jetzt über diesen Bezahldienst."))
            return redirect("payment_account:settings")
    context = {"form": form, "has_services": bool(services())}
    return render(request, "administration/payment_service.html", context, status=422 if form.errors else 200)


def _initial(known: ServiceAccess | None) -> dict[str, str]:
    if known is None:
        return {"service": next(iter(services()), "")}
    shown = {name: getattr(known, name) for name in ("service", "originator", "endpoint", "client_id")}
    return shown | {"booking": "\n".join(f"{name} = {value}" for name, value in known.booking.items())}


@never_cache
@staff_required(Role.ADMINISTRATOR)
@require_POST
def choose(request: PersonRequest, provider: str) -> HttpResponse:
    """Let people pay at another provider at which the town has an account already."""
    account = get_object_or_404(PaymentAccount, provider=provider)
    actions.choose_account(account=account)
    messages.success(request, _("Gespeichert. Wer jetzt bezahlt, bezahlt dort."))
    return redirect("payment_account:settings")


@never_cache
@staff_required(Role.ADMINISTRATOR)
@require_safe
def connected(request: PersonRequest) -> HttpResponse:
    """Back from there, or to see whether the provider has checked the details by now."""
    try:
        is_ready = actions.check_account(now=timezone.now())
    except ProviderUnreachable as problem:
        return _unreachable(request, problem)
    if is_ready:
        messages.success(request, _("Das Konto ist verbunden. Menschen können jetzt online bezahlen."))
    else:
        messages.info(request, _("Der Zahlungsanbieter hat noch nicht alles, was er braucht, oder prüft noch."))
    return redirect("payment_account:settings")


@never_cache
@staff_required(Role.ADMINISTRATOR)
@require_POST
def probe(request: PersonRequest) -> HttpResponse:
    """Pay a little, to see that paying works before people do."""
    back = f"{request.scheme}://{request.get_host()}{reverse('payment_account:settings')}probezahlung/{{payment}}/"
    try:
        payment = actions.start_probe(success_url=back, cancel_url=back, now=timezone.now())
    except actions.PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payment_account:settings")
    except ProviderUnreachable as problem:
        return _unreachable(request, problem)
    return redirect(payment.session_url)


@never_cache
@staff_required(Role.ADMINISTRATOR)
@require_safe
def probed(request: PersonRequest, payment_id: UUID) -> HttpResponse:
    """Back from the test payment."""
    payment = get_object_or_404(Payment, pk=payment_id, submission=None)
    try:
        payment = settling.ask(payment=payment, source="return", now=timezone.now())
    except ProviderUnreachable as problem:
        return _unreachable(request, problem)
    if payment.has_arrived:
        messages.success(request, _("Die Probezahlung ist angekommen. Die Kasse gibt sie zur Erstattung frei."))
    else:
        messages.info(request, _("Die Probezahlung ist noch nicht angekommen."))
    return redirect("payment_account:settings")


def _unreachable(request: PersonRequest, problem: Exception) -> HttpResponse:
    logger.error("payment provider unreachable: %s", problem)
    messages.error(
        request,
        _("Der Zahlungsanbieter ist gerade nicht erreichbar. Bitte versuchen Sie es in ein paar Minuten noch einmal."),
    )
    return redirect("payment_account:settings")
