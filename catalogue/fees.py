"""What an application costs: the rule is central data of the form, the amounts are the town's.

A fee is a list of lines. Each names one of these, with keys of amounts that towns enter:
    amount: KEY                             a fixed amount; with `times: [FORMULA, …]` per unit
    choice: FIELD                           the amount that the chosen entry names
    tiers: [{if: …, amount: KEY}, …]        the first one whose condition holds; the last may have none
    first: KEY, next: KEY, times: […]       graduated: the first piece, each further piece
    formula: FORMULA                        computed
    frame: {from: KEY, to: KEY}             what the case worker sets later lies in between
    external: FIELD                         an amount that stands in a notice and was typed in (kind: money)
    shipping: KEY                           postage: neither exempt nor reduced
and may have: `if`, `for_each: GROUP` (once per entry; of a field of counts once for each thing with its pieces),
`same: FIELD` (entries with the same answer count together), `min`/`max` (keys of amounts), `split` (parts that the cash
office books apart), `optional` (not charged where the town has no amount).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent
from catalogue.forms.choices import parse_quantity
from catalogue.forms.conditions import Condition
from catalogue.forms.context import Answers, Context
from catalogue.forms.formulas import Amounts, Formula, MissingAmount, amount
from catalogue.forms.texts import Reader
from catalogue.parsing import parse

__all__ = ["NO_FEE", "Fee", "FeeLine", "FeeRule", "MissingAmount", "compute", "round_to_cents"]

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class PayAt(StrEnum):
    """When a fee is paid."""

    SUBMISSION = "submission"  # before the application counts
    DECISION = "decision"  # after the check
    NEVER = "never"  # an estimate


# --- Rules ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tier:
    """One step of a tiered line."""

    amount: str
    condition: Condition | None = field(default=None, metadata={"name": "if"})


@dataclass(frozen=True)
class Frame:
    """From and to: keys of the smallest and the largest amount that can be set."""

    low: str = field(metadata={"name": "from"})
    high: str = field(metadata={"name": "to"})


@dataclass(frozen=True)
class Share:
    """A part of a line with its own name, in percent."""

    label: str
    share: Decimal = field(metadata={"parse": parse_quantity})


@dataclass(frozen=True)
class Reduction:
    """Under a condition everything but postage costs so many percent less."""

    label: str
    percent: Decimal = field(metadata={"parse": parse_quantity})
    condition: Condition = field(metadata={"name": "if"})


WAYS_TO_CHARGE = ("amount", "choice", "tiers", "first", "formula", "frame", "external", "shipping")


@dataclass(frozen=True)
class FeeRuleLine:
    """One line of a fee's rule."""

    label: str
    amount: str = ""
    choice: str = ""
    tiers: tuple[Tier, ...] = ()
    first: str = ""
    next: str = ""
    formula: Formula | None = None
    frame: Frame | None = None
    external: str = ""
    shipping: str = ""

    times: tuple[Formula, ...] = ()
    condition: Condition | None = field(default=None, metadata={"name": "if"})
    for_each: str = ""
    same: str = ""
    min: str = ""
    max: str = ""
    split: tuple[Share, ...] = ()
    optional: bool = False
    # Filled in on release: what the entries of `choice` and `amount_of` can cost, and the settings that say so.
    priced_by: tuple[str, ...] = field(default=(), metadata={"is_written": False})
    priced_by_town: tuple[str, ...] = field(default=(), metadata={"is_written": False})

    def __post_init__(self) -> None:
        if sum(bool(getattr(self, way)) for way in WAYS_TO_CHARGE) != 1:
            reason = _("Ein Posten braucht genau eines davon: %(ways)s.") % {"ways": ", ".join(WAYS_TO_CHARGE)}
            raise InvalidContent(reason)
        if bool(self.first) is not bool(self.next):
            raise InvalidContent(_("Zu „first“ gehört „next“ und umgekehrt."))
        if self.split and sum(share.share for share in self.split) != HUNDRED:
            raise InvalidContent(_("Die Anteile (share) ergeben zusammen nicht 100."), at=("split",))
        if self.frame and (self.times or self.split or self.min or self.max):
            raise InvalidContent(_("Ein Rahmen (frame) steht für sich allein."), at=("frame",))

    @property
    def keys(self) -> set[str]:
        """The amounts that the definition itself names for it."""
        named = {self.amount, self.first, self.next, self.shipping, self.min, self.max, *self.priced_by}
        named |= {tier.amount for tier in self.tiers}
        named |= {self.frame.low, self.frame.high} if self.frame else set()
        for formula in self.formulas:
            named |= set(formula.named_amounts())
        return named - {""}

    @property
    def formulas(self) -> Iterator[Formula]:
        yield from self.times
        if self.formula:
            yield self.formula

    @property
    def conditions(self) -> Iterator[Condition]:
        yield from (one for one in (self.condition, *(tier.condition for tier in self.tiers)) if one)

    def may_be_charged(self, settings: Mapping[str, Any]) -> bool:
        """Whether any answers in a town with these settings bring it about."""
        return self.condition is None or self.condition.known_from(settings) is not False


