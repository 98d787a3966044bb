from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalogue.forms import schema
from catalogue.reading import SHIPPED_LIBRARY


class Command(BaseCommand):
    help = "Writes the JSON Schema of the form files, with what docs/formulare.md says about each property."

    def handle(self, **_options: Any) -> None:
        documentation = (settings.ROOT / "docs" / "formulare.md").read_text(encoding="utf-8")
        missing = schema.undocumented(documentation)
        if missing:
            raise CommandError(_("In docs/formulare.md fehlt: %(names)s") % {"names": ", ".join(missing)})
        schema.write(SHIPPED_LIBRARY / "schemas", documentation)
