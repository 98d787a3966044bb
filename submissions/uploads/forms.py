"""The small form with which one file comes in place of another."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from submissions.uploads import limits
from submissions.uploads.intake import ACCEPT, AcceptedFile, FileRefused, accept
from templates.fields import Form, UploadField


class ReplacementForm(Form):
    new_file = UploadField(
        label=_("Neue Datei"),
        help_text=_("Foto (JPG, PNG, HEIC) oder PDF, höchstens 10 MB"),
        largest=limits.LARGEST,
        most=1,
        accept=ACCEPT,
    )

    accepted: AcceptedFile | None = None

    def clean_new_file(self) -> Any:
        [sent] = self.cleaned_data["new_file"]
        try:
            self.accepted = accept(sent.read(), sent.name or "")
        except FileRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return sent
