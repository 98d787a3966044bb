"""The bank's account statement comes in: each line is kept once, then booked or shown to a person."""

import hashlib
import logging
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from billing import settling
from billing.bank import jobs
from billing.bank.models import Assignment, BankAccount, PayBack, Statement, StatementEntry
from billing.bank.references import compact, found_in
from billing.bank.statements import Line, ReadStatement, StatementRefused, read_statement
from billing.bank.states import ENTRY_TRANSITIONS, TRANSFER, Doubt, EntryState, PayBackState
from billing.models import Payment, Refund
from billing.providers.contract import CURRENCY, Report, Standing
from billing.states import RefundState
from templates.components import german_date

logger = logging.getLogger(__name__)

BOOKED_AT_ONCE = 500  # lines
FORGOTTEN_AFTER = timedelta(days=90)  # lines that are none of ours


@dataclass(frozen=True)
class Imported:
    """What came of a file."""

    statement: Statement
    is_new: bool  # it had not come in before


def import_statement(*, content: bytes, by: User, now: datetime) -> Imported:
    """Keep what a file of the bank says and book what is plain. The same file again changes nothing.

    Raises StatementRefused.
    """
    if not by.has_role(Role.CASH_OFFICE):
        raise StatementRefused(_("Kontoauszüge nimmt nur die Kasse auf."))
    imported = keep(read_statement(content), hashlib.sha256(content).hexdigest(), by=by, now=now)
    if imported.statement.new_lines <= BOOKED_AT_ONCE:  # somebody waits; more is the job's
        book_new(now=now)
    return imported


@transaction.atomic
def keep(read: ReadStatement, sha256: str, *, by: User, now: datetime) -> Imported:
    """Keep the lines that no file has told before. Files may overlap, also of different layouts.

    Raises StatementRefused if the account is not the town's.
    """
    account = BankAccount.objects.select_for_update().first()  # one import at a time
    if account is None:
        raise StatementRefused(_("Zuerst muss die Verwaltung unter „Bezahlen“ das Konto der Stadt eintragen."))
    if read.iban != account.iban and not Payment.objects.filter(provider=TRANSFER, account=read.iban).exists():
        raise StatementRefused(
            _("Das ist der Auszug eines anderen Kontos (IBAN endet auf %(end)s). Erwartet wird %(ours)s.")
            % {"end": read.iban[-4:], "ours": f"{account.iban[:4]} … {account.iban[-4:]}"}
        )
    earlier = Statement.objects.filter(sha256=sha256).first()
    if earlier:
        return Imported(earlier, is_new=False)
    days = [line.booked_on for line in read.lines]
    statement = Statement.objects.create(
        sha256=sha256,
        iban=read.iban,
        layout=read.layout,
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        closing=read.closing,
        lines=len(read.lines),
        new_lines=0,
        pending_lines=read.pending,
        imported_by=by,
        imported_at=now,
    )
    new = _new_entries(statement, read)
    StatementEntry.objects.bulk_create(new)
    statement.new_lines = len(new)
    statement.save(update_fields=["new_lines"])
    jobs.book_new.queue()  # if this process dies, somebody else goes on
    return Imported(statement, is_new=True)


def fingerprint(iban: str, line: Line) -> str:
    """What every layout tells of a line. Two lines may look the same: then each has its own number."""
    told = (iban, line.booked_on.isoformat(), str(line.amount), line.party_iban, compact(line.purpose))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _new_entries(statement: Statement, read: ReadStatement) -> list[StatementEntry]:
    """The lines that are not known yet. Of lines that look the same as many are new as the file has more of them.

    Where the bank gives each line an id, two lines with different ids are two.
    """
    marks = [fingerprint(read.iban, line) for line in read.lines]
    known: dict[str, list[str]] = {mark: [] for mark in marks}
    kept = StatementEntry.objects.filter(fingerprint__in=known).order_by("occurrence")
    for mark, reference in kept.values_list("fingerprint", "bank_reference"):
        known[mark].append(reference)
    unmatched = {mark: list(references) for mark, references in known.items()}
    numbers = Counter({mark: len(references) for mark, references in known.items()})
    new = []
    for mark, line in zip(marks, read.lines, strict=True):
        if _is_known(unmatched[mark], line.bank_reference):
            continue
        numbers[mark] += 1
        new.append(
            StatementEntry(
                statement=statement,
                fingerprint=mark,
                occurrence=numbers[mark],
                iban=read.iban,
                booked_on=line.booked_on,
                amount=line.amount,
                purpose=line.purpose,
                party=line.party,
                party_iban=line.party_iban,
                bank_reference=line.bank_reference,
                is_return=line.is_return,
                return_reason=line.return_reason,
                raw=line.raw,
            )
        )
    return new


def _is_known(unmatched: list[str], reference: str) -> bool:
    """Whether a line that looks like these is one of them; takes it out."""
    for one in ([reference] if reference else []) + [""]:
        if one in unmatched:
            unmatched.remove(one)
            return True
    if not reference and unmatched:  # a layout without ids
        unmatched.pop(0)
        return True
    return False


# --- Booking -------------------------------------------------------------------------------------------------


def book_new(*, now: datetime) -> int:
    """Look at every line that nobody has looked at, in the order of the account; returns how many were booked."""
    known = set(Payment.objects.filter(provider=TRANSFER).values_list("reference", flat=True))
    waiting = StatementEntry.objects.filter(state=EntryState.NEW).order_by("booked_on", "pk")
    return sum(_book_one(entry, known, now=now) for entry in waiting.values_list("pk", flat=True))


