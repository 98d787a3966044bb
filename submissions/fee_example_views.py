"""What somebody would pay with answers that an administrator makes up."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from accounts.trust import TrustLevel
from catalogue.forms.current import form_definition
from submissions.fee_example import ExampleForm
from townhall.administration_pages import administrators_page
from townhall.administration_presentation import label_of_amount
from townhall.fees import Prices
from townhall.shopfront import shopfront
from townhall.surroundings import surroundings_in


@administrators_page
@require_safe
def example(request: PersonRequest, key: str) -> HttpResponse:
    """The fee of a service today, for an example. Nothing of it is kept: the answers stand in the address."""
    front, today = shopfront(), timezone.localdate()
    service = front.catalogue.services.get(key)
    if service is None or key not in front.forms:
        raise Http404
    definition = form_definition(key)
    if not definition.rules:
        raise Http404
    context = definition.context(surroundings_in(front, today=today, trust=TrustLevel.HIGH))
    form = ExampleForm(definition, context, data=request.GET or None)
    results = [
        (result, label_of_amount(front, result.missing) if result.missing else "")
        for result in form.results(Prices(front, today))
    ]
    return render(request, "administration/example.html", {"service": service, "form": form, "results": results})
