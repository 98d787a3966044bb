"""The citizen's own small forms."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from submissions import files
from submissions.actions import AcceptedFile
from templates.components import euro
from templates.fields import Form, UploadField


class ReviewForm(Form):
    """The declaration and the button. `fee` (EUR) is what the person saw; if it has changed she must see it again."""

    complete = forms.BooleanField(
        label=gettext_lazy("Meine Angaben sind vollständig und richtig."),
        error_messages={
            "required": gettext_lazy("Bitte bestätigen Sie, dass Ihre Angaben vollständig und richtig sind.")
        },
    )
    seen_fee = forms.DecimalField(widget=forms.HiddenInput, required=False, decimal_places=2)
    homepage = forms.CharField(widget=forms.HiddenInput, required=False)  # nobody sees it; programs fill it in

    def __init__(self, data: Any = None, *, fee: Decimal) -> None:
        super().__init__(data, initial={"seen_fee": fee})
        self.fee = fee

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("homepage"):
            raise ValidationError(
                _("Das hat ein Programm ausgefüllt. Bitte laden Sie die Seite neu und senden Sie noch einmal ab.")
            )
        seen = self.cleaned_data.get("seen_fee")
        if seen is not None and seen != self.fee:
            raise ValidationError(
                _(
                    "Die Gebühr hat sich inzwischen geändert: früher %(old)s, jetzt %(new)s. "
                    "Bitte prüfen Sie sie und senden Sie noch einmal ab."
                )
                % {"old": euro(seen), "new": euro(self.fee)}
            )
        return cleaned


class AnswerForm(Form):
    """The answer to a question of the town hall."""

    answer = forms.CharField(
        label=gettext_lazy("Ihre Antwort"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 5}),
    )
    attachments = UploadField(
        label=gettext_lazy("Dateien"),
        help_text=gettext_lazy("Fotos (JPG, PNG) oder PDF, jede höchstens 10 MB"),
        required=False,
        largest=files.LARGEST,
        most=files.MOST,
        accept=files.ACCEPT,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accepted: list[AcceptedFile] = []

    def clean_attachments(self) -> list[AcceptedFile]:
        self.accepted = [files.accept(file) for file in self.cleaned_data["attachments"]]
        return self.accepted

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and not self.cleaned_data.get("answer") and not self.accepted:
            self.add_error("answer", _("Bitte schreiben Sie etwas oder fügen Sie eine Datei hinzu."))
        return cleaned


class WithdrawForm(Form):
    sure = forms.BooleanField(
        label=gettext_lazy("Ja, ich möchte meinen Antrag zurückziehen."),
        error_messages={"required": gettext_lazy("Bitte bestätigen Sie, dass Sie den Antrag zurückziehen möchten.")},
    )
