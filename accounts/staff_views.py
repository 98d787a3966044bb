"""Staff of a town and of the operator: password, second factor, links for a new password."""

import logging
from urllib.parse import parse_qs, urlsplit

import segno
from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp import login as confirm_second_factor
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions
from accounts.forms import CodeForm, PasswordForm, PasswordLinkForm, StaffSignInForm
from accounts.models import WITH_PASSWORD, Kind, Role, User
from accounts.openid import ProviderUnreachable
from accounts.staff import (
    LOCKED_FOR,
    MAX_FAILURES,
    TooManyTries,
    accepts,
    has_both_factors,
    new_second_factor,
    second_factor,
    user_of_link,
)
from accounts.staff_openid import BACKEND, client, working_provider
from tenants.context import has_town
from tenants.network import AddressRefused

logger = logging.getLogger(__name__)

# Where each kind of staff begins. URL names, because those pages belong to rooms further on.
STARTS = {
    Role.CASE_WORKER: "casework:inbox",
    Role.TEAM_LEAD: "casework:inbox",
    Role.ADMINISTRATOR: "administration:services",
    Role.CASH_OFFICE: "treasury:payments",
    Role.DATA_PROTECTION: "data_protection:overview",
    Role.CONTENT_EDITOR: "administration:services",
}


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The first page after signing in."""
    user = _after_first_factor(request) or _guest(request)
    if user is None:
        return redirect("staff:sign_in")
    if user.kind == Kind.OPERATOR:
        return redirect("operations:towns")
    for role, name in STARTS.items():
        if user.has_role(role):
            return redirect(name)
    raise Http404


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """First factor: mail address and password."""
    if _after_first_factor(request):
        return redirect(_with_next("staff:code", request))
    form = StaffSignInForm(request.POST or None)
    if form.is_valid():
        user = auth.authenticate(request, **form.cleaned_data)
        if user:
            auth.login(request, user)
            return redirect(_with_next("staff:code", request))
        form.add_error(None, _wrong_password())
    context = {
        "form": form,
        "provider": working_provider(),
        "town_account": _with_next("staff:town_account", request) if has_town() else "",
    }
    return render(request, "accounts/staff/sign_in.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponse:
    """Second factor: the code from the authenticator; whoever has none yet sets one up."""
    user = _after_first_factor(request)
    if user is None:
        return redirect(_with_next("staff:sign_in", request))
    if has_both_factors(request, user):
        return redirect(_next_path(request))
    device = second_factor(user)
    if device is None:
        return redirect(_with_next("staff:set_up", request))
    form = CodeForm(request.POST or None)
    if _is_accepted(request, form, device):
        return redirect(_next_path(request))
    return render(request, "accounts/staff/code.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code")
def set_up(request: HttpRequest) -> HttpResponse:
    """Connect an authenticator app: picture, key in letters, first code as a proof."""
    user = _after_first_factor(request)
    if user is None:
        return redirect(_with_next("staff:sign_in", request))
    if second_factor(user):
        return redirect(_with_next("staff:code", request))
    device = new_second_factor(user)
    form = CodeForm(request.POST or None)
    if _is_accepted(request, form, device):
        messages.success(request, _("Ihre App ist verbunden. Sie sind angemeldet."))
        return redirect(_next_path(request))
    context = {
        "form": form,
        "picture": segno.make(device.config_url).svg_data_uri(scale=5, border=2),
        "key": _in_fours(device.config_url),
        "address": device.config_url,
    }
    return render(request, "accounts/staff/set_up.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def request_link(request: HttpRequest) -> HttpResponse:
    """For those who have forgotten their password."""
    form = PasswordLinkForm(request.POST or None)
    if form.is_valid():
        actions.request_password_link(email=form.cleaned_data["email"], now=timezone.now())
        return render(request, "accounts/staff/link_sent.html")
    status = 422 if form.errors else 200
    return render(request, "accounts/staff/request_link.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "again")
def choose_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Behind the link from the mail: choose a password, then connect the app."""
    user = user_of_link(uid, token)
    if user is None:
        return render(request, "accounts/staff/link_expired.html", status=410)
    form = PasswordForm(request.POST or None, user=user)
    if form.is_valid():
        actions.set_password(user=user, password=form.cleaned_data["password"])
        auth.login(request, user, backend="accounts.staff.StaffBackend")
        return redirect("staff:code")
    context = {"form": form, "person": user}
    return render(request, "accounts/staff/choose_password.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """Back to where staff signs in; by way of the town's own provider, if somebody came from there."""
    address = _end_at_provider(request)
    auth.logout(request)
    if address:
        answer = render(request, "accounts/staff/signed_out_there.html", {"address": address})
        answer["Refresh"] = f"0; url={address}"  # no redirect: browsers let forms of ours lead to known hosts only
        return answer
    messages.info(request, _("Sie sind abgemeldet."))
    return redirect("staff:sign_in")


def _end_at_provider(request: HttpRequest) -> str:
    """Where to sign out at the town's own provider; empty if she did not come from there, or it offers no such page."""
    provider = working_provider() if request.session.get(auth.BACKEND_SESSION_KEY) == BACKEND else None
    if provider is None:
        return ""
    try:
        return client(provider).end_session_url(request)
    except (ProviderUnreachable, AddressRefused, KeyError) as problem:
        logger.warning("signed out here only: %s", type(problem).__name__)
        return ""


def _after_first_factor(request: HttpRequest) -> User | None:
    user = request.user
    return user if isinstance(user, User) and user.kind in WITH_PASSWORD else None


def _guest(request: HttpRequest) -> User | None:
    user = request.user
    return user if isinstance(user, User) and user.is_guest else None


def _is_accepted(request: HttpRequest, form: CodeForm, device: TOTPDevice) -> bool:
    """Whether the form holds a right code. Then the person is signed in, in a session with a new key."""
    if not form.is_valid():
        return False
    try:
        if accepts(device, form.cleaned_data["code"]):
            request.session.cycle_key()
            confirm_second_factor(request, device)
            return True
    except TooManyTries as pause:
        seconds = max(1, round((pause.until - timezone.now()).total_seconds()))
        form.add_error("code", _pause_message(seconds))
    else:
        form.add_error("code", _wrong_code(device))
    return False


def _wrong_password() -> str:
    return _(
        "E-Mail-Adresse oder Passwort stimmen nicht. "
        "Nach %(number)d falschen Passwörtern müssen Sie %(minutes)d Minuten warten."
    ) % {"number": MAX_FAILURES, "minutes": LOCKED_FOR.total_seconds() // 60}


def _wrong_code(device: TOTPDevice) -> str:
    if device.confirmed:
        return _("Der Code stimmt nicht oder war schon benutzt. Nehmen Sie den nächsten, den die App zeigt.")
    return _("Der Code stimmt nicht. Prüfen Sie die Uhr Ihres Telefons und nehmen Sie den nächsten Code.")


def _pause_message(seconds: int) -> str:
    if seconds < 60:
        pause = ngettext("eine Sekunde", "%(number)d Sekunden", seconds) % {"number": seconds}
    else:
        minutes = -(-seconds // 60)
        pause = ngettext("eine Minute", "%(number)d Minuten", minutes) % {"number": minutes}
    return _("Bitte warten Sie %(pause)s. Nehmen Sie dann den Code, den die App zeigt.") % {"pause": pause}


def _next_path(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("staff:start")


def _with_next(name: str, request: HttpRequest) -> str:
    wanted = request.GET.get("next")
    return reverse(name) + (f"?{urlencode({'next': wanted})}" if wanted else "")


def _in_fours(config_url: str) -> str:
    """The secret of an otpauth address in groups of four, for typing."""
    secret = parse_qs(urlsplit(config_url).query)["secret"][0]
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
