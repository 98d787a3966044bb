"""Every night: does what moved on the town's account at the provider stand in our ledger, to the cent?

First we heal: of a payment that the statement knows and we do not, the provider is asked once more. What only the
provider knows (its fees, payouts) is booked. What then still differs gets a name and stays until it agrees.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from billing import settling
from billing.models import Comparison, Difference, Movement, Payment, PaymentAccount
from billing.providers import provider
from billing.providers.contract import KeepsStatement, Transaction
from billing.states import ARRIVED, DifferenceKind, MovementKind, PaymentState
from templates.components import euro

logger = logging.getLogger(__name__)

LOOKS_BACK = timedelta(days=10)  # further than anything takes to appear on a statement
SETTLED_AFTER = timedelta(days=1)  # what is younger may be missing from the statement
BY_STATEMENT = frozenset({MovementKind.FEE, MovementKind.PAYOUT, MovementKind.PAYOUT_RETURNED})
# What may be of a payment: is asked for once more before it counts as missing.
OF_PAYMENTS = frozenset(set(MovementKind) - BY_STATEMENT - {MovementKind.OTHER})


@dataclass(frozen=True)
class _Key:
    kind: str
    source: str


def compare(*, now: datetime) -> list[Comparison]:
    """Compare each account whose provider keeps a statement. Raises ProviderUnreachable, ProviderRefused."""
    return [
        _compare(account, keeper, now=now)
        for account in PaymentAccount.objects.all()
        if isinstance(keeper := provider(account.provider), KeepsStatement)
    ]


@transaction.atomic
def clear_up(*, difference: Difference, by: User, now: datetime) -> Difference:
    """A person has seen to a difference."""
    current = Difference.objects.select_for_update().get(pk=difference.pk)
    if current.resolved_at is None:
        current.resolved_at, current.resolved_by = now, by
        current.save(update_fields=["resolved_at", "resolved_by"])
    return current


def _compare(account: PaymentAccount, keeper: KeepsStatement, *, now: datetime) -> Comparison:
    since = now - LOOKS_BACK
    lines = list(keeper.statement(account.stripe_account, since=since))
    _heal(account, lines, now=now)
    _book_what_only_they_know(account, lines)
    with transaction.atomic():
        found = _differences(account, lines, since=since, now=now)
        _keep(account, found, now=now)
        made = Comparison.objects.create(
            provider=account.provider,
            account=account.stripe_account,
            at=now,
            since=since,
            transactions=len(lines),
            theirs=sum((line.amount - line.fee for line in lines), Decimal("0.00")),
            ours=_our_sum(account, lines),
            differences=Difference.objects.filter(account=account.stripe_account, resolved_at=None).count(),
        )
    _reconcile(account, keeper, lines, now=now)
    if made.differences:
        logger.error("account %s: %s differences to the provider", account.stripe_account, made.differences)
    return made


def _heal(account: PaymentAccount, lines: list[Transaction], *, now: datetime) -> None:
    """Ask once more after payments of which the statement knows something that we do not."""
    known = _ours(account, lines)
    unknown = [line for line in lines if line.kind in OF_PAYMENTS and _key(line) not in known]
    named = Q(intent_id__in={line.transaction for line in unknown} - {""})
    named |= Q(reference__in={line.reference for line in unknown} - {""})
    for payment in Payment.objects.filter(named, account=account.stripe_account).exclude(session_id=""):
        settling.ask(payment=payment, source="statement", now=now)


def _book_what_only_they_know(account: PaymentAccount, lines: list[Transaction]) -> None:
    payments = dict(Payment.objects.filter(account=account.stripe_account).values_list("charge_id", "pk"))
    payments.pop("", None)
    booked = [
        *(_movement(account, line, line.kind, line.source, line.amount) for line in lines if line.kind in BY_STATEMENT),
        *(
            _movement(account, line, MovementKind.FEE, line.id, -line.fee, payments.get(line.source))
            for line in lines
            if line.fee
        ),
    ]
    Movement.objects.bulk_create(booked, ignore_conflicts=True)


def _movement(
    account: PaymentAccount, line: Transaction, kind: str, source: str, amount: Decimal, payment: object = None
) -> Movement:
    return Movement(
        payment_id=payment,  # type: ignore[misc]  # the key as it was read
        provider=account.provider,
        account=account.stripe_account,
        kind=kind,
        source=source,
        amount=amount,
        at=line.at,
    )


def _differences(
    account: PaymentAccount, lines: list[Transaction], *, since: datetime, now: datetime
) -> list[Difference]:
    ours, theirs = _ours(account, lines, since=since), {_key(line): line for line in lines}
    found = [
        *(
            _missing_here(account, line)
            for key, line in theirs.items()
            if key not in ours and line.kind not in BY_STATEMENT
        ),
        *(
            _other_amount(account, ours[key], line)
            for key, line in theirs.items()
            if key in ours and ours[key].amount != line.amount
        ),
        *(
            _missing_there(account, movement)
            for key, movement in ours.items()
            if key not in theirs
            and movement.kind != MovementKind.FEE
            and since + SETTLED_AFTER < movement.at < now - SETTLED_AFTER
        ),
    ]
    for difference in found:
        difference.found_at = now
    return found


def _keep(account: PaymentAccount, found: list[Difference], *, now: datetime) -> None:
    """Name what is new, and close what agrees by now."""
    named = {(one.kind, one.source) for one in found}
    standing = Difference.objects.filter(account=account.stripe_account, resolved_at=None).exclude(
        kind=DifferenceKind.MISMATCH
    )
    for old in standing:
        if (old.kind, old.source) not in named:
            old.resolved_at = now
            old.save(update_fields=["resolved_at"])
    Difference.objects.bulk_create(found, ignore_conflicts=True)
    settled = Difference.objects.filter(
        kind=DifferenceKind.MISMATCH, resolved_at=None, payment__state__in=ARRIVED, payment__is_surplus=False
    )
    settled.update(resolved_at=now)


def _missing_here(account: PaymentAccount, line: Transaction) -> Difference:
    text = _("%(what)s über %(amount)s steht beim Anbieter, aber nicht bei uns")
    return _difference(account, DifferenceKind.MISSING_HERE, line.source, line.kind, text, theirs=line.amount)


def _missing_there(account: PaymentAccount, movement: Movement) -> Difference:
    text = _("%(what)s über %(amount)s steht bei uns, aber nicht beim Anbieter")
    return _difference(
        account,
        DifferenceKind.MISSING_THERE,
        movement.source,
        movement.kind,
        text,
        ours=movement.amount,
        payment=movement.payment_id,
    )


def _other_amount(account: PaymentAccount, movement: Movement, line: Transaction) -> Difference:
    text = _("%(what)s: Der Anbieter nennt %(amount)s, wir haben einen anderen Betrag")
    return _difference(
        account,
        DifferenceKind.AMOUNT,
        line.source,
        line.kind,
        text,
        ours=movement.amount,
        theirs=line.amount,
        payment=movement.payment_id,
    )


def _difference(
    account: PaymentAccount,
    kind: DifferenceKind,
    source: str,
    what: str,
    text: str,
    *,
    ours: Decimal | None = None,
    theirs: Decimal | None = None,
    payment: object = None,
) -> Difference:
    amount = theirs if theirs is not None else ours
    assert amount is not None
    return Difference(
        payment_id=payment,  # type: ignore[misc]  # the key as it was read
        provider=account.provider,
        account=account.stripe_account,
        kind=kind,
        source=source,
        ours=ours,
        theirs=theirs,
        text=text % {"what": MovementKind(what).label, "amount": euro(amount)},
    )


def _reconcile(account: PaymentAccount, keeper: KeepsStatement, lines: list[Transaction], *, now: datetime) -> None:
    """What a payout to the town's bank contains is reconciled."""
    for line in lines:
        if line.kind != MovementKind.PAYOUT:
            continue
        waiting = Payment.objects.filter(
            account=account.stripe_account, state__in=[PaymentState.PAID, PaymentState.BOOKED]
        ).exclude(charge_id="")
        if not waiting.exists():
            return
        charges = list(keeper.paid_out(account.stripe_account, line.source))
        for payment in waiting.filter(charge_id__in=charges):
            _reconcile_one(payment, line.source, now=now)


