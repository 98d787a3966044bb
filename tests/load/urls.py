"""A town's hosts, with an empty page. It passes everything that stands before the views of the other pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import urls_town
from config.urls_town import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [path("leer/", empty, name="empty"), *urls_town.urlpatterns]
