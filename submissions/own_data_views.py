"""What the town has about a citizen: she sees it, takes it along, has it deleted."""

from django.contrib import auth
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import returning
from accounts.guards import PersonRequest, citizen_required
from submissions import own_data as data
from submissions.forms import DeleteAccountForm
from submissions.models import Draft


@never_cache
@citizen_required
@require_safe
def own_data(request: PersonRequest) -> HttpResponse:
    """What is there, in a few words, and the way to all of it."""
    return render(request, "submissions/own_data.html", _context(request))


@never_cache
@citizen_required
@require_http_methods(["GET", "POST"])
def delete_account(request: PersonRequest) -> HttpResponse:
    """Say what goes and what stays, and do it."""
    form = DeleteAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            data.delete_account(citizen=request.user, now=timezone.now())
        except data.AccountInUse as refusal:
            form.add_error(None, str(refusal))
        else:
            auth.logout(request)
            answer = redirect("accounts:signed_out")
            returning.forget(answer)
            return answer
    context = {"form": form, **_context(request)}
    return render(request, "submissions/delete_account.html", context, status=422 if form.errors else 200)


def _context(request: PersonRequest) -> dict[str, object]:
    kept = data.kept(request.user, today=timezone.localdate())
    return {
        "drafts": Draft.objects.filter(citizen=request.user).count(),
        "open": data.open_cases(request.user),
        "kept": kept,
        "is_held": any(one.reasons for one in kept),
    }
