"""What billing wants of a payment provider: four verbs. Providers translate and verify, and never touch our tables.

* `start` begins what a person pays, once for each idempotency key;
* `ask` says how a payment stands, with all that was given back or disputed since;
* `read_event` verifies what a provider tells by itself, and says what it is about;
* `refund` gives money back, once for each idempotency key.

A provider that has an account of its own for the town also keeps a statement (`KeepsStatement`). One that cannot give
money back refuses to; one that tells nothing by itself refuses every event, and is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from billing.states import MovementKind

CURRENCY = "eur"


class ProviderUnreachable(Exception):
    """The provider does not answer, or not as it should. What it has done is not known: ask again."""


class ProviderRefused(Exception):
    """The provider has said no, and has done nothing. The message is its code, in English."""


class EventRefused(Exception):
    """Not from the provider: the signature is missing, wrong or too old."""


class Standing(StrEnum):
    """How a payment stands at the provider."""

    OPEN = "open"  # the person may still pay
    PROCESSING = "processing"  # she has done her part; the bank will decide
    PAID = "paid"
    FAILED = "failed"  # also: taken back by the bank after it had been paid
    CANCELLED = "cancelled"  # the person has broken it off
    EXPIRED = "expired"  # nobody can pay any more


class RefundStanding(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class DisputeStanding(StrEnum):
    OPEN = "open"  # the money is gone for the time being
    WON = "won"
    LOST = "lost"


class OrderLine(NamedTuple):
    """A line of what is to be paid."""

    label: str
    amount: Decimal  # EUR, gross
    budget_line: str = ""  # of the town's budget, if it has told one


@dataclass(frozen=True)
class Order:
    """What is to be paid. The same order has the same idempotency key and must be the same in every part."""

    reference: str
    lines: tuple[OrderLine, ...]
    methods: tuple[str, ...]
    success_url: str
    cancel_url: str
    expires_at: datetime
    town: str
    account: str
    idempotency_key: str


@dataclass(frozen=True)
class RefundOrder:
    """What is to be given back (EUR). `refund` is our own id of it."""

    refund: str
    account: str
    transaction: str
    amount: Decimal
    idempotency_key: str


@dataclass(frozen=True)
class RefundReport:
    """What the provider says about a refund (EUR). `ours` is our id, empty if it was made past us."""

    id: str
    ours: str
    amount: Decimal
    standing: RefundStanding


@dataclass(frozen=True)
class DisputeReport:
    """What the provider says about a payment that somebody takes back (EUR)."""

    id: str
    amount: Decimal
    standing: DisputeStanding


@dataclass(frozen=True)
class Report:
    """What the provider says about a payment (EUR). What it does not repeat of our order is None."""

    attempt: str  # its id of what was started
    account: str
    reference: str | None
    amount: Decimal | None
    currency: str | None
    standing: Standing
    transaction: str = ""  # its id of what can be refunded
    charge: str = ""  # its id of the money that moved
    method: str = ""
    url: str = ""  # where the person pays
    refunds: tuple[RefundReport, ...] = ()
    disputes: tuple[DisputeReport, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A verified event: which account it is about, and which payment of it, as far as it says."""

    event_id: str
    kind: str
    account: str
    town: str = ""
    attempt: str = ""
    transaction: str = ""
    reference: str = ""
    is_about_payment: bool = False
    is_about_account: bool = False


@dataclass(frozen=True)
class Transaction:
    """A line of the provider's statement (EUR, signed as the account sees it)."""

    id: str
    kind: MovementKind
    source: str  # the charge, refund, dispute or payout that moved it
    amount: Decimal
    fee: Decimal  # what the provider kept of it
    at: datetime
    transaction: str = ""  # of the payment that it belongs to, if the statement says so
    reference: str = ""  # of the payment, likewise


class Provider(Protocol):
    """The contract."""

    key: str
    smallest: Decimal  # EUR, the least that can be paid

    def start(self, order: Order) -> Report:
        """Begin a payment. The same key gives the same payment. Raises ProviderUnreachable, ProviderRefused."""

    def ask(self, *, account: str, attempt: str, closing: bool = False) -> Report:
        """How a payment stands. With `closing` nobody can pay it any more, unless it is too late for that or the
        provider cannot close what was begun: then it says that it is open.

        Raises ProviderUnreachable, ProviderRefused.
        """

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Verify what the provider tells. Raises EventRefused."""

    def notice_of(self, body: bytes) -> Notice:
        """What an event says that was verified before."""

    def refund(self, order: RefundOrder) -> RefundReport:
        """Give money back. The same key gives it once. Raises ProviderUnreachable, ProviderRefused."""

    def takes_real_money(self, account: str) -> bool:
        """Whether what people pay there is money, and not a trial."""


@runtime_checkable
class KeepsStatement(Protocol):
    """A provider with an account for the town, of which it tells every movement."""

    def statement(self, account: str, *, since: datetime) -> Iterator[Transaction]:
        """All movements since then, in any order. Raises ProviderUnreachable, ProviderRefused."""

    def paid_out(self, account: str, payout: str) -> Iterable[str]:
        """The charges that a payout contains. Raises ProviderUnreachable, ProviderRefused."""


def in_cents(amount: Decimal) -> int:
    """EUR to cents. Raises ValueError if a fraction of a cent is left."""
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"not whole cents: {amount}")
    return int(cents)


def in_euros(cents: int) -> Decimal:
    """Cents to EUR, with two places."""
    return Decimal(cents).scaleb(-2)
