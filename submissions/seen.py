"""What somebody has seen before she hands in: her answers as they are, and what it costs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.crypto import salted_hmac

from catalogue.fees import Fee, MissingAmount
from catalogue.forms.context import Context
from catalogue.forms.definition import FormDefinition
from submissions.journey import Journey
from townhall.fees import amounts_on
from townhall.shopfront import shopfront


@dataclass(frozen=True)
class FeeChange:
    """What it would have cost when the person saw it last, and since when it costs something else (EUR, gross)."""

    before: Decimal
    now: Decimal
    since: date | None


def fingerprint(journey: Journey) -> str:
    """Tells two sets of answers apart without saying anything about them."""
    said = json.dumps([journey.definition.version, journey.relevant_answers()], sort_keys=True)
    return salted_hmac("submissions.seen", said, algorithm="sha256").hexdigest()[:32]


def amounts_seen(definition: FormDefinition, context: Context) -> dict[str, str]:
    """What the fee is made of today (EUR by key), to be kept with a draft."""
    keys = definition.fee.keys_in(context.settings) if definition.fee else set()
    known = amounts_on(context.today, catalogue=shopfront().catalogue)
    return {key: str(known[key]) for key in sorted(keys & known.keys())}


def fee_change(journey: Journey, fee: Fee, *, seen: Mapping[str, str]) -> FeeChange | None:
    """Whether the town has changed its table since the person saw it; other answers are no change."""
    front = shopfront()
    today = amounts_on(journey.today, catalogue=front.catalogue)
    changed = {key: Decimal(amount) for key, amount in seen.items() if today.get(key) != Decimal(amount)}
    try:
        before = journey.fee(today | changed)
    except MissingAmount:
        return None
    if before.total == fee.total:
        return None
    starts = [amount.valid_from for amount in (front.amount(key, journey.today) for key in changed) if amount]
    return FeeChange(before.total, fee.total, max(starts, default=None))
