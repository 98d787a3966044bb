"""What an application costs: the rule is central data of the form, the amounts are the town's.

A fee is a list of lines. Each line names the key of an amount and how it is multiplied:
    {label, amount: KEY}                          a fixed amount
    {label, amount: KEY, times: [ID, …]}          per unit: times the numbers answered
    {label, first: KEY, next: KEY, times: [ID]}   graduated: the first piece, each further piece
    any of them with `if: CONDITION` (choice, tiers, exemptions) and `for_each: GROUP` (once per entry)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from catalogue.forms.conditions import Answers, Condition, parse_condition

CENT = Decimal("0.01")
Amounts = Mapping[str, Decimal]  # EUR, gross, by key


class MissingAmount(LookupError):
    """The town has not entered an amount that a fee needs. `key` says which."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class FeeRuleLine:
    """One line of a fee's rule."""

    label: str
    amount: str  # key of the amount; of the first piece where `next_amount` is set
    next_amount: str = ""
    times: tuple[str, ...] = ()
    condition: Condition | None = None
    for_each: str = ""

    @property
    def keys(self) -> set[str]:
        return {self.amount, self.next_amount} - {""}


@dataclass(frozen=True)
class FeeRule:
    """How a form's fee comes about. `pay`: `submission` (before it counts) or `decision` (after the check)."""

    pay: str
    lines: tuple[FeeRuleLine, ...]

    @property
    def keys(self) -> set[str]:
        """The amounts that a town needs for it."""
        return set().union(*(line.keys for line in self.lines)) if self.lines else set()


@dataclass(frozen=True)
class FeeLine:
    """One line of a computed fee. Amounts in EUR, gross."""

    label: str
    quantity: Decimal
    unit_amount: Decimal
    amount: Decimal
    key: str

    def plain(self) -> dict[str, str]:
        return {
            "label": self.label,
            "quantity": str(self.quantity),
            "unit_amount": str(self.unit_amount),
            "amount": str(self.amount),
            "key": self.key,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, str]) -> "FeeLine":
        return cls(
            label=plain["label"],
            quantity=Decimal(plain["quantity"]),
            unit_amount=Decimal(plain["unit_amount"]),
            amount=Decimal(plain["amount"]),
            key=plain["key"],
        )


@dataclass(frozen=True)
class Fee:
    """A computed fee. `total` in EUR, gross."""

    lines: tuple[FeeLine, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))


NO_FEE = Fee(())


def compute(rule: FeeRule | None, answers: Answers, amounts: Amounts, *, today: date) -> Fee:
    """The fee for these answers with the town's amounts. Raises MissingAmount; a price is never guessed."""
    if rule is None:
        return NO_FEE
    found: list[FeeLine] = []
    for line in rule.lines:
        entries = answers.get(line.for_each) or [] if line.for_each else [{}]
        for entry in entries:
            scope = {**answers, **entry}
            if line.condition is None or line.condition.holds(scope, today=today):
                found.extend(_computed(line, scope, amounts))
    return Fee(tuple(_merged(found)))


def round_to_cents(amount: Decimal) -> Decimal:
    """Commercial rounding, half up, to two places."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_fee_rule(plain: Mapping[str, Any]) -> FeeRule:
    """Read a rule. Raises KeyError, ConditionError."""
    return FeeRule(plain["pay"], tuple(_parse_line(line) for line in plain["lines"]))


def _parse_line(plain: Mapping[str, Any]) -> FeeRuleLine:
    return FeeRuleLine(
        label=plain["label"],
        amount=plain.get("amount") or plain["first"],
        next_amount=plain.get("next", ""),
        times=tuple(plain.get("times", ())),
        condition=parse_condition(plain["if"]) if "if" in plain else None,
        for_each=plain.get("for_each", ""),
    )


def _computed(line: FeeRuleLine, answers: Answers, amounts: Amounts) -> list[FeeLine]:
    quantity = Decimal(1)
    for field in line.times:
        value = answers.get(field)
        quantity *= len(value) if isinstance(value, list) else Decimal(str(value or 0))
    if quantity == 0:
        return []
    if not line.next_amount:
        return [_line(line.label, quantity, line.amount, amounts)]
    pieces = [_line(line.label, Decimal(1), line.amount, amounts)]
    if quantity > 1:
        pieces.append(_line(line.label, quantity - 1, line.next_amount, amounts))
    return pieces


def _line(label: str, quantity: Decimal, key: str, amounts: Amounts) -> FeeLine:
    if key not in amounts:
        raise MissingAmount(key)
    return FeeLine(label, quantity, amounts[key], round_to_cents(quantity * amounts[key]), key)


def _merged(lines: list[FeeLine]) -> list[FeeLine]:
    """Lines that differ only in their quantity become one."""
    merged: dict[tuple[str, str, Decimal], FeeLine] = {}
    for line in lines:
        known = merged.get((line.label, line.key, line.unit_amount))
        if known:
            line = FeeLine(
                line.label,
                known.quantity + line.quantity,
                line.unit_amount,
                known.amount + line.amount,
                line.key,
            )
        merged[line.label, line.key, line.unit_amount] = line
    return list(merged.values())
