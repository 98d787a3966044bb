"""PDFs: of an application, and of what a form puts together for people to take along."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.trust import TrustLevel
from catalogue.forms.current import form_definition
from catalogue.forms.definition import Document
from catalogue.forms.texts import Reader
from submissions.journey import Journey
from submissions.models import Submission
from submissions.presentation import AnswerGroup, answer_groups, answers_of
from templates.components import euro_span, german_datetime, price
from townhall.pdf import render_pdf

LEVELS = {
    TrustLevel.NONE: gettext_lazy("ohne Anmeldung"),
    TrustLevel.BASIC: gettext_lazy("Benutzername und Passwort"),
    TrustLevel.SUBSTANTIAL: gettext_lazy("geprüftes Konto"),
    TrustLevel.HIGH: gettext_lazy("Online-Ausweis"),
}


def application_pdf(submission: Submission, *, hidden: Collection[str] = ()) -> bytes:
    """All answers as they were handed in, with number, time and fee; without those of the fields in `hidden`."""
    definition = form_definition(submission.service_key, submission.form_version)
    groups = answers_of(submission, definition, source=_("geprüft"), hidden=hidden)
    facts = [
        (_("Abgeschickt"), german_datetime(submission.frozen_at)),
        (_("Abgeschickt von"), submission.citizen.name),
        (_("Angemeldet mit"), str(LEVELS[TrustLevel(submission.trust_level)])),
    ]
    return render_pdf(
        "application",
        number=submission.number,
        title=submission.service_title,
        facts=facts,
        groups=[_plain(group) for group in groups],
        fee_title=_("Gebühr") if submission.is_paid_first else _("Gebühr, nach der Prüfung zu zahlen"),
        lines=fee_lines(submission),
        total=euro_span(submission.fee.span),
        closing=_("Dieser Antrag wurde online abgeschickt. Er ist ohne Unterschrift gültig."),
    )


def statement_pdf(journey: Journey, document: Document) -> bytes:
    """What somebody has answered so far, as a document of her own. Nothing of it is kept."""
    fill = Reader(journey.answers, journey.context).fill
    wanted = [
        group
        for group in answer_groups(journey)
        if not document.pages or (group.place.group or group.place.page).key in document.pages
    ]
    return render_pdf(
        "statement",
        title=fill(document.title),
        text=fill(document.text).splitlines(),
        groups=[_plain(group) for group in wanted],
        closing=fill(document.closing).splitlines(),
    )


def _plain(group: AnswerGroup) -> dict[str, Any]:
    return {
        "title": group.title,
        "answers": [
            (answer.label, answer.value + (f" ({answer.source})" if answer.source else "")) for answer in group.answers
        ],
    }


def fee_lines(submission: Submission) -> list[dict[str, str]]:
    """The lines of the fee for a document."""
    return [
        {"label": line.label, "quantity": f"{line.quantity.normalize():f}", "amount": price(line)}
        for line in submission.fee.lines
    ]
