"""Letters with which the town decides: the words that stand in all of them."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from accounts.typed import typed
from templates.components import german_date
from templates.fields import Form
from tenants.context import current_town
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.letters import Letter, confirm_letters, letters_pdf, surroundings, usual_remedies
from townhall.models import Letters
from townhall.pdf import pdf_answer
from townhall.shopfront import shopfront


class LettersForm(Form):
    """What stands in all letters."""

    remedies = forms.CharField(
        label=gettext_lazy("Rechtsbehelfsbelehrung"),
        help_text=gettext_lazy(
            "Was man gegen einen Bescheid tun kann, wo und bis wann. Steht in jedem Bescheid. Bitte lassen Sie den "
            "Vorschlag von Ihrer Rechtsstelle prüfen. Ohne Belehrung kann man ein Jahr lang dagegen vorgehen."
        ),
        required=False,
        max_length=3000,
        widget=forms.Textarea({"rows": 6}),
    )
    closing = forms.CharField(label=gettext_lazy("Grußformel"), required=False, max_length=200)
    note = forms.CharField(
        label=gettext_lazy("Kleingedrucktes"),
        help_text=gettext_lazy("Zum Beispiel Bankverbindung oder Öffnungszeiten. Steht unter dem Brief."),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )


@administrators_page
def letters(request: PersonRequest) -> HttpResponse:
    """Change them. Letters that were written stay as they are."""
    kept = Letters.objects.select_related("confirmed_by").filter(pk=1).first()
    form = LettersForm(typed(request), initial=_initial(kept))
    if has_arrived(request, form):
        confirm_letters(**form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("Gespeichert. So beginnen alle Briefe, die ab jetzt entstehen."))
        return redirect("administration:letters")
    return render(request, "administration/letters.html", {"form": form, "kept": kept}, status=status_of(request, form))


def _initial(kept: Letters | None) -> dict[str, str]:
    if kept:
        return {"remedies": kept.remedies, "closing": kept.closing, "note": kept.note}
    return {"remedies": usual_remedies(current_town()), "closing": _("Mit freundlichen Grüßen")}


@administrators_page
@require_safe
def sample(_request: PersonRequest) -> HttpResponse:
    """A letter to nobody, as it would look now."""
    around = surroundings(shopfront().main_office)
    sections = [(_("Begründung"), _("Hier steht, warum die Stadt so entschieden hat."))]
    if around["remedies"]:
        sections.append((_("Rechtsbehelfsbelehrung"), around["remedies"]))
    letter = Letter(
        recipient=[_("Erika Muster"), _("Musterweg 1"), _("12345 Musterstadt")],
        date=german_date(timezone.localdate()),
        facts=[(_("Unser Zeichen"), "MUSTER"), (_("Zuständig"), around["office"])],
        title=_("Bescheid: Muster"),
        text=_("Guten Tag, Frau Muster,\n\nso sieht ein Bescheid Ihrer Stadt aus."),
        sections=sections,
        closing=around["closing"],
        signed=[_("Name der Person, die entschieden hat")],
        note=around["note"],
    )
    return pdf_answer(letters_pdf(_("Muster eines Bescheids"), [letter]), "muster.pdf")
