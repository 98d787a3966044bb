"""Form definitions, held in memory: a version never changes."""

from functools import lru_cache

from catalogue.forms.definition import FormDefinition, parse_form
from catalogue.models import FormVersion


def form_definition(key: str, version: int | None = None) -> FormDefinition:
    """The definition of a form, the newest one without `version`. Raises KeyError if there is none."""
    if version is None:
        version = FormVersion.objects.filter(key=key).order_by("-version").values_list("version", flat=True).first()
    if version is None:
        raise KeyError(key)
    return _held(key, version)


@lru_cache(maxsize=500)
def _held(key: str, version: int) -> FormDefinition:
    row = FormVersion.objects.filter(key=key, version=version).first()
    if row is None:
        raise KeyError(f"{key}, version {version}")
    return parse_form(row.definition)
