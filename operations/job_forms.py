from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from operations.failed_jobs import LONGEST_REASON, OPERATOR, Jobs, failed_jobs, name_of
from templates.fields import Form, SelectField
from tenants.models import Town


class FailedJobFilter(Form):
    """Which jobs the list shows. The choices are those of the jobs there are."""

    marks_optional = False

    town = SelectField(label=_("Stadt"), choices=[], required=False)
    task = SelectField(label=_("Auftrag"), choices=[], required=False)

    def __init__(self, *args: Any, jobs: Jobs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = set(jobs.order_by().values_list("town", "task_name"))
        schemas = {schema for schema, _task in found if schema}
        names = {schema: schema for schema in schemas}  # a town that is gone has no other
        names |= dict(Town.objects.filter(schema_name__in=schemas).values_list("schema_name", "name"))
        towns = sorted(names.items(), key=lambda item: item[1])
        if any(schema is None for schema, _task in found):
            towns.append((OPERATOR, _("Betrieb")))
        tasks = sorted(((task, name_of(task)) for task in {task for _town, task in found}), key=lambda item: item[1])
        cast("SelectField", self.fields["town"]).choices = [("", _("Alle")), *towns]
        cast("SelectField", self.fields["task"]).choices = [("", _("Alle")), *tasks]


class Choice(forms.Form):
    """Which jobs a button is about, from the query of its address: one, or all that matched when the page was made."""

    job = forms.IntegerField(required=False, min_value=1)
    town = forms.CharField(required=False)
    task = forms.CharField(required=False)
    until = forms.DateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and data["job"] is None and data["until"] is None:
            raise forms.ValidationError("neither one nor all")
        return data

    @property
    def jobs(self) -> Jobs:
        """Those of them that have not been decided on meanwhile."""
        return failed_jobs(**self.cleaned_data)


class DiscardForm(Form):
    """Why jobs are given up."""

    reason = forms.CharField(
        label=_("Grund"),
        help_text=_("Steht im Verlauf. Bürgerinnen und Bürger sehen ihn nicht."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
    )
