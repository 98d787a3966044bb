from django import forms
from django.utils.translation import gettext_lazy as _

from submissions.models import Submission
from submissions.states import State
from templates.fields import Form

AUTO_ID = "zufrieden_%s"  # it may stand beside another form
GRADES = [
    (5, _("sehr zufrieden")),
    (4, _("zufrieden")),
    (3, _("teils, teils")),
    (2, _("unzufrieden")),
    (1, _("sehr unzufrieden")),
]


class SatisfactionForm(Form):
    """How it went: a grade, and a sentence if somebody likes to write one."""

    grade = forms.TypedChoiceField(
        label=_("Wie zufrieden sind Sie mit diesem Online-Antrag?"),
        choices=GRADES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Bitte wählen Sie aus, wie zufrieden Sie sind.")},
    )
    remark = forms.CharField(
        label=_("Was war gut, was können wir besser machen?"),
        help_text=_("Ein Satz genügt. Bitte schreiben Sie keine Namen, Adressen oder anderen persönlichen Angaben."),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


def question_after_handing_in(submission: Submission) -> SatisfactionForm | None:
    """The form, unless the person has said it."""
    return None if submission.is_rated else SatisfactionForm(auto_id=AUTO_ID)


def question_at_the_end(submission: Submission) -> SatisfactionForm | None:
    """The form, once the case has been decided."""
    return (
        question_after_handing_in(submission)
        if submission.state in (State.DECIDED, State.DELIVERED, State.CLOSED)
        else None
    )
