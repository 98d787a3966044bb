"""What can be done with a case now: each step with its form, as the page of the case shows it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from catalogue.content import Unit
from submissions.casework import queries, rules
from submissions.casework.authorities import other_authorities
from submissions.casework.forms import (
    AssignForm,
    DecisionForm,
    ForwardForm,
    ProtectionForm,
    QuestionForm,
    RemindForm,
    ReopenForm,
    SignatureForm,
)
from submissions.casework.rules import Desk
from submissions.models import Submission
from templates.fields import Form
from townhall.shopfront import shopfront


@dataclass(frozen=True)
class CaseStep:
    """A step that needs something to be filled in. `name` is that of its address."""

    name: str
    title: str
    form: Form
    button: str
    url: str = ""
    is_main: bool = False


def needs_second_signature(submission: Submission) -> bool:
    """Whether a decision counts only once another person has signed it."""
    offer = shopfront().offers.get(submission.service_key)
    return bool(offer and offer.needs_second_signature)


def other_units(submission: Submission) -> list[Unit]:
    """Those of the town hall to which a case could belong instead."""
    units = shopfront().catalogue.units.values()
    return [unit for unit in units if not unit.county and not unit.elsewhere and unit.key != submission.unit]


def steps_of(desk: Desk, submission: Submission, *, today: date) -> list[CaseStep]:
    """In the order in which they are usually taken."""
    steps = _steps_of(desk, submission, today)
    return [replace(step, url=reverse(f"casework:{step.name}", args=[submission.number])) for step in steps]


def _steps_of(desk: Desk, submission: Submission, today: date) -> Iterator[CaseStep]:
    if rules.may_decide(desk, submission):
        blocks = queries.text_blocks(desk.user, submission.unit)
        button = _("Zur Unterschrift geben") if needs_second_signature(submission) else _("Entscheidung mitteilen")
        yield CaseStep(
            "decide",
            _("Entscheiden"),
            DecisionForm(blocks=blocks, authorities=other_authorities()),
            button,
            is_main=True,
        )
    if rules.may_sign(desk, submission, proposed_by=_proposed_by(submission)):
        yield CaseStep("do_not_sign", _("Nicht unterschreiben"), SignatureForm(), _("Zurückgeben"))
    if rules.may_ask_back(desk, submission):
        form = QuestionForm(today=today, blocks=queries.text_blocks(desk.user, submission.unit))
        yield CaseStep("ask_back", _("Rückfrage stellen"), form, _("Rückfrage senden"), is_main=True)
    if rules.has_in_hand(desk, submission):
        is_ahead = submission.remind_on is not None and submission.remind_on > today
        kept = {"day": submission.remind_on, "of": submission.remind_of} if is_ahead else {}
        yield CaseStep("remind", _("Wiedervorlage"), RemindForm(today=today, initial=kept), _("Vormerken"))
    if rules.may_reopen(submission):
        yield CaseStep("reopen", _("Wieder aufnehmen"), ReopenForm(), _("Wieder aufnehmen"), is_main=True)
    if rules.may_assign(desk, submission):
        yield CaseStep(
            "assign", _("Zuweisen"), AssignForm(colleagues=queries.colleagues(submission.unit)), _("Zuweisen")
        )
    if rules.may_forward(desk, submission):
        forward_form = ForwardForm(units=other_units(submission))
        yield CaseStep("forward", _("An eine andere Stelle weiterleiten"), forward_form, _("Weiterleiten"))
    if submission.is_open:
        title = _("Auskunftssperre aufheben") if submission.is_protected else _("Auskunftssperre vermerken")
        yield CaseStep("protect", title, ProtectionForm(), title)


def _proposed_by(submission: Submission) -> User | None:
    proposal = getattr(submission, "proposal", None)
    return proposal.proposed_by if proposal else None
