"""The town's list of what was found, for everybody."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from catalogue.forms.current import form_definition
from submissions.found.forms import ListFilter
from submissions.found.queries import NUMBER, SEARCH, categories, has_own_list, public_items
from townhall.context import page_for_everybody
from townhall.offering import application_state
from townhall.public import public_page
from townhall.shopfront import Shopfront

PER_PAGE = 30


@public_page
def items(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """What lies in the office, without anything by which only its owner knows it."""
    if not has_own_list(front):
        raise Http404
    today, kinds = timezone.localdate(), categories()
    form = ListFilter(request.GET, categories=kinds)
    found = public_items(form.wanted, today=today)
    service = front.services[SEARCH]
    return page_for_everybody(
        request,
        front,
        "found/items.html",
        form=form,
        page=Paginator(found, PER_PAGE).get_page(request.GET.get("seite")),
        labels=dict(kinds),
        is_filtered=any(form.wanted.__dict__.values()),
        claim_url=_claim_url() if application_state(front, service, today).is_open else "",
        service=service,
        office=front.office_for(service),
    )


def _claim_url() -> str:
    """Where somebody says that an item is hers; its number is to follow."""
    first = form_definition(SEARCH).steps[0].key
    return f"{reverse('submissions:step', args=[SEARCH, first])}?{urlencode({NUMBER: ''})}"
