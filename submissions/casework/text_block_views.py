"""Words that case workers need again and again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.models import Role, User
from accounts.typed import typed
from submissions.casework import actions, queries
from submissions.casework.desk import case_workers_page
from submissions.casework.forms import TextBlockForm
from submissions.models import TextBlock
from townhall.shopfront import shopfront


@case_workers_page
@require_safe
def text_blocks(request: PersonRequest) -> HttpResponse:
    """All that she may use."""
    names = {unit.key: unit.name for unit in shopfront().catalogue.units.values()}
    rows = [
        {"block": one, "unit": names.get(one.unit, one.unit), "may_edit": _may_edit(request.user, one.unit)}
        for one in queries.text_blocks(request.user)
    ]
    return render(request, "casework/text_blocks.html", {"rows": rows})


@case_workers_page
def new_text_block(request: PersonRequest) -> HttpResponse:
    """Keep words for another time."""
    return _edit(request, None)


@case_workers_page
def text_block(request: PersonRequest, pk: int) -> HttpResponse:
    """Change them."""
    return _edit(request, _own(request, pk))


@case_workers_page
@require_POST
def remove_text_block(request: PersonRequest, pk: int) -> HttpResponse:
    """They are not needed any more. What was written with them stays."""
    _own(request, pk).delete()
    messages.success(request, _("Der Textbaustein ist gelöscht."))
    return redirect("casework:text_blocks")


def _edit(request: PersonRequest, block: TextBlock | None) -> HttpResponse:
    initial = {"title": block.title, "text": block.text, "unit": block.unit} if block else {}
    form = TextBlockForm(typed(request), initial=initial, units=_units(request.user))
    if request.method == "POST" and form.is_valid():
        actions.save_text_block(block=block, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("Der Textbaustein ist gespeichert."))
        return redirect("casework:text_blocks")
    status = 422 if request.method == "POST" else 200
    return render(request, "casework/text_block.html", {"form": form, "kept": block}, status=status)


def _own(request: PersonRequest, pk: int) -> TextBlock:
    block = get_object_or_404(queries.text_blocks(request.user), pk=pk)
    if not _may_edit(request.user, block.unit):
        raise Http404
    return block


def _may_edit(user: User, unit: str) -> bool:
    """Words of all units belong to those who lead or work for all; words of a unit to whoever works there."""
    return unit in user.units if unit and user.units else (not user.units or user.has_role(Role.TEAM_LEAD))


def _units(user: User) -> list[tuple[str, str]]:
    """For which units she may keep words: key and name, the empty key for all."""
    units = [
        (unit.key, unit.name)
        for unit in shopfront().catalogue.units.values()
        if not unit.county and not unit.elsewhere and _may_edit(user, unit.key)
    ]
    return [*([("", _("Alle Stellen"))] if _may_edit(user, "") else []), *units]
