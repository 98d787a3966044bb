"""What staff had typed when their session ended: kept in the browser's next session until they are back."""

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

_KEPT = "typed_before_signing_in"
_LONGEST = 50_000  # characters; nobody types more into our forms


def keep_typed(request: HttpRequest) -> None:
    """Remember the form that was just sent. Files cannot be kept."""
    fields = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    length = sum(len(str(value)) for values in fields.values() for value in values)
    if length <= _LONGEST:
        request.session[_KEPT] = {"path": request.get_full_path(), "fields": fields}


def typed(request: HttpRequest) -> QueryDict | None:
    """What the form of a page is bound to: what was sent just now, or before signing in again; else nothing."""
    if request.method == "POST":
        return request.POST
    kept = request.session.get(_KEPT)
    if not kept or kept["path"] != request.get_full_path():
        return None
    del request.session[_KEPT]
    messages.info(
        request, _("Ihre Anmeldung war abgelaufen. Ihr Text ist noch da: Bitte senden Sie ihn noch einmal ab.")
    )
    data = QueryDict(mutable=True)
    for name, values in kept["fields"].items():
        data.setlist(name, values)
    return data