@transaction.atomic
def _book_one(pk: int, known: set[str], *, now: datetime) -> bool:
    entry = StatementEntry.objects.select_for_update().get(pk=pk)
    if entry.state != EntryState.NEW:
        return False
    named = found_in(entry.purpose, known)
    payments = list(Payment.objects.filter(reference__in=named, provider=TRANSFER, account=entry.iban))
    entry.payment = payments[0] if len(payments) == 1 else None
    state, doubt = _judge(entry, payments)
    if state == EntryState.BOOKED:
        assert entry.payment is not None
        state, doubt = _book(entry, entry.payment, now=now)
    move_entry(entry, state, doubt=doubt)
    return state == EntryState.BOOKED


def _judge(entry: StatementEntry, payments: list[Payment]) -> tuple[EntryState, str]:
    """What a line is, as far as it can be said without a lock."""
    if entry.is_return and (payments or _gave_back(entry) or not _is_shared()):
        return EntryState.TO_CLARIFY, Doubt.RETURNED
    if not entry.is_credit:
        is_ours = not payments or _gave_back(entry)
        return (EntryState.ASIDE, "") if is_ours else (EntryState.TO_CLARIFY, Doubt.DEBIT)
    if len(payments) > 1:
        return EntryState.TO_CLARIFY, Doubt.SEVERAL
    if payments:
        return EntryState.BOOKED, ""
    if _is_shared() and not _looks_like_ours(entry):
        return EntryState.ASIDE, ""
    return EntryState.TO_CLARIFY, Doubt.UNKNOWN


def _book(entry: StatementEntry, payment: Payment, *, now: datetime) -> tuple[EntryState, str]:
    """Book a credit with one known reference, if its amount is what is open."""
    current = settling.locked(payment)
    has_part = current.assignments.filter(undone_at=None).exists()
    if current.has_arrived:
        return EntryState.TO_CLARIFY, Doubt.TWICE
    if entry.amount != current.amount or has_part:
        return EntryState.TO_CLARIFY, Doubt.LESS if entry.amount < current.amount else Doubt.MORE
    Assignment.objects.create(entry=entry, payment=current, amount=entry.amount, at=now)
    arrive(current, now=now)
    return EntryState.BOOKED, ""


def arrive(payment: Payment, *, now: datetime, by: User | None = None) -> None:
    """Settle a payment if the lines that belong to it are its whole amount. It is locked."""
    assigned = list(payment.assignments.select_related("entry").filter(undone_at=None))
    if payment.has_arrived or sum((one.amount for one in assigned), Decimal("0.00")) != payment.amount:
        return
    settling.learn(payment=payment, report=report_of(payment, Standing.PAID), source="statement", now=now)
    day = german_date(max(one.entry.booked_on for one in assigned))
    text = _("Gutschrift vom %(day)s auf dem Konto der Stadt") % {"day": day}
    settling.note(Payment.objects.get(pk=payment.pk), source="statement", reason=text, by=by, now=now)


def report_of(payment: Payment, standing: Standing, charge: str = "") -> Report:
    """What the bank's lines say about a payment, as a provider would report it."""
    return Report(
        attempt="",
        account=payment.account,
        reference=payment.reference,
        amount=payment.amount,
        currency=CURRENCY,
        standing=standing,
        charge=charge or payment.charge_id or payment.reference,
        method=TRANSFER,
    )


def forget_strangers(*, now: datetime) -> int:
    """Delete old lines that have nothing to do with the portal; returns how many.

    They tell of people who have paid something else. The town's own books have them; we need them no longer than
    somebody may ask for a transfer without a reference.
    """
    before = timezone.localdate(now) - FORGOTTEN_AFTER
    old = StatementEntry.objects.filter(state=EntryState.ASIDE, booked_on__lt=before, assignments=None, pay_backs=None)
    count, _by_table = StatementEntry.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    return count


def move_entry(entry: StatementEntry, target: EntryState, **changes: object) -> bool:
    """Take one step of a line that is locked. A step that is not in the table changes nothing."""
    if target not in ENTRY_TRANSITIONS[EntryState(entry.state)]:
        return False
    for name, value in {**changes, "state": target}.items():
        setattr(entry, name, value)
    entry.save()
    return True


def _is_shared() -> bool:
    return BankAccount.objects.filter(is_shared=True).exists()


def _looks_like_ours(entry: StatementEntry) -> bool:
    """Whether somebody may have meant us: the prefix stands in the text, with digits after it."""
    prefix = BankAccount.objects.values_list("prefix", flat=True).get(pk=1)
    return re.search(prefix + "[0-9]{3}", compact(entry.purpose)) is not None


def _gave_back(entry: StatementEntry) -> bool:
    """Whether such an amount went back by a refund or a pay-back to this account."""
    amount = abs(entry.amount)
    refunds = Refund.objects.filter(
        payment__provider=TRANSFER, amount=amount, state__in=[RefundState.APPROVED, RefundState.DONE]
    )
    pay_backs = PayBack.objects.filter(amount=amount, state__in=[PayBackState.APPROVED, PayBackState.DONE])
    of_party = {"payment__bank_entries__party_iban": entry.party_iban}
    return bool(entry.party_iban) and (
        refunds.filter(**of_party).exists() or pay_backs.filter(entry__party_iban=entry.party_iban).exists()
    )
