"""Payments as a table for the cash office's own programs."""

import csv
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from io import StringIO

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Payment
from billing.states import PaymentState

BYTE_ORDER_MARK = "\ufeff"  # without it a German Excel takes UTF-8 for something else
# A cell that begins so is a formula to Excel (OWASP: CSV injection). Names come from citizens.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def payments_table(payments: Iterable[Payment]) -> str:
    """A table as a German Excel opens it with a double click: semicolons, decimal commas, days before months."""
    table = StringIO()
    table.write(BYTE_ORDER_MARK)
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    writer.writerow(_headings())
    for payment in payments:
        writer.writerow([_harmless(cell) for cell in _cells(payment)])
    return table.getvalue()


def _headings() -> list[str]:
    return [
        _("Kassenzeichen"),
        _("Vorgang"),
        _("Leistung"),
        _("Name"),
        _("Betrag in Euro"),
        _("Stand"),
        _("Zahlweg"),
        _("Begonnen"),
        _("Bezahlt"),
    ]


def _cells(payment: Payment) -> list[str]:
    return [
        payment.reference,
        payment.submission.number,
        payment.submission.service_title,
        payment.submission.applicant,
        _amount(payment.amount),
        str(PaymentState(payment.state).label),
        payment.method_label,
        _moment(payment.created_at),
        _moment(payment.paid_at),
    ]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%d.%m.%Y %H:%M") if moment else ""
