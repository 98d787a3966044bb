"""Connected accounts: each town is paid on its own."""

import secrets
import time

from config.local.sample import PaymentAccount
from config.local.stripe_stand_in import events
from config.local.stripe_stand_in.refusals import not_handled
from config.local.stripe_stand_in.specification import Parameters
from config.local.stripe_stand_in.store import PLATFORM, Body, Entry, Store

HANDLED = {"business_profile", "capabilities", "controller", "country", "default_currency", "email", "expand"}
HANDLED |= {"metadata", "type", "business_type"}
CAPABILITIES = ("card_payments", "paypal_payments", "sepa_debit_payments", "transfers")
LINK_LIFE = 5 * 60  # seconds


def create(store: Store, parameters: Parameters, *, identifier: str | None = None) -> Entry:
    """An account that cannot be paid until somebody of the town has been through the onboarding."""
    for name in parameters.keys() - HANDLED:
        raise not_handled(name)
    profile = store.specification.blank("account_business_profile") | parameters.get("business_profile", {})
    account = store.new(
        "account",
        "acct",
        PLATFORM,
        type=parameters.get("type", "standard"),
        country=parameters.get("country", "DE"),
        default_currency=parameters.get("default_currency", "eur"),
        email=parameters.get("email"),
        business_type=parameters.get("business_type"),
        business_profile=profile,
        metadata=parameters.get("metadata") or {},
        charges_enabled=False,
        payouts_enabled=False,
        details_submitted=False,
        capabilities=dict.fromkeys(CAPABILITIES, "inactive"),
    )
    account.body["id"] = identifier or account.id
    store.save(account)
    return account


def complete(store: Store, account: Entry) -> None:
    """The town has given its details: it can be paid."""
    account.body |= {"charges_enabled": True, "payouts_enabled": True, "details_submitted": True}
    account.body["capabilities"] = dict.fromkeys(CAPABILITIES, "active")
    account.body["requirements"] = store.specification.blank("account_requirements")
    store.save(account)
    events.record(store, account.id, "account.updated", account.body)


def change(store: Store, account: Entry, *, charges_enabled: bool, disabled_reason: str, inactive: list[str]) -> None:
    """The provider has looked at an account again: it may be paid or not, and in these ways not."""
    account.body["charges_enabled"] = charges_enabled
    account.body["requirements"] = store.specification.blank("account_requirements") | {
        "disabled_reason": disabled_reason or None
    }
    account.body["capabilities"] = {name: "inactive" if name in inactive else "active" for name in CAPABILITIES}
    store.save(account)
    events.record(store, account.id, "account.updated", account.body)


def open_sample(store: Store, sample: PaymentAccount) -> None:
    """The account of a sample town, ready to be paid, unless it is there."""
    if not store.find(PLATFORM, sample.id):
        complete(store, create(store, {"business_profile": {"name": sample.name}}, identifier=sample.id))


def create_link(store: Store, parameters: Parameters, *, page: str) -> Body:
    """A link to the onboarding, good for one visit within five minutes."""
    account = store.get(PLATFORM, parameters["account"], "account")
    token = secrets.token_urlsafe(24)
    now = int(time.time())
    link = {"object": "account_link", "created": now, "expires_at": now + LINK_LIFE, "url": f"{page}/{token}"}
    account.private["link"] = link | {
        "token": token,
        "refresh_url": parameters.get("refresh_url", ""),
        "return_url": parameters.get("return_url", ""),
    }
    store.save(account)
    return link


def behind_link(store: Store, token: str) -> Entry | None:
    """The account to which the link with this token belongs."""
    accounts = store.all(PLATFORM, "account")
    return next((account for account in accounts if account.private.get("link", {}).get("token") == token), None)
