import re
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from templates.fields import Form

# What Django's validators complain about, in our words.
WEAKNESSES = {
    "password_too_short": _("Nehmen Sie mindestens 12 Zeichen."),
    "password_too_common": _("Dieses Passwort nehmen viele. Denken Sie sich ein anderes aus."),
    "password_too_similar": _("Nehmen Sie etwas, das nichts mit Ihrem Namen oder Ihrer Adresse zu tun hat."),
}


class StaffSignInForm(Form):
    email = forms.EmailField(
        label=_("E-Mail-Adresse"),
        max_length=254,
        error_messages={
            "required": _("Geben Sie Ihre E-Mail-Adresse ein."),
            "invalid": _("Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@stadt.de."),
        },
        widget=forms.EmailInput({"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Passwort"),
        max_length=200,
        strip=False,
        error_messages={"required": _("Geben Sie Ihr Passwort ein.")},
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class CodeForm(Form):
    code = forms.CharField(
        label=_("Code aus Ihrer App"),
        help_text=_("Sechs Ziffern. Die App zeigt alle 30 Sekunden einen neuen Code."),
        max_length=10,
        error_messages={"required": _("Geben Sie den Code aus Ihrer App ein.")},
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code", "class": "width-short"}),
    )

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if not re.fullmatch(r"[0-9]{6}", code):
            raise forms.ValidationError(_("Der Code hat sechs Ziffern."))
        return code


class PasswordLinkForm(Form):
    email = StaffSignInForm.base_fields["email"]


class PasswordForm(Form):
    password = forms.CharField(
        label=_("Neues Passwort"),
        help_text=_("Mindestens 12 Zeichen. Gut ist ein ganzer Satz, den nur Sie kennen."),
        max_length=200,
        strip=False,
        error_messages={"required": _("Geben Sie ein Passwort ein.")},
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Neues Passwort noch einmal"),
        max_length=200,
        strip=False,
        error_messages={"required": _("Geben Sie das Passwort noch einmal ein.")},
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        try:
            password_validation.validate_password(password, self.user)
        except forms.ValidationError as problem:
            codes = {error.code for error in problem.error_list}
            raise forms.ValidationError([text for code, text in WEAKNESSES.items() if code in codes]) from None
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"password", "again"} <= cleaned.keys() and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("Die beiden Passwörter sind verschieden. Bitte noch einmal."))
        return cleaned
