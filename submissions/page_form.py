"""One page of a form definition as an ordinary Django form."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from catalogue.forms.context import Context
from catalogue.forms.days import Day
from catalogue.forms.fields import Attribute, Field, Kind, Reference
from catalogue.forms.texts import Reader
from catalogue.forms.words import bank_of
from submissions.appointments.fields import Finder, SlotField
from submissions.builders import Maker, as_initial, as_json
from submissions.found.queries import known_number
from submissions.journey import Journey, Place
from submissions.uploads import limits
from submissions.uploads.intake import ACCEPT, AcceptedFile, FileRefused, accept
from templates.fields import DateField, Form, Information, UploadField
from templates.widgets import AtOnce, DateParts, KeptFile


@dataclass(frozen=True)
class Applicant:
    """What is known of the person who fills in: the account's attributes, and whether they are verified."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    is_signed_in: bool = False
    is_verified: bool = False  # the provider vouches for who she is and where she lives; that cannot be edited

    def knows(self, one: Field) -> str | None:
        """What the account answers to a question, if it does."""
        return self.attributes.get(one.prefill) if one.prefill else None

    def vouched(self, one: Field) -> str | None:
        """The same if the provider vouches for it. How to reach somebody she says herself."""
        return self.knows(one) if self.is_verified and one.prefill not in _CONTACT else None

    def source_of(self, one: Field) -> str:
        """Where an answer comes from that the account knows, in words."""
        return _("aus Ihrem Konto, geprüft") if self.vouched(one) else _("aus Ihrem Konto")


NOBODY = Applicant()
_KNOWN = {Reference.FOUND_ITEM: known_number}  # the number as it is written, or None
_CONTACT = frozenset({Attribute.EMAIL, Attribute.PHONE})


