"""The operator's desk: what must be done before a town goes live, and whom to call there."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from operations import checklist_actions
from operations.checklist import ITEMS, Item, checklist_of
from operations.checklist_forms import ContactForm, NoteForm, PlanForm
from operations.desk import show
from operations.models import Contact, Onboarding
from tenants.models import Town
from townhall.administration_pages import has_arrived, status_of


@never_cache
@operator_required(OperatorRole.FLEET)
@require_safe
def checklist(request: PersonRequest, slug: str) -> HttpResponse:
    """All of it."""
    town = get_object_or_404(Town, slug=slug)
    context = {
        "tenant": town,
        "checklist": checklist_of(town, today=timezone.localdate()),
        "onboarding": Onboarding.objects.filter(town=town).first(),
    }
    return show(request, "operations/checklist.html", context)


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def tick(request: PersonRequest, slug: str, key: str) -> HttpResponse:
    """Say that an item is done."""
    town, item = get_object_or_404(Town, slug=slug), _item(key)
    form = NoteForm(typed(request))
    if has_arrived(request, form):
        note = form.cleaned_data["note"]
        checklist_actions.tick(town=town, item=item, note=note, by=request.user, now=timezone.now())
        messages.success(request, _("„%(item)s“ ist erledigt.") % {"item": item.title})
        return redirect("operations:checklist", slug)
    return _item_page(request, town, item, form, question=_("Ist „%(item)s“ erledigt?"), button=_("Erledigt"))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def untick(request: PersonRequest, slug: str, key: str) -> HttpResponse:
    """Say that an item is not done after all."""
    town, item = get_object_or_404(Town, slug=slug), _item(key)
    form = NoteForm(typed(request))
    if has_arrived(request, form):
        note = form.cleaned_data["note"]
        checklist_actions.untick(town=town, item=item, note=note, by=request.user, now=timezone.now())
        messages.success(request, _("„%(item)s“ ist wieder offen.") % {"item": item.title})
        return redirect("operations:checklist", slug)
    question = _("Ist „%(item)s“ doch nicht erledigt?")
    return _item_page(request, town, item, form, question=question, button=_("Wieder öffnen"))


def _item_page(
    request: PersonRequest, town: Town, item: Item, form: NoteForm, *, question: str, button: str
) -> HttpResponse:
    context = {
        "tenant": town,
        "form": form,
        "question": question % {"item": item.title},
        "means": (item.help,),
        "button": button,
        "back": reverse("operations:checklist", args=[town.slug]),
    }
    return show(request, "operations/decide.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def plan(request: PersonRequest, slug: str) -> HttpResponse:
    """Say when the town is to go online, and what else is to be kept in mind."""
    town = get_object_or_404(Town, slug=slug)
    known = Onboarding.objects.filter(town=town).first()
    initial = {"starts_on": known.starts_on, "note": known.note} if known else {}
    form = PlanForm(typed(request), initial=initial)
    if has_arrived(request, form):
        checklist_actions.plan(town=town, **form.cleaned_data)
        messages.success(request, _("Gespeichert."))
        return redirect("operations:checklist", slug)
    context = {
        "tenant": town,
        "form": form,
        "question": _("Wann geht die %(town)s online?") % {"town": town.full_name},
        "button": _("Speichern"),
        "back": reverse("operations:checklist", args=[slug]),
    }
    return show(request, "operations/decide.html", context, status=status_of(request, form))


def _item(key: str) -> Item:
    """One that the operator ticks."""
    item = ITEMS.get(key)
    if item is None or item.is_known:
        raise Http404
    return item


# --- Contacts -------------------------------------------------------------------------------------------------


@never_cache
@operator_required(OperatorRole.FLEET)
@require_safe
def contacts(request: PersonRequest, slug: str) -> HttpResponse:
    """Whom to call or write to, and about what."""
    town = get_object_or_404(Town, slug=slug)
    return show(request, "operations/contacts.html", {"tenant": town, "contacts": town.contacts.all()})


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def contact(request: PersonRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """Add somebody, or change what is known of her."""
    town = get_object_or_404(Town, slug=slug)
    known = get_object_or_404(Contact, town=town, pk=pk) if pk else None
    form = ContactForm(typed(request), contact=known)
    if has_arrived(request, form):
        checklist_actions.save_contact(town=town, contact=known, **form.cleaned_data)
        messages.success(request, _("Gespeichert."))
        return redirect("operations:contacts", slug)
    context = {"tenant": town, "contact": known, "form": form}
    return show(request, "operations/contact.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_POST
def remove_contact(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Forget somebody."""
    found = get_object_or_404(Contact, town__slug=slug, pk=pk)
    checklist_actions.remove_contact(contact=found)
    messages.success(request, _("%(name)s ist entfernt.") % {"name": found.name})
    return redirect("operations:contacts", slug)
