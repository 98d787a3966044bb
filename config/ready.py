"""Whether the web server is up: for load balancers, and the yardstick of `./run bench`."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")