class PageForm(Form):
    """A page of a form. `place` and `journey` say which.

    `kept` are the files uploaded before, by field; `news` are fields that a newer version of the form has brought.
    `takes_files` says whether there is room for this person's files, `at_once` how a script sends them; `linked` came
    along with the address of the page. `finder` says who looks for an appointment.
    """

    def __init__(
        self,
        place: Place,
        journey: Journey,
        *,
        applicant: Applicant = NOBODY,
        kept: Mapping[str, list[KeptFile]] | None = None,
        news: Container[str] = (),
        takes_files: bool = True,
        at_once: Callable[[Field], AtOnce] | None = None,
        linked: Mapping[str, str] = MappingProxyType({}),
        finder: Finder | None = None,
        data: QueryDict | None = None,
        files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
    ) -> None:
        self.place = place
        self.journey = journey
        self.context = journey.context
        self.scope = journey.scope(place)
        self.applicant = applicant
        self.takes_files = takes_files
        self.at_once = at_once
        self.finder = finder or Finder(timezone.now())
        self.asked = self._asked_here()
        self.accepted: dict[str, list[AcceptedFile]] = {}
        self.maker = Maker(self.scope, self.context)
        initial = self._initial(kept or {}) | self._linked(linked)
        self.base_fields = {one.id: self._build(one) for one in self.asked}  # type: ignore[misc]  # this page's own
        self.conditions = {
            one.id: (one.condition.field, frozenset(map(_as_sent, one.condition.operand)))
            for one in self.asked
            if one.condition and one.condition.operation == "in" and one.condition.field in self.base_fields
        }
        super().__init__(data=data, files=files, initial=initial)
        self._mark(news)

    @property
    def needs_sign_in(self) -> bool:
        """Whether there are files to add, which at the moment only an account can keep."""
        return not self.takes_files and any(one.kind == Kind.FILE for one in self.asked)

    @property
    def values(self) -> dict[str, Any]:
        """The clean answers as JSON, None where an answer is not called for. Files are not among them."""
        return {
            one.id: as_json(self.cleaned_data.get(one.id))
            for one in self.asked
            if one.asks and one.kind != Kind.FILE and one.id in self.cleaned_data
        }

    @property
    def answers(self) -> dict[str, Any]:
        """All answers that are known here: those of this page, as far as they are right, and those before it.

        What was answered here earlier does not count any more once something else was sent.
        """
        if not self.is_bound or not hasattr(self, "cleaned_data"):
            return dict(self.scope)
        asked = {one.id for one in self.asked}
        return {name: value for name, value in self.scope.items() if name not in asked} | self.values

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        self._accept_files()
        self._forget_what_is_not_called_for()
        self._ask_for_missing_files()
        self._check_days()
        self._check_references()
        self._check()
        return self.cleaned_data

    # --- Building -----------------------------------------------------------------------------------------

    def _asked_here(self) -> list[Field]:
        """The fields of the page, without those that the town's switches or earlier answers rule out."""
        own = {one.id for one in self.place.page.fields}
        return [
            one
            for one in _switched(self.place.page.fields, self.context)
            if one.condition is None
            or own & set(one.condition.named_fields())
            or one.condition.holds(self.scope, self.context)
        ]

    def _build(self, one: Field) -> forms.Field:
        own = _OF_THE_PAGE.get(one.kind)
        built = own(one, self) if own else self.maker.make(one)
        if self._is_locked(one):
            built.disabled = True
            built.validators = []  # whoever vouches for it need not follow our patterns
        return built

    def _mark(self, news: Container[str]) -> None:
        """Say at a field that its answer comes from the account, and that a new version of the form has brought it."""
        for one in self.asked:
            built, known = self.fields[one.id], self.applicant.knows(one)
            shown = self[one.id].value() if known else None
            is_known = bool(known) and shown in (known, DateParts.of(known))
            built.from_account = self.applicant.source_of(one) if is_known else ""  # type: ignore[attr-defined]
            built.is_new = one.id in news  # type: ignore[attr-defined]

    def _initial(self, kept: Mapping[str, list[KeptFile]]) -> dict[str, Any]:
        initial: dict[str, Any] = {}
        for one in self.asked:
            known = self.applicant.knows(one)
            if one.kind == Kind.FILE:
                initial[one.id] = kept.get(one.id, [])
            elif known and (self._is_locked(one) or one.id not in self.scope):
                initial[one.id] = known
            elif one.id in self.scope:
                initial[one.id] = as_initial(one, self.scope[one.id])
            else:
                initial[one.id] = self._preselected(one) or as_initial(one, one.default)
        return initial

    def _linked(self, linked: Mapping[str, str]) -> dict[str, str]:
        """Numbers that the address of the page names: whoever follows such a link means that one now."""
        return {one.id: linked[one.id][:100] for one in self.asked if one.refers_to and linked.get(one.id)}

    def _is_locked(self, one: Field) -> bool:
        return bool(self.applicant.vouched(one))

    def _preselected(self, one: Field) -> str:
        """What the answers so far make likely."""
        for preselection in one.preselect:
            if preselection.condition and not preselection.condition.holds(self.scope, self.context):
                continue
            if preselection.value:
                return preselection.value
            text = str(self.scope.get(preselection.words_with) or "")
            known = [entry.value for entry in self.context.choices[one.id] if entry.knows(text)]
            if len(known) == 1:  # of two that know it none is likelier
                return known[0]
        return ""

    # --- Checking -----------------------------------------------------------------------------------------

    def _accept_files(self) -> None:
        for one in self.asked:
            if one.kind != Kind.FILE:
                continue
            for file in self.cleaned_data.get(one.id) or []:
                try:
                    taken = accept(file.read(), file.name or "", keeps_location=one.keeps_location)
                except FileRefused as refusal:
                    self.add_error(one.id, str(refusal))
                else:
                    self.accepted.setdefault(one.id, []).append(taken)
            for kept in self.initial[one.id]:
                if kept.problem:
                    self.add_error(one.id, kept.problem)

    def _forget_what_is_not_called_for(self) -> None:
        """Field by field: an answer that does not count any more calls for none of those that depend on it."""
        answers = self.answers
        for one in self.asked:
            if one.condition and not one.condition.holds(answers, self.context):
                self.errors.pop(one.id, None)
                self.cleaned_data[one.id] = answers[one.id] = None

    def _ask_for_missing_files(self) -> None:
        for one in self.asked:
            if one.kind != Kind.FILE or not one.required or not self._is_called_for(one):
                continue
            is_there = any(kept.counts for kept in self.initial[one.id])
            if self.accepted.get(one.id) or is_there or self.cleaned_data.get(f"{one.id}_later"):
                continue
            if one.id in self.errors:
                continue
            may_be_later = f"{one.id}_later" in self.fields
            if self.takes_files:
                self.add_error(one.id, self._missing(one))
            else:
                self.add_error(
                    f"{one.id}_later" if may_be_later else None,
                    _("Melden Sie sich an, um die Datei hinzuzufügen, oder kreuzen Sie an, dass Sie sie nachreichen.")
                    if may_be_later
                    else _("Melden Sie sich an, um die Datei hinzuzufügen."),
                )

    def _missing(self, one: Field) -> str:
        """What stands at a file that is not there: whether it may come later is the town's say."""
        told = self.maker.fill(one.error) or _("Bitte fügen Sie die Datei hinzu.")
        box = self.fields.get(f"{one.id}_later")
        if box:
            return _("%(told)s Oder kreuzen Sie an: „%(box)s“") % {"told": told, "box": box.label}
        if self.is_late_no_more(one):
            return _("Unterlagen können Sie hier nicht mehr nachreichen. %(told)s") % {"told": told}
        return told

    def is_late_no_more(self, one: Field) -> bool:
        """Whether somebody has said that a file comes later, where that is not possible any more."""
        return f"{one.id}_later" not in self.fields and bool(self.scope.get(f"{one.id}_later"))

    def _check_days(self) -> None:
        """Limits of dates may depend on other answers of the page, so they are looked at when all are there."""
        for one in self.asked:
            field, value = self.fields[one.id], self.cleaned_data.get(one.id)
            if one.id in self.errors or value is None or not isinstance(field, DateField):
                continue
            earliest, latest = self._day(one.earliest), self._day(one.latest)
            field.earliest, field.latest = earliest or field.earliest, latest or field.latest
            try:
                field.validate(value)
            except ValidationError as problem:
                self.add_error(one.id, problem)

    def _check_references(self) -> None:
        for one in self.asked:
            typed = self.cleaned_data.get(one.id)
            if not one.refers_to or not typed or not self._is_called_for(one):
                continue
            known = _KNOWN[one.refers_to](typed)
            if known is None:
                told = _(
                    "Diese Nummer steht nicht oder nicht mehr in der Liste. "
                    "Bitte prüfen Sie sie, oder lassen Sie das Feld leer."
                )
                self.add_error(one.id, told)
            else:
                self.cleaned_data[one.id] = known

    def _day(self, limit: object) -> date | None:
        return limit.of(self.answers, self.context) if isinstance(limit, Day) else None

    def _check(self) -> None:
        answers = self.answers
        for check in self.place.page.checks:
            is_answered = not any(name in self.errors for name in check.condition.named_fields())
            field = next((one for one in self.asked if one.id == check.field and self._is_called_for(one)), None)
            if field and is_answered and check.condition.holds(answers, self.context):
                self.add_error(check.field, Reader(answers, self.context).fill(check.error))

    def _is_called_for(self, one: Field) -> bool:
        return one.condition is None or one.condition.holds(self.answers, self.context)

    # --- Telling ------------------------------------------------------------------------------------------

    @cached_property
    def called_for(self) -> dict[str, bool]:
        """Which fields the answers so far call for: the others are hidden where a script can show them again."""
        answers = self.answers_shown
        return {one.id: one.condition is None or one.condition.holds(answers, self.context) for one in self.asked}

    @cached_property
    def told(self) -> dict[str, str]:
        """What the page says to the answers so far, by field."""
        answers = self.answers_shown
        reader = Reader(answers, self.context)
        told = {one.id: reader.fill(one.text, one.computed) for one in self.asked if one.kind == Kind.INFO}
        ibans = [one.id for one in self.asked if one.kind == Kind.IBAN]
        return told | {name: _bank(answers.get(name)) for name in ibans}

    @cached_property
    def answers_shown(self) -> dict[str, Any]:
        """The answers that the page shows: those that were typed, otherwise those that it begins with."""
        if self.is_bound:
            self.is_valid()  # only now is it known what was typed
            return self.answers
        begun = {one.id: as_json(self.initial[one.id]) for one in self.asked if one.kind not in (Kind.FILE, Kind.INFO)}
        return {**self.scope, **begun}

    @property
    def is_live(self) -> bool:
        """Whether an answer on this page changes what the page asks or tells, beyond what a script can see itself."""
        own = {one.id for one in self.asked if one.asks}
        simple = self.conditions.keys()
        return any(
            one.kind == Kind.IBAN
            or own & set(one.expression_fields())
            or (one.id not in simple and one.condition and own & set(one.condition.named_fields()))
            for one in self.asked
        )