@dataclass(frozen=True)
class FeeRule:
    """How a form's fee comes about."""

    lines: tuple[FeeRuleLine, ...]
    pay: PayAt = PayAt.NEVER
    decision_if: Condition | None = None  # paid after the decision when this holds, whatever `pay` says
    exempt_if: Condition | None = None
    exempt_text: str = ""  # why nothing is to be paid, such as "Gebührenfrei: für die Rente"
    reduce_if: tuple[Reduction, ...] = ()  # the first one that holds

    def __post_init__(self) -> None:
        if bool(self.exempt_if) is not bool(self.exempt_text):
            raise InvalidContent(_("Zu „exempt_if“ gehört „exempt_text“: warum nichts zu zahlen ist."))

    @property
    def keys(self) -> set[str]:
        """All amounts that the definition itself names."""
        return set().union(*(line.keys for line in self.lines))

    def keys_in(self, settings: Mapping[str, Any], *, only_needed: bool = False) -> set[str]:
        """All amounts that it can charge in a town, also those of the town's own lists.

        `settings` are values by key; lines that a switch of the town rules out need no amount. With `only_needed`
        without those that a town may leave open.
        """
        lines = [line for line in self.lines if line.may_be_charged(settings) and not (only_needed and line.optional)]
        own = {entry.amount for line in lines for key in line.priced_by_town for entry in settings[key] if entry.amount}
        return set().union(own, *(line.keys for line in lines))

    @property
    def conditions(self) -> Iterator[Condition]:
        yield from (one for one in (self.decision_if, self.exempt_if) if one)
        yield from (reduction.condition for reduction in self.reduce_if)
        for line in self.lines:
            yield from line.conditions

    def named_fields(self) -> Iterator[str]:
        """All fields and groups that decide what it costs."""
        for condition in self.conditions:
            yield from condition.named_fields()
        for line in self.lines:
            for formula in line.formulas:
                yield from formula.named_fields()
            yield from (one for one in (line.choice, line.external, line.for_each, line.same) if one)

    @classmethod
    def parse_stored(cls, plain: Mapping[str, Any]) -> "FeeRule":
        """The rule as a release stores it. Raises InvalidContent."""
        rule: FeeRule = parse(cls, dict(plain))
        return rule

    def pay_for(self, answers: Answers, context: Context) -> PayAt:
        """When these answers have to be paid for."""
        is_decided_first = self.decision_if is not None and self.decision_if.holds(answers, context)
        return PayAt.DECISION if is_decided_first else self.pay


# --- Fees -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FeeLine:
    """One line of a computed fee. Amounts in EUR, gross. `low` and `high` are set where somebody decides in between."""

    label: str
    quantity: Decimal
    unit_amount: Decimal
    amount: Decimal
    key: str
    low: Decimal | None = None
    high: Decimal | None = None

    def plain(self) -> dict[str, str]:
        plain = {
            "label": self.label,
            "quantity": str(self.quantity),
            "unit_amount": str(self.unit_amount),
            "amount": str(self.amount),
            "key": self.key,
        }
        if self.low is not None and self.high is not None:
            plain |= {"low": str(self.low), "high": str(self.high)}
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, str]) -> "FeeLine":
        return cls(
            label=plain["label"],
            quantity=Decimal(plain["quantity"]),
            unit_amount=Decimal(plain["unit_amount"]),
            amount=Decimal(plain["amount"]),
            key=plain["key"],
            low=Decimal(plain["low"]) if "low" in plain else None,
            high=Decimal(plain["high"]) if "high" in plain else None,
        )


