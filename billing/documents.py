"""PDFs about money: the receipt, and the request to pay with its QR code."""

import segno
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.bank.girocode import girocode_svg
from billing.bank.models import Transfer
from billing.bank.references import grouped
from billing.closed import Period, Totals
from billing.models import Payment, PaymentRequest
from billing.presentation import basis_of, refunds_in_words
from billing.states import PaymentState
from submissions.documents import fee_lines, recipient_of
from templates.components import euro, german_date, german_datetime
from tenants.context import current_town
from townhall.pdf import render_pdf


def receipt_pdf(payment: Payment) -> bytes:
    """What was paid, when, how and for what, and what of it was given back."""
    assert payment.paid_at is not None
    facts = [(_("Kassenzeichen"), grouped(payment.reference) if payment.is_transfer else payment.reference)]
    if payment.is_transfer:
        facts.append((_("Konto der Stadt"), grouped(payment.account)))
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
        transfer=_transfer_of(request.payments.filter(state=PaymentState.STARTED).first()),
    )


def transfer_pdf(transfer: Transfer) -> bytes:
    """Where to transfer what: amount, account, reference and the code for a banking app."""
    payment = transfer.payment
    facts = [(_("Vorgang"), payment.number), (_("Leistung"), payment.title)]
    if basis := basis_of(payment.request or payment.submission):
        facts.append((_("Grundlage"), basis))
    return render_pdf(
        "payment_request",
        number=payment.number,
        title=_("Bitte überweisen Sie"),
        date=german_date(timezone.localdate(payment.created_at)),
        recipient=recipient_of(payment.submission) if payment.submission else [],
        facts=facts,
        lines=fee_lines(payment.fee),
        total=euro(payment.amount),
        how="",
        url="",
        transfer=_transfer_of(payment),
    )


def _transfer_of(payment: Payment | None) -> dict[str, object] | None:
    """What a document says about a transfer that is to come; None if there is none."""
    if payment is None or not payment.is_transfer:
        return None
    transfer: Transfer = payment.transfer
    facts = [
        (_("Betrag"), euro(payment.amount)),
        (_("Empfänger"), transfer.holder),
        (_("IBAN"), transfer.grouped_iban),
        *([(_("BIC"), transfer.bic)] if transfer.bic else []),
        (_("Verwendungszweck (Kassenzeichen)"), transfer.grouped_reference),
        (_("Bitte überweisen bis"), german_date(transfer.due_on)),
    ]
    return {
        "title": _("So überweisen Sie"),
        "facts": facts,
        "code": girocode_svg(transfer).decode(),
        "code_text": transfer.code_in_words,
        "hint": _(
            "Scannen Sie den Code mit Ihrer Banking-App, oder tippen Sie die Angaben ab. "
            "Geben Sie als Verwendungszweck bitte nur das Kassenzeichen an. Leerzeichen sind egal."
        ),
    }


def pay_url(request: PaymentRequest) -> str:
    """Where a request can be paid, for people and QR codes."""
    return f"{current_town().url}{reverse('billing:request', args=[request.pk])}"


def qr_svg(request: PaymentRequest) -> bytes:
    """The QR code with that address."""
    picture: bytes = segno.make(pay_url(request), error="m").svg_inline(scale=4, border=2).encode()
    return picture.replace(b"<svg ", b'<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def statement_pdf(period: Period) -> bytes:
    """A daily statement with all its posts; or the sums of a month or a year."""
    first, last = period.statements[0], period.statements[-1]
    if period.day:
        title = _("Tagesabschluss Nr. %(name)s") % {"name": first.name}
        made = _("Abgeschlossen am %(when)s. Dieser Abschluss kann nicht mehr geändert werden.") % {
            "when": german_datetime(first.made_at)
        }
    else:
        title = _("Summen der Tagesabschlüsse Nr. %(first)s bis %(last)s") % {"first": first.name, "last": last.name}
        made = _("Enthält die Tagesabschlüsse vom %(first)s bis zum %(last)s.") % {
            "first": german_date(first.day),
            "last": german_date(last.day),
        }
    return render_pdf(
        "daily_statement",
        title=title,
        date=period.title,
        facts=[
            (_("Anfangsbestand beim Zahlungsanbieter"), euro(period.opening)),
            (_("Veränderung"), euro(period.change)),
            (_("Endbestand beim Zahlungsanbieter"), euro(period.closing)),
        ],
        totals=[_totals_of(totals) for totals in (period.by_kind, *period.of_fees) if totals.each],
        headings=[_("Anzahl"), _("Eingang"), _("Rückfluss"), _("Summe")],
        total=_("Gesamt"),
        posts=_posts_of(period) if period.day else [],
        post_headings=[_("Zeit"), _("Kassenzeichen"), _("Wofür"), _("Zahlweg"), _("Buchungsstelle"), _("Betrag")],
        posts_title=_("Einzelne Buchungen"),
        made=made,
    )


def _totals_of(totals: Totals) -> dict[str, object]:
    return {
        "title": totals.title,
        "heading": totals.heading,
        "rows": [
            [one.name, str(one.count), euro(one.received), euro(one.returned), euro(one.amount)] for one in totals.each
        ],
        "sums": [euro(totals.received), euro(totals.returned), euro(totals.amount)],
    }


def _posts_of(period: Period) -> list[list[str]]:
    return [
        [
            timezone.localtime(post.at).strftime("%d.%m. %H:%M"),
            post.reference,
            ": ".join(part for part in (post.get_kind_display(), post.label) if part),
            post.method_label,
            post.budget_line,
            euro(post.amount),
        ]
        for post in period.posts
    ]
