"""Events: what happened, in the order in which it happened. Each is reported to the portal (webhooks.py)."""

import copy
import time

from config.local.stripe_stand_in.store import Body, Entry, Store


def record(store: Store, account: str, kind: str, subject: Body) -> Entry:
    """Keep an event (`kind` such as `charge.succeeded`) with a copy of its subject, due for delivery."""
    event = store.new(
        "event",
        "evt",
        account,
        type=kind,
        api_version=store.specification.version,
        data={"object": copy.deepcopy(subject)},
        request={"id": None, "idempotency_key": None},
        pending_webhooks=1,
    )
    if account:
        event.body["account"] = account
    event.private["attempts"] = 0
    event.due = time.time()
    store.save(event)
    return event