@dataclass(frozen=True)
class Fee:
    """A computed fee. `total` in EUR, gross, without what is still to be set."""

    lines: tuple[FeeLine, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def is_open(self) -> bool:
        """Whether a part of it is set by a case worker."""
        return any(line.high is not None for line in self.lines)

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """The least and the most that it can come to (EUR)."""
        fixed = [line.amount for line in self.lines if line.high is None]
        low = sum((line.low or Decimal(0) for line in self.lines), sum(fixed, Decimal("0.00")))
        high = sum((line.high or Decimal(0) for line in self.lines), sum(fixed, Decimal("0.00")))
        return low, high


NO_FEE = Fee(())


def round_to_cents(exact: Decimal) -> Decimal:
    """Commercial rounding, half up, to two places."""
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def compute(rule: FeeRule | None, answers: Answers, amounts: Amounts, context: Context) -> Fee:
    """The fee for these answers with the town's amounts. Raises MissingAmount; a price is never guessed."""
    if rule is None:
        return NO_FEE
    computing = _Computing(answers, amounts, context)
    postage = [line for line in rule.lines if line.shipping]
    if rule.exempt_if and rule.exempt_if.holds(answers, context):
        text = computing.fill(rule.exempt_text, answers)
        return Fee((_line(text, Decimal(1), Decimal("0.00"), ""), *computing.lines(postage)))
    found = list(computing.lines(line for line in rule.lines if not line.shipping))
    reduction = next((one for one in rule.reduce_if if one.condition.holds(answers, context)), None)
    if reduction:
        found = [_reduced(line, reduction) for line in found]
    if any(line.amount or line.high is not None for line in found):  # nothing ordered, nothing sent
        found.extend(computing.lines(postage))
    return Fee(tuple(found))


@dataclass(frozen=True)
class _Computing:
    """Lines computed for some answers at a town's prices."""

    answers: Answers
    amounts: Amounts
    context: Context

    def lines(self, rules: Iterable[FeeRuleLine]) -> Iterator[FeeLine]:
        """Lines that differ only in their quantity become one."""
        merged: dict[tuple[str, str, Decimal], FeeLine] = {}
        for rule in rules:
            for line in self._of(rule):
                at = (line.label, line.key, line.unit_amount)
                known = merged.get(at)
                merged[at] = _added(known, line) if known else line
        yield from merged.values()

    def fill(self, text: str, answers: Answers) -> str:
        return Reader(answers, self.context).fill(text)

    def _of(self, rule: FeeRuleLine) -> Iterator[FeeLine]:
        for scope, pieces in self._scopes(rule):
            if rule.condition and not rule.condition.holds(scope, self.context):
                continue
            try:
                lines = list(self._computed(rule, scope, pieces))
            except MissingAmount:
                if not rule.optional:
                    raise
                continue
            for line in lines:
                yield from _parts(line, rule.split)

    def _scopes(self, rule: FeeRuleLine) -> Iterator[tuple[Answers, Decimal]]:
        """The answers that a line looks at, once or once per entry, and how many pieces that is."""
        if not rule.for_each:
            yield self.answers, self._quantity(rule, self.answers)
            return
        together: dict[Any, tuple[Answers, Decimal]] = {}
        for number, (entry, pieces) in enumerate(_entries(rule.for_each, self.answers, self.context)):
            scope = {**self.answers, **entry}
            quantity = pieces * self._quantity(rule, scope)
            which = scope.get(rule.same) if rule.same else number
            first_scope, before = together.get(which, (scope, Decimal(0)))
            together[which] = (first_scope, before + quantity)
        yield from together.values()

    def _quantity(self, rule: FeeRuleLine, scope: Answers) -> Decimal:
        quantity = Decimal(1)
        for formula in rule.times:
            quantity *= formula.value(scope, self.context, self.amounts)
        return quantity

    def _computed(self, rule: FeeRuleLine, scope: Answers, quantity: Decimal) -> Iterator[FeeLine]:
        label = self.fill(rule.label, scope)
        if quantity <= 0:
            return
        if rule.frame:
            low, high = amount(rule.frame.low, self.amounts), amount(rule.frame.high, self.amounts)
            yield FeeLine(label, Decimal(1), Decimal("0.00"), Decimal("0.00"), rule.frame.low, low, high)
        elif rule.first:
            yield self._bounded(rule, _line(label, Decimal(1), amount(rule.first, self.amounts), rule.first))
            if quantity > 1:
                yield self._bounded(rule, _line(label, quantity - 1, amount(rule.next, self.amounts), rule.next))
        else:
            for key, price in self._prices(rule, scope):
                yield self._bounded(rule, _line(label, quantity, price, key))

    def _prices(self, rule: FeeRuleLine, scope: Answers) -> Iterator[tuple[str, Decimal]]:
        """What one piece costs; nothing where nothing was chosen."""
        if rule.choice:
            for entry in self.context.entries_of(rule.choice, scope.get(rule.choice)):
                if entry.amount:
                    yield entry.amount, amount(entry.amount, self.amounts)
        elif rule.tiers:
            for tier in rule.tiers:
                if tier.condition is None or tier.condition.holds(scope, self.context):
                    yield tier.amount, amount(tier.amount, self.amounts)
                    return
        elif rule.formula:
            exact = rule.formula.value(scope, self.context, self.amounts)
            if exact > 0:
                yield "", round_to_cents(exact)
        elif rule.external:
            typed = Formula("answer", name=rule.external).value(scope, self.context)
            if typed > 0:
                yield "", round_to_cents(typed)
        else:
            key = rule.amount or rule.shipping
            yield key, amount(key, self.amounts)

    def _bounded(self, rule: FeeRuleLine, line: FeeLine) -> FeeLine:
        least = amount(rule.min, self.amounts) if rule.min else line.amount
        most = amount(rule.max, self.amounts) if rule.max else line.amount
        bounded = min(max(line.amount, least), max(most, least))
        if bounded == line.amount:
            return line
        return replace(line, quantity=Decimal(1), unit_amount=bounded, amount=bounded)


def _entries(name: str, answers: Answers, context: Context) -> Iterator[tuple[Answers, Decimal]]:
    found = answers.get(name) or []
    if isinstance(found, dict):
        yield from (({name: value}, Decimal(number)) for value, number in context.in_order(name, found))
    else:
        yield from ((entry, Decimal(1)) for entry in found)


def _line(label: str, quantity: Decimal, price: Decimal, key: str) -> FeeLine:
    return FeeLine(label, quantity, price, round_to_cents(quantity * price), key)


def _added(known: FeeLine, line: FeeLine) -> FeeLine:
    together = replace(known, quantity=known.quantity + line.quantity, amount=known.amount + line.amount)
    if known.low is None or known.high is None or line.low is None or line.high is None:
        return together
    return replace(together, quantity=Decimal(1), low=known.low + line.low, high=known.high + line.high)


def _parts(line: FeeLine, split: tuple[Share, ...]) -> Iterator[FeeLine]:
    """The line in parts; each is rounded, and the last takes what is left, so that no cent is lost."""
    if not split:
        yield line
        return
    left = line.amount
    for share in split[:-1]:
        part = round_to_cents(line.amount * share.share / HUNDRED)
        left -= part
        yield replace(line, label=share.label, quantity=Decimal(1), unit_amount=part, amount=part)
    yield replace(line, label=split[-1].label, quantity=Decimal(1), unit_amount=left, amount=left)


def _reduced(line: FeeLine, reduction: Reduction) -> FeeLine:
    """The line with what it costs less. Something that is still to be set says so and stays as it is."""
    if line.high is not None or not line.amount:
        return line
    less = round_to_cents(line.amount * (HUNDRED - reduction.percent) / HUNDRED)
    label = f"{line.label} ({reduction.label})"
    return replace(line, label=label, quantity=Decimal(1), unit_amount=less, amount=less)
