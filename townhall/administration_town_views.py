"""The town itself: its looks, its address, and what people have reported."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.typed import typed
from templates.fields import Form
from townhall import actions, theme
from townhall.administration_forms import (
    ColourForm,
    ContactForm,
    CrestForm,
    LegalForm,
    WelcomeForm,
    values_of,
)
from townhall.administration_pages import editors_page, has_arrived, status_of
from townhall.colours import contrast, from_hex
from townhall.crests import printable
from townhall.models import BarrierReport, Profile
from townhall.queries import count_unanswered_reports
from townhall.shopfront import shopfront

REPORTS_PER_PAGE = 25

# --- Looks, address, legal pages -------------------------------------------------------------------------------


@editors_page
@require_safe
def looks(request: PersonRequest) -> HttpResponse:
    """Colour, crest, address and what the legal pages say."""
    return _looks_page(request, None)


@editors_page
def change_colour(request: PersonRequest) -> HttpResponse:
    """Take another colour; or only look at it first."""
    form = ColourForm(typed(request), auto_id="farbe_%s")
    if "preview" in request.POST:
        return _looks_page(request, form)
    return _save(request, form, _("Die Farbe ist gespeichert. Alle Seiten haben sie jetzt."))


@editors_page
@require_safe
def colour_preview(request: PersonRequest, colour: str) -> HttpResponse:
    """A small picture of the pages in a colour, light and dark."""
    try:
        derived = theme.derive(colour)
    except theme.BadColour:
        raise Http404 from None
    palettes = [(0, derived.light, "#ffffff", "#171a2b"), (1, derived.dark, "#000000", "#ffffff")]
    answer = render(request, "administration/preview.svg", {"palettes": palettes}, content_type="image/svg+xml")
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@editors_page
@require_POST
def change_crest(request: PersonRequest) -> HttpResponse:
    """Put up another coat of arms."""
    form = CrestForm(request.POST, request.FILES, auto_id="wappen_%s")
    if not form.is_valid():
        return _looks_page(request, form)
    content, content_type = form.cleaned_data["crest"]
    actions.change_profile(crest=content, crest_type=content_type)
    messages.success(request, _("Das neue Wappen ist auf allen Seiten zu sehen."))
    if printable(content, content_type) is None:
        messages.warning(
            request,
            _(
                "Drucken lässt es sich so nicht: Auf Karten, Schildern und Quittungen steht ein gezeichneter Schild. "
                "Öffnen Sie das Wappen in einem Malprogramm, speichern Sie es neu als PNG und laden Sie das hoch."
            ),
        )
    return redirect("administration:looks")


@editors_page
@require_POST
def remove_crest(request: PersonRequest) -> HttpResponse:
    """Go back to the drawn shield."""
    actions.change_profile(crest=None, crest_type="")
    messages.success(request, _("Das Wappen ist entfernt. Stattdessen steht dort ein gezeichneter Schild."))
    return redirect("administration:looks")


@editors_page
def change_welcome(request: PersonRequest) -> HttpResponse:
    """Change the sentence on the home page."""
    form = WelcomeForm(typed(request), auto_id="begruessung_%s")
    return _save(request, form, _("Die Begrüßung ist gespeichert."))


@editors_page
def change_contact(request: PersonRequest) -> HttpResponse:
    """Change address, phone and mail of the town."""
    form = ContactForm(typed(request), auto_id="anschrift_%s")
    return _save(request, form, _("Anschrift und Kontakt sind gespeichert."))


@editors_page
def change_legal(request: PersonRequest) -> HttpResponse:
    """Change what imprint, privacy note and accessibility statement say."""
    form = LegalForm(typed(request), today=timezone.localdate(), auto_id="recht_%s")
    return _save(request, form, _("Die rechtlichen Angaben sind gespeichert."))


def _save(request: PersonRequest, form: Form, told: str) -> HttpResponse:
    """Keep in the profile what has arrived; otherwise the page with the form as it was sent."""
    if not has_arrived(request, form):
        return _looks_page(request, form)
    actions.change_profile(**form.cleaned_data)
    messages.success(request, told)
    return redirect("administration:looks")


def _looks_page(request: PersonRequest, sent: Form | None) -> HttpResponse:
    profile = shopfront().profile
    forms = _looks_forms(profile, timezone.localdate())
    shown = {
        name: sent if sent and sent.is_bound and type(sent) is type(form) else form for name, form in forms.items()
    }
    colour = _colour_to_preview(sent) or profile.colour
    context: dict[str, Any] = {
        **shown,
        "sent": sent,
        "has_crest": bool(profile.crest),
        "preview": theme.parse(colour).removeprefix("#"),
        "preview_is_new": theme.parse(colour) != theme.parse(profile.colour),
        "warning": theme.warning(colour),
        "is_darkened": theme.derive(colour).light.action != theme.parse(colour),
        "contrast": _contrast_of_actions(colour),
    }
    return render(request, "administration/looks.html", context, status=status_of(request, sent))


def _looks_forms(profile: Profile, today: date) -> dict[str, Form]:
    return {
        "colour_form": ColourForm(initial=values_of(profile, ColourForm), auto_id="farbe_%s"),
        "crest_form": CrestForm(auto_id="wappen_%s"),
        "welcome_form": WelcomeForm(initial=values_of(profile, WelcomeForm), auto_id="begruessung_%s"),
        "contact_form": ContactForm(initial=values_of(profile, ContactForm), auto_id="anschrift_%s"),
        "legal_form": LegalForm(initial=values_of(profile, LegalForm), today=today, auto_id="recht_%s"),
    }


def _colour_to_preview(sent: Form | None) -> str:
    return (
        str(sent.cleaned_data.get("colour", ""))
        if isinstance(sent, ColourForm) and sent.is_bound and sent.is_valid()
        else ""
    )


def _contrast_of_actions(colour: str) -> float:
    """Of links and buttons against the white page (WCAG asks for at least 4.5)."""
    return contrast(from_hex(theme.derive(colour).light.action), from_hex("#ffffff"))


# --- What people have reported ---------------------------------------------------------------------------------


@editors_page
@require_safe
def barrier_reports(request: PersonRequest) -> HttpResponse:
    """Pages that somebody could not use. Open ones first."""
    reports = BarrierReport.objects.order_by(F("answered_at").desc(nulls_first=True), "-reported_at")
    page = Paginator(reports, REPORTS_PER_PAGE).get_page(request.GET.get("seite"))
    return render(request, "administration/barrier_reports.html", {"page": page, "open": count_unanswered_reports()})


@editors_page
@require_POST
def report_answered(request: PersonRequest, pk: int) -> HttpResponse:
    """The town has answered."""
    actions.answer_barrier(report=get_object_or_404(BarrierReport, pk=pk), now=timezone.now())
    messages.success(request, _("Die Meldung ist als beantwortet vermerkt."))
    return redirect("administration:barrier_reports")
