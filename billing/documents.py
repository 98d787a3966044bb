"""The PDF that proves a payment."""

from django.utils.translation import gettext as _

from billing.models import Payment
from submissions.documents import fee_lines
from templates.components import euro, german_date, german_datetime
from townhall.pdf import render_pdf


def receipt_pdf(payment: Payment) -> bytes:
    """What was paid, when, how and for what."""
    submission = payment.submission
    assert payment.paid_at is not None
    answers = submission.answers
    recipient = [
        submission.applicant,
        f"{answers.get('strasse', '')} {answers.get('hausnummer', '')}".strip(),
        f"{answers.get('plz', '')} {answers.get('ort', '')}".strip(),
    ]
    facts = [
        (_("Kassenzeichen"), payment.reference),
        (_("Vorgang"), submission.number),
        (_("Leistung"), submission.service_title),
    ]
    paid = _("Bezahlt am %(when)s mit %(how)s. Gebühren der Stadt enthalten keine Umsatzsteuer.") % {
        "when": german_datetime(payment.paid_at),
        "how": payment.method_label or _("Online-Zahlung"),
    }
    return render_pdf(
        "receipt",
        reference=payment.reference,
        date=german_date(payment.paid_at.date()),
        recipient=[line for line in recipient if line],
        facts=facts,
        lines=fee_lines(submission),
        total=euro(payment.amount),
        paid=paid,
    )
