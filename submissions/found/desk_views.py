"""The register at the desk of the office that keeps what was found."""

import functools
from datetime import date
from typing import Any, ParamSpec, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import GuardedView, PersonRequest, View
from accounts.typed import typed
from catalogue.forms.current import form_definition
from submissions.casework import queries as casework
from submissions.casework.desk import case_workers_page
from submissions.casework.presentation import case_status
from submissions.found import actions
from submissions.found.actions import ItemRefused
from submissions.found.forms import DisposeForm, ItemForm
from submissions.found.models import FoundItem
from submissions.found.queries import REPORT, categories, claims_on, keeps_items
from submissions.found.states import KEPT, ItemState
from submissions.models import Submission
from submissions.presentation import answers_of
from templates.components import Answer
from townhall.shopfront import shopfront

P = ParamSpec("P")
PER_PAGE = 30
_TOLD_IN_A_CLAIM = ("sache", "verlust", "nachweis", "abholung")  # pages of the form; who she is stands in the case


def _office_page(view: "GuardedView[P]") -> "View[P]":
    """Only for those who keep what was found, in a town that keeps its list here."""

    @functools.wraps(view)
    def page(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not keeps_items(request.user, shopfront()):
            raise Http404
        return view(request, *args, **kwargs)

    return case_workers_page(cast("GuardedView[P]", page))


@_office_page
@require_safe
def items(request: PersonRequest) -> HttpResponse:
    """What lies in the office, what must be kept longest last; or what has gone."""
    has_gone = request.GET.get("stand") == "abgeschlossen"
    query = request.GET.get("q", "").strip()[:100]
    found = FoundItem.objects.exclude(state__in=KEPT) if has_gone else FoundItem.objects.filter(state__in=KEPT)
    if query:
        found = found.filter(number__icontains=query) | found.filter(description__icontains=query)
    context = {
        "page": Paginator(found.order_by("reported_on", "pk"), PER_PAGE).get_page(request.GET.get("seite")),
        "labels": dict(categories()),
        "has_gone": has_gone,
        "query": query,
        "today": timezone.localdate(),
    }
    return render(request, "found/desk_items.html", context)


@_office_page
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """Enter something that was brought."""
    today = timezone.localdate()
    return _edit(request, None, None, {"found_on": today, "reported_on": today})


@_office_page
@require_http_methods(["GET", "POST"])
def take_over(request: PersonRequest, number: str) -> HttpResponse:
    """Take over what somebody has reported online. What she wrote is shown first only to the office."""
    report = get_object_or_404(casework.cases(request.user), number=number, service_key=REPORT)
    known = FoundItem.objects.filter(report=report).first()
    return redirect("found_desk:item", known.number) if known else _edit(request, None, report, _reported(report))


def _reported(report: Submission) -> dict[str, Any]:
    """What a report says, as the register asks for it: her words are for the office until somebody has read them."""
    answers = report.answers
    return {
        "category": answers.get("kategorie"),
        "description": answers.get("beschreibung"),
        "place": (answers.get("fundort") or {}).get("place"),
        "found_on": date.fromisoformat(answers["gefunden_am"]),
        "reported_on": timezone.localdate(report.frozen_at),
        "kept_at": answers.get("abgegeben_wo") or "",
        "finder_claims": answers.get("rechte") == "ja",
    }


@_office_page
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, number: str) -> HttpResponse:
    """Correct what was written down."""
    found = get_object_or_404(FoundItem, number=number)
    initial = {name: getattr(found, name) for name in actions.Details.__dataclass_fields__}
    return _edit(request, found, found.report, initial)


def _edit(
    request: PersonRequest, found: FoundItem | None, report: Submission | None, initial: dict[str, Any]
) -> HttpResponse:
    form = ItemForm(typed(request), categories=categories(), initial=initial)
    if request.method == "POST" and form.is_valid():
        if found:
            saved = actions.change(item=found, details=form.details, by=request.user, now=timezone.now())
        else:
            saved = actions.enter(details=form.details, report=report, by=request.user, now=timezone.now())
        messages.success(request, _("%(number)s ist gespeichert.") % {"number": saved.number})
        return redirect("found_desk:item", saved.number)
    context = {"form": form, "item": found, "report": report}
    return render(request, "found/desk_edit.html", context, status=422 if request.method == "POST" else 200)


# --- One item ---------------------------------------------------------------------------------------------


@_office_page
@require_safe
def item(request: PersonRequest, number: str) -> HttpResponse:
    """Something found, and beside it what those say who miss it."""
    return _item_page(request, get_object_or_404(FoundItem, number=number))


def _item_page(request: PersonRequest, found: FoundItem, form: DisposeForm | None = None) -> HttpResponse:
    today = timezone.localdate()
    label = dict(categories()).get(found.category, found.category)
    context = {
        "item": found,
        "label": label,
        "facts": [
            Answer(_("Art der Sache"), label),
            Answer(_("Beschreibung"), found.description),
            Answer(_("Ungefährer Fundort"), found.place),
        ],
        "marks": found.marks,
        "claims": [_Claim(one) for one in claims_on(found, casework.cases(request.user))],
        "has_waited": today > found.kept_until,
        "dispose_form": form or DisposeForm(),
        "is_claimed": found.state == ItemState.CLAIMED,
    }
    return render(request, "found/desk_item.html", context, status=422 if form else 200)


class _Claim:
    """What somebody says of something she misses. Of whom the address is protected only the case is named."""

    def __init__(self, case: Submission) -> None:
        definition = form_definition(case.service_key, case.form_version)
        groups = () if case.is_protected else answers_of(case, definition)
        self.case = case
        self.status = case_status(case)
        self.answers = [one for group in groups if group.place.page.key in _TOLD_IN_A_CLAIM for one in group.answers]


@_office_page
@require_POST
def hand_over(request: PersonRequest, number: str) -> HttpResponse:
    """It goes to whoever lost it: by a claim, or to somebody who came by."""
    found = get_object_or_404(FoundItem, number=number)
    claimed = request.POST.get("claim", "")
    claims = claims_on(found, casework.cases(request.user))
    claim = next((one for one in claims if one.number == claimed), None)
    if claimed and claim is None:
        raise Http404
    return _step(request, found, ItemState.HANDED_OVER, claim=claim)


@_office_page
@require_POST
def keep(request: PersonRequest, number: str) -> HttpResponse:
    """None of those who say that it is theirs was right."""
    return _step(request, get_object_or_404(FoundItem, number=number), ItemState.KEPT)


@_office_page
@require_POST
def give_to_finder(request: PersonRequest, number: str) -> HttpResponse:
    """Nobody came for it in six months; it is the finder's."""
    return _step(request, get_object_or_404(FoundItem, number=number), ItemState.GIVEN_TO_FINDER)


@_office_page
@require_POST
def dispose(request: PersonRequest, number: str) -> HttpResponse:
    """It is sold or thrown away."""
    found = get_object_or_404(FoundItem, number=number)
    form = DisposeForm(request.POST)
    if not form.is_valid():
        return _item_page(request, found, form)
    return _step(request, found, ItemState.DISPOSED, reason=form.cleaned_data["reason"])


def _step(request: PersonRequest, found: FoundItem, to: ItemState, **how: Any) -> HttpResponse:
    try:
        actions.step(item=found, to=to, by=request.user, now=timezone.now(), **how)
    except ItemRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(number)s: %(state)s") % {"number": found.number, "state": to.label})
    return redirect("found_desk:item", found.number)
