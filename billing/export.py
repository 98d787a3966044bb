"""Payments as tables for the cash office's own programs."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.models import LedgerEntry, Payment, StatementPost
from billing.states import PaymentState
from townhall.tables import german_table, moment_in_table


def payments_table(payments: Iterable[Payment]) -> str:
    """All payments, a row each."""
    return german_table(_headings(), (_cells(payment) for payment in payments))


def ledger_table(entries: Iterable[LedgerEntry]) -> str:
    """What happened to payments, a row each."""
    headings = [_("Zeit"), _("Kassenzeichen"), _("Betrag in Euro"), _("Vorher"), _("Nachher"), _("Quelle"), _("Grund")]
    return german_table(headings, (_entry_cells(entry) for entry in entries))


def _entry_cells(entry: LedgerEntry) -> list[str]:
    return [
        moment_in_table(entry.at),
        entry.payment.reference,
        _amount(entry.payment.amount),
        str(PaymentState(entry.old_state).label) if entry.old_state else "",
        str(PaymentState(entry.new_state).label),
        entry.source_label,
        entry.reason,
    ]


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
        payment.number,
        payment.title,
        payment.payer,
        _amount(payment.amount),
        str(PaymentState(payment.state).label),
        payment.method_label,
        moment_in_table(payment.created_at),
        moment_in_table(payment.paid_at),
    ]


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def posts_table(posts: Iterable[StatementPost]) -> str:
    """What stands on daily statements, a row each. Without names: the payment's reference leads to the person."""
    headings = [
        _("Tagesabschluss"),
        _("Tag"),
        _("Zeit"),
        _("Art"),
        _("Kassenzeichen"),
        _("Leistung"),
        _("Gebühr"),
        _("Zahlweg"),
        _("Buchungsstelle"),
        _("Betrag in Euro"),
    ]
    return german_table(headings, (_post_cells(post) for post in posts))


def _post_cells(post: StatementPost) -> list[str]:
    return [
        post.statement.name,
        post.statement.day.strftime("%d.%m.%Y"),
        moment_in_table(post.at),
        post.get_kind_display(),
        post.reference,
        post.service,
        post.label,
        post.method_label,
        post.budget_line,
        _amount(post.amount),
    ]
