"""Events: what happened, in the order in which it happened. Each is reported to the portal (webhooks.py)."""

import copy
import time

from config.local.stripe_stand_in.store import Body, Entry, Store

# What the portal has subscribed to (docs/betrieb.md); all else can only be read.
REPORTED = ("checkout.session.", "charge.dispute.", "charge.failed", "charge.refunded", "refund.", "account.updated")


def record(store: Store, account: str, kind: str, subject: Body) -> Entry:
    """Keep an event (`kind` such as `charge.succeeded`) with a copy of its subject, due for delivery if subscribed."""
    event = store.new(
        "event",
        "evt",
        account,
        type=kind,
        api_version=store.specification.version,
        data={"object": copy.deepcopy(subject)},
        request={"id": None, "idempotency_key": None},
        pending_webhooks=int(kind.startswith(REPORTED)),
    )
    if account:
        event.body["account"] = account
    event.private["attempts"] = 0
    event.due = time.time() if kind.startswith(REPORTED) else None
    store.save(event)
    return event