def _switched(fields: Iterable[Field], context: Context) -> Iterator[Field]:
    """The fields that the town's switches leave, each with what the answers have still to say of it."""
    for one in fields:
        condition = one.condition.left_open(context.settings) if one.condition else True
        if condition is not False:
            yield replace(one, condition=None if condition is True else condition)


def _as_sent(value: Any) -> str:
    """A value as a browser sends it."""
    return "on" if value is True else str(value)


def _bank(iban: Any) -> str:
    bank = bank_of(iban) if iban else ""
    return _("Ihre Bank: %(bank)s") % {"bank": bank} if bank else ""


def _file(one: Field, form: PageForm) -> forms.Field:
    if not form.takes_files:
        sentence = _(
            "%(file)s: Dateien können Sie zurzeit nur hinzufügen, wenn Sie angemeldet sind. "
            "Ihre Angaben bleiben erhalten."
        )
        return Information(sentence % {"file": form.maker.fill(one.label)})
    options = form.maker.options(one) | {"required": False}  # asked for in `clean`, when nothing is kept either
    field = UploadField(largest=limits.LARGEST, most=one.most or limits.MOST, accept=ACCEPT, **options)
    field.widget.at_once = form.at_once(one) if form.at_once else None
    field.is_asked_for = one.required
    field.why, field.legal_basis = form.maker.fill(one.why), one.legal_basis  # type: ignore[attr-defined]
    return field


def _slot(one: Field, form: PageForm) -> forms.Field:
    options = form.maker.options(one)
    field = SlotField(one=one, answers=form.scope, context=form.context, finder=form.finder, **options)
    field.why, field.legal_basis = form.maker.fill(one.why), one.legal_basis  # type: ignore[attr-defined]
    return field


# Kinds that need to know more than the answers.
_OF_THE_PAGE: dict[Kind, Callable[[Field, PageForm], forms.Field]] = {Kind.FILE: _file, Kind.SLOT: _slot}
