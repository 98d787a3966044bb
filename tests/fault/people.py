"""People who pay: by card, PayPal or debit, twice, never, again; they come back or not. And some who forge."""

import json
import random
import secrets
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from config.local.stack import Stack
from config.local.stripe_stand_in.instruments import BANK_ACCOUNTS, CARDS
from config.local.stripe_stand_in.webhooks import signature
from tests.fault.accidents import probe
from tests.fault.towns import Order

AT_ONCE = 8
PATIENCE = 60  # times that somebody tries a page again that does not answer
CSRF = "a" * 32  # what cookie and form say; they must only agree


@dataclass
class Person:
    """Somebody with an order, and what she will do. Drawn from the seed."""

    order: Order
    chance: random.Random
    sessions: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        cookies = f"session={self.order.session}; csrf={CSRF}"
        return {"Host": self.order.host, "Cookie": cookies, "X-CSRFToken": CSRF}


class Crowd:
    """All of them."""

    def __init__(self, stack: Stack, orders: list[Order], *, seed: int) -> None:
        self.stack = stack
        self.orders = orders
        self.seed = seed
        self.web = f"http://127.0.0.1:{stack.ports.web}"
        self.forged_but_taken = 0
        self._paid: list[Person] = []
        self._did: Counter[str] = Counter()
        self._lock = threading.Lock()

    def pay(self) -> None:
        """Everybody does what she does, some at once."""
        people = [Person(order, random.Random(f"{self.seed}/{n}")) for n, order in enumerate(self.orders)]  # noqa: S311
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._live, people))

    def tally(self) -> str:
        return ", ".join(f"{what} {number}×" for what, number in sorted(self._did.items()))

    def take_back(self, *, share: float) -> None:
        """Some payments are disputed, some debits returned."""
        for person in self._paid:
            if person.chance.random() < share:
                won = person.chance.choice([None, True, False])
                if probe(self.stack, f"sessions/{person.sessions[-1]}/dispute", won=won).status_code == 200:
                    self._count("bestritten")

    def _live(self, person: Person) -> None:
        chance = person.chance
        page = self._begin(person)
        if page is None:
            return self._count("kam nicht zur Bezahlseite")
        if chance.random() < 0.05:
            self._forge(person, page)
        if chance.random() < 0.08:
            return self._count("nie bezahlt")
        if chance.random() < 0.1:
            self._leave(person, self._fill_in(page, action="cancel"))
            self._count("abgebrochen")
            if chance.random() < 0.3 or (page := self._begin(person)) is None:
                return None
        if chance.random() < 0.08:
            self._fill_in(page, card_number=CARDS[2].number)
            self._count("Karte abgelehnt")
        back = self._pay(person, page)
        if back and chance.random() < 0.6:
            time.sleep(chance.choice([0, 0, 0.2, 1]))  # before or after the webhook
            self._leave(person, back)
        if chance.random() < 0.05:
            self._leave(person, back)  # reloads
        return None

    def _begin(self, person: Person) -> str | None:
        """To the provider's page; some press twice at once."""
        presses = 2 if person.chance.random() < 0.1 else 1
        with ThreadPoolExecutor(presses) as pool:
            pages = list(pool.map(lambda _n: self._press(person), range(presses)))
        found = next((page for page in pages if page), None)
        if found:
            person.sessions.append(found.rsplit("/", 1)[1])
        return found

    def _press(self, person: Person) -> str | None:
        for _attempt in range(PATIENCE):
            answer = self._ask("POST", f"/zahlung/{person.order.number}/", person)
            where = answer.headers.get("Location", "") if answer is not None else ""
            if "/c/pay/" in where:
                return where
            if answer is not None and answer.status_code == 302 and where.startswith("/meine-antraege/"):
                return None  # paid already
            time.sleep(0.5)
        return None

    def _pay(self, person: Person, page: str) -> str:
        chance = person.chance
        method = chance.choices(["card", "paypal", "good debit", "bad debit"], [55, 20, 15, 10])[0]
        if method.endswith("debit"):
            iban = BANK_ACCOUNTS[0 if method == "good debit" else 1].number
            back = self._fill_in(page, method="sepa_debit", iban=iban)
        else:
            back = self._fill_in(page, method=method)
        if back:
            self._count(method)
            if method in ("card", "paypal"):
                with self._lock:
                    self._paid.append(person)
        if chance.random() < 0.05:
            self._fill_in(page, method="card")  # a second click
        return back

    def _fill_in(self, page: str, **typed: str) -> str:
        fields = {"method": "card", "card_number": CARDS[0].number, "iban": BANK_ACCOUNTS[0].number, "action": "pay"}
        answer = requests.post(page, fields | typed, allow_redirects=False, timeout=60)
        return answer.headers.get("Location", "")

    def _leave(self, person: Person, back: str) -> None:
        """Back to the portal, once: if it does not answer she gives up."""
        if back:
            self._ask("GET", "/" + back.split("/", 3)[3], person)

    def _forge(self, person: Person, page: str) -> None:
        """Somebody tells us that this was paid, in three ways that must be refused and one that must prove nothing."""
        session, now = page.rsplit("/", 1)[1], int(time.time())
        subject: dict[str, Any] = {
            "id": session,
            "object": "checkout.session",
            "payment_status": "paid",
            "status": "complete",
        }
        subject |= {"metadata": {"town": person.order.town}, "client_reference_id": f"{person.order.number}-1"}
        event = {"id": f"evt_{secrets.token_hex(8)}", "type": "checkout.session.completed", "data": {"object": subject}}
        body = json.dumps(event | {"account": person.order.account}).encode()
        foreign = json.dumps(event | {"account": "acct_of_nobody"}).encode()
        secret = self.stack.environment["STRIPE_WEBHOOK_SECRET"]
        for content, signed in (
            (body, signature(body, "whsec_guessed", now)),
            (body, signature(body, secret, now - 400)),
            (foreign, signature(foreign, secret, now)),
        ):
            if self._tell(content, signed) == 200:
                self.forged_but_taken += 1
        self._tell(body, signature(body, secret, now))  # the provider is asked, and says that it is not so
        self._count("gefälscht")

    def _tell(self, body: bytes, signed: str) -> int:
        headers = {"Host": f"betrieb.localhost:{self.stack.ports.web}", "Stripe-Signature": signed}
        headers["Content-Type"] = "application/json"
        try:
            return requests.post(f"{self.web}/webhooks/stripe/", body, headers=headers, timeout=60).status_code
        except requests.RequestException:
            return 0

    def _ask(self, method: str, path: str, person: Person) -> requests.Response | None:
        try:
            address = self.web + path
            return requests.request(method, address, headers=person.headers, allow_redirects=False, timeout=60)
        except requests.RequestException:
            return None

    def _count(self, what: str) -> None:
        with self._lock:
            self._did[what] += 1