@transaction.atomic
def _reconcile_one(payment: Payment, payout: str, *, now: datetime) -> None:
    current = settling.locked(payment)
    reason = _("Mit der Auszahlung %(payout)s auf dem Weg zum Konto der Stadt") % {"payout": payout}
    settling.move(current, PaymentState.RECONCILED, source="statement", reason=reason, now=now)


def _ours(account: PaymentAccount, lines: list[Transaction], *, since: datetime | None = None) -> dict[_Key, Movement]:
    """Our movements that the statement's lines are about, and all since then."""
    sources = {line.source for line in lines} | {line.id for line in lines}
    wanted = Q(source__in=sources) | Q(at__gte=since) if since else Q(source__in=sources)
    movements = Movement.objects.filter(wanted, provider=account.provider, account=account.stripe_account)
    return {_Key(movement.kind, movement.source): movement for movement in movements}


def _our_sum(account: PaymentAccount, lines: list[Transaction]) -> Decimal:
    """EUR of our movements that the statement's lines are about."""
    ours, total = _ours(account, lines), Decimal("0.00")
    for line in lines:
        for key in (_key(line), _Key(MovementKind.FEE, line.id)):
            total += ours[key].amount if key in ours else Decimal("0.00")
    return total


def _key(line: Transaction) -> _Key:
    return _Key(line.kind, line.source)
