"""PDFs: of an application, of a draft, and of what a form puts together for people to take along."""

from collections.abc import Collection, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.trust import TrustLevel
from catalogue.fees import Fee
from catalogue.forms.current import form_definition
from catalogue.forms.definition import Document
from catalogue.forms.texts import Reader
from submissions.drafts import OpenDraft
from submissions.journey import Journey
from submissions.models import Decision, Delivery, Submission
from submissions.presentation import AnswerGroup, answer_groups, answers_of, typed_in_words
from submissions.states import Outcome
from templates.components import euro_span, german_date, german_datetime, price
from townhall.letters import Letter, letters_pdf
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
        (_("Abgeschickt von"), submission.citizen.name if submission.citizen else submission.applicant),
        (_("Angemeldet mit"), str(LEVELS[TrustLevel(submission.trust_level)])),
    ]
    return render_pdf(
        "application",
        number=submission.number,
        title=submission.service_title,
        facts=facts,
        groups=[_plain(group) for group in groups],
        fee_title=_("Gebühr") if submission.is_paid_first else _("Gebühr, nach der Prüfung zu zahlen"),
        lines=fee_lines(submission.fee),
        total=euro_span(submission.fee.span),
        closing=_("Dieser Antrag wurde online abgeschickt. Er ist ohne Unterschrift gültig."),
    )


def draft_pdf(draft: OpenDraft) -> bytes:
    """What was filled in so far, with what is half typed; it is not an application."""
    journey = draft.journey()
    uploads = draft.row.uploads.all() if draft.row else ()
    groups = [_plain(group) for group in answer_groups(journey, uploads=uploads)]
    groups += [
        {
            "title": _("%(page)s, noch nicht fertig") % {"page": journey.reader(place).fill(place.page.short)},
            "answers": typed_in_words(journey, place, raw),
        }
        for place in journey.places()
        if (raw := draft.content.typed.get(place.key))
    ]
    return render_pdf(
        "application",
        number="",
        title=draft.definition.title,
        facts=[(_("Gespeichert"), german_datetime(draft.row.edited_at))] if draft.row else [],
        groups=groups,
        fee_title="",
        lines=[],
        total="",
        closing=_(
            "Das ist ein Entwurf. Er wurde nicht abgeschickt. Bringen Sie ihn mit ins Rathaus, dann geht es schneller."
        ),
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


def fee_lines(fee: Fee) -> list[dict[str, str]]:
    """The lines of a fee for a document."""
    return [
        {"label": line.label, "quantity": f"{line.quantity.normalize():f}", "amount": price(line)} for line in fee.lines
    ]


# --- Decisions -------------------------------------------------------------------------------------------


def decisions_pdf(deliveries: Sequence[Delivery], *, hides_addresses: bool = False) -> bytes:
    """The letters in which the town has decided, one after the other. The first one names the document."""
    first = deliveries[0].decision.submission
    title = f"{first.service_title} {first.number}" if len(deliveries) == 1 else _("Briefe zum Versenden")
    return letters_pdf(title, [_letter(one, hides_address=hides_addresses) for one in deliveries])


def title_of(decision: Decision) -> str:
    """What the letter is: a decision with legal effect, or something that the town tells."""
    if decision.is_formal:
        return _("Bescheid")
    return _("Bestätigung") if decision.outcome == Outcome.RECORDED else _("Mitteilung")


def _letter(delivery: Delivery, *, hides_address: bool) -> Letter:
    decision, around = delivery.decision, delivery.letter
    submission = decision.submission
    recipient = recipient_of(submission)
    return Letter(
        recipient=recipient[:1] if hides_address else recipient,
        date=german_date(timezone.localdate(decision.decided_at)),
        facts=[fact for fact in _facts(submission, around) if fact[1]],
        title=f"{title_of(decision)}: {submission.service_title}",
        text=decision.text,
        sections=[section for section in _sections(decision, around) if section[1]],
        closing=around["closing"],
        signed=[person.name for person in (decision.decided_by, decision.signed_by) if person],
        note=around["note"],
    )


def _facts(submission: Submission, around: dict[str, str]) -> list[tuple[str, str]]:
    contact = ", ".join(part for part in (around["phone"], around["email"]) if part)
    received = german_date(timezone.localdate(submission.received_at)) if submission.received_at else ""
    return [
        (_("Unser Zeichen"), submission.number),
        (_("Ihr Antrag vom"), received),
        (_("Zuständig"), around["office"]),
        (_("Fragen beantworten wir unter"), contact),
    ]


def _sections(decision: Decision, around: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (_("Auflagen"), decision.obligations),
        (_("Begründung"), decision.reasons),
        (_("Zuständig ist"), decision.authority),
        (_("Rechtsbehelfsbelehrung"), around["remedies"] if decision.is_formal else ""),
    ]


def recipient_of(submission: Submission) -> list[str]:
    """Name and address of the person as lines of a letter, as far as the form asked for them."""
    answers = submission.answers
    lines = [
        submission.applicant,
        f"{answers.get('strasse', '')} {answers.get('hausnummer', '')}".strip(),
        f"{answers.get('plz', '')} {answers.get('ort', '')}".strip(),
    ]
    return [line for line in lines if line]
