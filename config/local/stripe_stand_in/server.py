"""The stand-in as a web application, with the thread that lets its time pass."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from config.local import pages, payment_service, sample
from config.local.stripe_stand_in import accounts, checkout, people, probe, refunds
from config.local.stripe_stand_in.api import Api
from config.local.stripe_stand_in.faults import Faults
from config.local.stripe_stand_in.specification import Specification
from config.local.stripe_stand_in.store import Store
from config.local.stripe_stand_in.webhooks import Courier, Receiver

TICK = 0.5  # seconds


@dataclass(frozen=True)
class Configuration:
    """How the stand-in is to behave."""

    data: Path  # directory
    port: int
    api_key: str
    receiver: Receiver
    bank_seconds: float = 10.0  # until a direct debit is decided


def make_app(configuration: Configuration, known: sample.Sample) -> Flask:
    """The application; its clock runs until the process ends."""
    configuration.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = Store(configuration.data / "payments.sqlite", Specification())
    courier, faults = Courier(store, configuration.receiver), Faults()
    with store.transaction():
        for account in known.payment_accounts:
            accounts.open_sample(store, account)
    courier.retry_everything()
    app = pages.make_app(__name__)
    base = f"http://localhost:{configuration.port}"
    app.register_blueprint(Api(store, api_key=configuration.api_key, base=base, faults=faults).blueprint())
    app.register_blueprint(people.blueprint(store, bank_seconds=configuration.bank_seconds))
    app.register_blueprint(payment_service.blueprint(configuration.data / "service.sqlite", base=base))
    app.register_blueprint(probe.blueprint(store, courier, faults))
    threading.Thread(target=_let_time_pass, args=(store, courier), name="clock", daemon=True).start()
    return app


def _let_time_pass(store: Store, courier: Courier) -> None:
    while True:
        now = time.time()
        with store.transaction():
            checkout.let_time_pass(store, now)
            refunds.let_time_pass(store, now)
        courier.deliver_due(now)
        store.changed.wait(TICK)
        store.changed.clear()
