"""For the proxy: at which hosts we serve, so that it orders certificates for these and no others."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenants.models import Host


@never_cache
@require_safe
def host(request: HttpRequest) -> HttpResponse:
    """Whether we serve at the host in `?domain=`: 200 if so, else 404; both say nothing more.

    Caddy asks this before it orders a certificate (`on_demand_tls` in docker/Caddyfile); otherwise anybody could point
    names at us until the certificate authority no longer serves us. Nobody must sign in: the answer tells what a visit
    to the host tells, and costs less.
    """
    domain = request.GET.get("domain", "").lower().removesuffix(".")
    return HttpResponse(status=200 if _is_served(domain) else 404)


def _is_served(domain: str) -> bool:
    if domain in (settings.BASE_HOST, settings.OPERATOR_HOST):
        return True
    if not domain.isprintable():  # no host, and not for PostgreSQL either
        return False
    # A town that is suspended or has left still says so at its hosts, as long as it has them.
    return bool(Host.objects.filter(domain=domain).exists())
