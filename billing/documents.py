"""PDFs about money: the receipt, and the request to pay with its QR code."""

import segno
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Payment, PaymentRequest
from billing.presentation import basis_of, refunds_in_words
from submissions.documents import fee_lines, recipient_of
from templates.components import euro, german_date, german_datetime
from tenants.context import current_town
from townhall.pdf import render_pdf


def receipt_pdf(payment: Payment) -> bytes:
    """What was paid, when, how and for what, and what of it was given back."""
    assert payment.paid_at is not None
    facts = [(_("Kassenzeichen"), payment.reference)]
    if payment.submission:
        facts += [(_("Vorgang"), payment.number), (_("Leistung"), payment.submission.service_title)]
    if basis := basis_of(payment.request or payment.submission):
        facts.append((_("Grundlage"), basis))
    paid = _("Bezahlt am %(when)s mit %(how)s. Gebühren der Stadt enthalten keine Umsatzsteuer.") % {
        "when": german_datetime(payment.paid_at),
        "how": payment.method_label or _("Online-Zahlung"),
    }
    return render_pdf(
        "receipt",
        reference=payment.reference,
        date=german_date(timezone.localdate(payment.paid_at)),
        recipient=recipient_of(payment.submission) if payment.submission else [],
        facts=facts,
        lines=fee_lines(payment.fee),
        total=euro(payment.amount),
        paid=paid,
        afterwards=refunds_in_words(payment),
    )


def request_pdf(request: PaymentRequest) -> bytes:
    """The letter that asks for a payment. Whoever has it can pay, without signing in."""
    submission = request.submission
    url = pay_url(request)
    facts = [
        (_("Vorgang"), submission.number),
        (_("Leistung"), submission.service_title),
        (_("Zu zahlen bis"), german_date(request.due_on)),
    ]
    if basis := basis_of(request):
        facts.append((_("Grundlage"), basis))
    return render_pdf(
        "payment_request",
        number=submission.number,
        title=request.title,
        date=german_date(timezone.localdate(request.requested_at)),
        recipient=recipient_of(submission),
        facts=facts,
        lines=fee_lines(request.fee),
        total=euro(request.amount),
        how=_("So bezahlen Sie online: Scannen Sie den Code mit dem Telefon, oder öffnen Sie diese Adresse:"),
        url=url,
        code=qr_svg(request).decode(),
        code_text=_("QR-Code zur Bezahlseite"),
    )


def pay_url(request: PaymentRequest) -> str:
    """Where a request can be paid, for people and QR codes."""
    return f"{current_town().url}{reverse('billing:request', args=[request.pk])}"


def qr_svg(request: PaymentRequest) -> bytes:
    """The QR code with that address."""
    picture: bytes = segno.make(pay_url(request), error="m").svg_inline(scale=4, border=2).encode()
    return picture.replace(b"<svg ", b'<svg xmlns="http://www.w3.org/2000/svg" ', 1)
