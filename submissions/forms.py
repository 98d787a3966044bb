"""The citizen's own small forms."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from submissions.models import InformationRequest, Submission
from submissions.seen import FeeChange
from submissions.uploads import limits
from submissions.uploads.answer_slots import at_once, kept_in_answer
from submissions.uploads.intake import ACCEPT, AcceptedFile, FileRefused, accept
from templates.components import euro
from templates.fields import Form, UploadField


class ReviewForm(Form):
    """The declaration and the button.

    `fee` (EUR) and `seen` (a fingerprint of the answers) are what holds now; what the person saw comes along in
    `seen_fee` and `seen_answers`. `change` and `similar` want to be confirmed, and so does that what somebody else
    has `reported` is something else.
    """

    complete = forms.BooleanField(
        label=gettext_lazy("Meine Angaben sind vollständig und richtig."),
        error_messages={
            "required": gettext_lazy("Bitte bestätigen Sie, dass Ihre Angaben vollständig und richtig sind.")
        },
    )
    homepage = forms.CharField(widget=forms.HiddenInput, required=False)  # nobody sees it; programs fill it in

    def __init__(
        self,
        data: Any = None,
        *,
        fee: Decimal,
        seen: str,
        change: FeeChange | None = None,
        similar: Submission | None = None,
        reported: Submission | None = None,
    ) -> None:
        self.fee = fee
        self.seen = seen
        super().__init__(data)
        if similar:
            label = _("Das ist ein weiterer Antrag. Ich möchte ihn zusätzlich abschicken.")
            error = _("Bitte bestätigen Sie, dass Sie noch einen Antrag abschicken möchten.")
            self.fields["another"] = forms.BooleanField(label=label, error_messages={"required": error})
        elif reported:
            label = _("Nein, ich melde etwas anderes.")
            error = _("Bitte sagen Sie, ob Sie etwas anderes melden. Sonst wählen Sie „Ja, das meine ich auch“.")
            self.fields["another"] = forms.BooleanField(label=label, error_messages={"required": error})
        if change:
            label = _("Ich habe gesehen, dass die Gebühr jetzt %(now)s beträgt.") % {"now": euro(change.now)}
            error = _("Bitte bestätigen Sie, dass Sie die neue Gebühr gesehen haben.")
            self.fields["new_fee"] = forms.BooleanField(label=label, error_messages={"required": error})
        self.order_fields(["new_fee", "another", "complete"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("homepage"):
            raise ValidationError(
                _("Das hat ein Programm ausgefüllt. Bitte laden Sie die Seite neu und senden Sie noch einmal ab.")
            )
        if self.data.get("seen_answers", self.seen) != self.seen:
            raise ValidationError(
                _(
                    "Ihre Angaben haben sich inzwischen geändert, in einem anderen Fenster oder auf einem anderen "
                    "Gerät. Bitte prüfen Sie sie und senden Sie noch einmal ab."
                )
            )
        old = self.data.get("seen_fee", "")
        if old and old != str(self.fee):
            raise ValidationError(
                _(
                    "Die Gebühr hat sich inzwischen geändert: früher %(old)s, jetzt %(new)s. "
                    "Bitte prüfen Sie sie und senden Sie noch einmal ab."
                )
                % {"old": _in_euro(old), "new": euro(self.fee)}
            )
        return cleaned


def _in_euro(sent: str) -> str:
    """An amount that came along with a page, in words; as it is if it is none."""
    try:
        return euro(Decimal(sent))
    except InvalidOperation:
        return "–"


class AnswerForm(Form):
    """The answer to a question of the town hall. Files that were added to it already stand beside the new ones."""

    answer = forms.CharField(
        label=gettext_lazy("Ihre Antwort"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 5}),
    )
    attachments = UploadField(
        label=gettext_lazy("Dateien"),
        help_text=gettext_lazy("Fotos (JPG, PNG, HEIC) oder PDF, jede höchstens 10 MB"),
        required=False,
        largest=limits.LARGEST,
        most=limits.MOST,
        accept=ACCEPT,
    )

    def __init__(self, *args: Any, asked: InformationRequest | None = None) -> None:
        self.kept = kept_in_answer(asked) if asked else []
        super().__init__(*args, initial={"attachments": self.kept})
        self.fields["attachments"].widget.at_once = at_once(asked) if asked else None
        self.accepted: list[AcceptedFile] = []

    def clean_attachments(self) -> list[AcceptedFile]:
        problems = [kept.problem for kept in self.kept if kept.problem]
        for file in self.cleaned_data["attachments"]:
            try:
                self.accepted.append(accept(file.read(), file.name or ""))
            except FileRefused as refusal:
                problems.append(str(refusal))
        if problems:
            raise ValidationError(problems)
        return self.accepted

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        has_files = self.accepted or any(kept.counts for kept in self.kept)
        if not self.errors and not self.cleaned_data.get("answer") and not has_files:
            self.add_error("answer", _("Bitte schreiben Sie etwas oder fügen Sie eine Datei hinzu."))
        return cleaned


class WithdrawForm(Form):
    sure = forms.BooleanField(
        label=gettext_lazy("Ja, ich möchte meinen Antrag zurückziehen."),
        error_messages={"required": gettext_lazy("Bitte bestätigen Sie, dass Sie den Antrag zurückziehen möchten.")},
    )


class DeleteAccountForm(Form):
    sure = forms.BooleanField(
        label=gettext_lazy("Ja, ich möchte mein Konto in dieser Stadt löschen."),
        error_messages={"required": gettext_lazy("Bitte bestätigen Sie, dass Sie Ihr Konto löschen möchten.")},
    )
