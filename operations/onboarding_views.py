"""Bringing a new town live: choose it, say how, look at it, done."""

from typing import Any

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import InvitationRefused
from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from catalogue.current import NotReleased
from operations import actions
from operations.checklist import checklist_of
from operations.desk import show
from operations.duties import duties_of
from operations.forms import NewTownForm
from operations.preview import Preview
from tenants.actions import TownRefused
from tenants.host_check import check, explanation
from tenants.models import Town, host_of, readable_host
from tenants.municipalities import Municipality, TownSize, all_municipalities, find_municipalities, municipality
from townhall.administration_pages import has_arrived, status_of
from townhall.theme import FIRST_COLOUR


@never_cache
@operator_required(OperatorRole.FLEET)
@require_safe
def choose(request: PersonRequest) -> HttpResponse:
    """Find the town in the official list."""
    query = request.GET.get("q", "").strip()
    found = find_municipalities(query, limit=50)
    there = _towns_there(found)
    context = {
        "query": query,
        "found": [
            {"title": f"{entry.kind} {entry.name}", "url": _address(entry, there), "facts": _facts(entry, there)}
            for entry in found
        ],
        "number": len(all_municipalities()),
    }
    return show(request, "operations/choose.html", context)


def _facts(entry: Municipality, there: dict[str, str]) -> list[str]:
    people = _("%(number)s Menschen") % {"number": intcomma(entry.population)}
    facts = [entry.county or _("kreisfrei"), f"{entry.postal_code} {entry.city}", people]
    return [_("schon angelegt"), *facts] if entry.ars in there else facts


@never_cache
@operator_required(OperatorRole.FLEET)
@require_safe
def suggestions(request: PersonRequest) -> HttpResponse:
    """What the search field suggests while somebody types."""
    found = find_municipalities(request.GET.get("q", ""), limit=8)
    there = _towns_there(found)
    return JsonResponse(
        [
            {
                "title": entry.name,
                "kind": _("schon angelegt") if entry.ars in there else entry.county or _("kreisfrei"),
                "url": _address(entry, there),
            }
            for entry in found
        ],
        safe=False,
    )


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def create(request: PersonRequest, ars: str) -> HttpResponse:
    """Say how the town is to be, look at all of it once more, bring it live."""
    chosen = _municipality(ars)
    existing = Town.objects.filter(ars=chosen.ars).first()
    if existing:
        messages.info(request, _("%(town)s gibt es schon.") % {"town": existing.full_name})
        return redirect("operations:town", existing.slug)
    initial = {"slug": chosen.slug, "colour": FIRST_COLOUR, "size": chosen.size}
    form = NewTownForm(typed(request), initial=initial, municipality=chosen)
    if not has_arrived(request, form) or "change" in request.POST:
        return _form_page(request, chosen, form)
    if "confirm" not in request.POST:
        return _review_page(request, chosen, form)
    try:
        town = actions.bring_town_live(
            municipality=chosen,
            slug=form.cleaned_data["slug"],
            own_hosts=[form.cleaned_data["host"]] if form.cleaned_data["host"] else [],
            size=TownSize(form.cleaned_data["size"]),
            colour=form.cleaned_data["colour"],
            state=form.state,
            reason=form.cleaned_data["reason"] or "",
            administrator=form.administrator,
            now=timezone.now(),
            by=request.user,
        )
    except (TownRefused, InvitationRefused) as refusal:
        form.add_error(None, str(refusal))
    except NotReleased:
        form.add_error(None, _("Es gibt noch keinen freigegebenen Leistungskatalog. Bitte zuerst einen freigeben."))
    else:
        return redirect("operations:created", town.slug)
    return _form_page(request, chosen, form)


@never_cache
@operator_required(OperatorRole.FLEET)
@require_safe
def created(request: PersonRequest, slug: str) -> HttpResponse:
    """The town is there: where, what is online, and what comes next."""
    town = get_object_or_404(Town.objects.prefetch_related("hosts"), slug=slug)
    checklist = checklist_of(town, today=timezone.localdate())
    return show(request, "operations/created.html", {"tenant": town, "checklist": checklist})


def _form_page(request: PersonRequest, chosen: Municipality, form: NewTownForm) -> HttpResponse:
    context = {"chosen": chosen, "form": form}
    return show(request, "operations/create.html", context, status=status_of(request, form))


def _review_page(request: HttpRequest, chosen: Municipality, form: NewTownForm) -> HttpResponse:
    target, own_host = host_of(form.cleaned_data["slug"]), form.cleaned_data["host"]
    finding = check(own_host, target=target) if own_host else None
    context: dict[str, Any] = {
        "chosen": chosen,
        "form": form,
        "host": target,
        "own_host": readable_host(own_host),
        "waits": explanation(finding, own_host, target=target) if finding and not finding.is_right else "",
        "state": form.state,
        "duties": (duties := duties_of(TownSize(form.cleaned_data["size"]))),
        "sentence": duties.sentence(chosen),
        "preview": Preview.of(chosen, form.cleaned_data["colour"]),
    }
    return show(request, "operations/review.html", context)


def _municipality(ars: str) -> Municipality:
    try:
        return municipality(ars)
    except KeyError:
        raise Http404 from None


def _towns_there(found: list[Municipality]) -> dict[str, str]:
    """Short names of those that have a town already, by key."""
    return dict(Town.objects.filter(ars__in=[entry.ars for entry in found]).values_list("ars", "slug"))


def _address(entry: Municipality, there: dict[str, str]) -> str:
    if entry.ars in there:
        return reverse("operations:town", args=[there[entry.ars]])
    return reverse("operations:create", args=[entry.ars])
