"""XBezahldienste: the payment interface of German administration, spoken by ePayBL and pmPayment.

The town has a contract with the payment service; we get in with OAuth 2.0 client credentials (RFC 6749, 4.4) that the
service has given the town. A payment is a transaction: the person pays on the service's page, and only asking the
service tells how it stands. It sends no events, closes nothing that was begun, and gives nothing back: what is to go
back is transferred by the town. Wire format as FITKO publishes it (docs.fitko.de/xbezahldienste); `grosAmount` is
spelled like this there.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import requests
from django.conf import settings

from billing.providers.contract import (
    CURRENCY,
    EventRefused,
    Notice,
    Order,
    OrderLine,
    ProviderRefused,
    ProviderUnreachable,
    RefundOrder,
    RefundReport,
    Report,
    Standing,
)

TIMEOUT = 10  # seconds; a person waits
EARLY = 30  # seconds before its end that a token is renewed
_STANDINGS = {
    "INITIAL": Standing.OPEN,
    "PAYED": Standing.PAID,
    "FAILED": Standing.FAILED,
    "CANCELED": Standing.CANCELLED,
}
_METHODS = {"CREDITCARD": "card", "PAYPAL": "paypal", "GIROPAY": "giropay", "PAYDIRECT": "paydirekt", "OTHER": "other"}
Body = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A payment service that the operator has entered (setting XBEZAHLDIENSTE)."""

    key: str
    name: str
    base: str  # address, with a slash at its end
    token: str  # address where tokens are given
    pages: str  # where people pay begins with this
    is_trial: bool = False  # no money flows


@dataclass(frozen=True)
class Access:
    """How a town gets in: what the service has given it."""

    service: Service
    originator: str  # who asks for money
    endpoint: str
    client_id: str
    client_secret: str
    booking: Mapping[str, str]  # names and values of `bookingData`; {Buchungsstelle} and {Kassenzeichen} are filled in


def services() -> dict[str, Service]:
    """The payment services that towns may choose, by key."""
    return {one["key"]: Service(**{"pages": one["base"]} | one) for one in settings.XBEZAHLDIENSTE}


class XBezahldienste:
    """The provider (billing.providers.contract). `access_of` tells how to get in, by account."""

    key = "xbezahldienste"
    smallest = Decimal("0.01")

    def __init__(self, access_of: Callable[[str], Access]) -> None:
        self.access_of = access_of
        self._tokens: dict[tuple[str, str, str], tuple[str, float]] = {}  # with the moment (monotonic) until it is good
        self._lock = threading.Lock()

    # --- The four verbs ------------------------------------------------------------------------------------

    def start(self, order: Order) -> Report:
        """Begin a transaction."""
        access = self._access(order.account)
        answer = self._call(access, "POST", _request(order, access))
        report = _report(answer, order.account)
        if not report.url.startswith(access.service.pages):
            raise ProviderRefused("redirect to a foreign address")
        return report

    def ask(self, *, account: str, attempt: str, closing: bool = False) -> Report:  # noqa: ARG002 -- it cannot close
        """Read a transaction."""
        return _report(self._call(self._access(account), "GET", attempt=attempt), account)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:  # noqa: ARG002 -- there are none
        """It tells nothing by itself."""
        raise EventRefused("no events")

    def notice_of(self, body: bytes) -> Notice:  # noqa: ARG002 -- there are none
        """It tells nothing by itself."""
        raise EventRefused("no events")

    def refund(self, order: RefundOrder) -> RefundReport:  # noqa: ARG002 -- the interface has no such call
        """It gives nothing back; a person transfers it."""
        raise ProviderRefused("no refunds")

    def takes_real_money(self, account: str) -> bool:
        """A service for trials takes none."""
        return not self._access(account).service.is_trial

    # --- Getting in ----------------------------------------------------------------------------------------

    def check(self, access: Access) -> None:
        """Whether the service lets us in like this. Raises ProviderUnreachable, ProviderRefused."""
        self._new_token(access)

    def _access(self, account: str) -> Access:
        try:
            return self.access_of(account)
        except KeyError as problem:
            raise ProviderRefused("no access") from problem

    def _token(self, access: Access) -> str:
        with self._lock:
            token, until = self._tokens.get(_owner(access), ("", 0.0))
        return token if time.monotonic() < until else self._new_token(access)

    def _new_token(self, access: Access) -> str:
        form = {"grant_type": "client_credentials"}
        answer = _answer("POST", access.service.token, data=form, auth=(access.client_id, access.client_secret))
        if answer.status_code in (400, 401, 403):
            raise ProviderRefused("FORBIDDEN")
        told = _json(answer)
        try:
            token, seconds = str(told["access_token"]), float(told.get("expires_in", 60))
        except (KeyError, TypeError, ValueError) as problem:
            raise ProviderUnreachable("no token") from problem
        with self._lock:
            self._tokens[_owner(access)] = token, time.monotonic() + seconds - EARLY
        return token

    def _call(self, access: Access, method: str, body: Body | None = None, *, attempt: str = "") -> Body:
        parts = ("paymenttransaction", access.originator, access.endpoint, attempt)
        url = access.service.base + "/".join(quote(part, safe="") for part in parts if part)
        for is_last in (False, True):
            token = self._new_token(access) if is_last else self._token(access)
            answer = _answer(method, url, json=body, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code != requests.codes.unauthorized:
                break
        if not answer.ok:
            raise _problem(answer)
        return _json(answer)


# --- Asking ------------------------------------------------------------------------------------------------


def _owner(access: Access) -> tuple[str, str, str]:
    return access.service.token, access.client_id, access.client_secret


def _answer(method: str, url: str, **kwargs: Any) -> requests.Response:
    try:
        return requests.request(method, url, timeout=TIMEOUT, allow_redirects=False, **kwargs)
    except requests.RequestException as problem:
        raise ProviderUnreachable(type(problem).__name__) from problem


def _json(answer: requests.Response) -> Body:
    """What it says. Raises ProviderUnreachable if that is nothing we understand."""
    try:
        body = answer.json()
    except ValueError as problem:
        raise ProviderUnreachable("not JSON") from problem
    if not answer.ok or not isinstance(body, dict):
        raise ProviderUnreachable(f"HTTP {answer.status_code}")
    return body


def _problem(answer: requests.Response) -> ProviderRefused | ProviderUnreachable:
    """Refused if it says why; otherwise the service itself is in trouble."""
    if not 400 <= answer.status_code < 500:
        return ProviderUnreachable(f"HTTP {answer.status_code}")
    try:
        code = str(answer.json()["functionalCode"])
    except (ValueError, KeyError, TypeError):
        code = f"HTTP {answer.status_code}"
    return ProviderRefused(code)


# --- Translating -------------------------------------------------------------------------------------------


def _request(order: Order, access: Access) -> Body:
    """What is to be paid, and nothing about the person."""
    total = sum((line.amount for line in order.lines), Decimal("0.00"))
    return {
        "requestId": str(uuid5(NAMESPACE_URL, order.idempotency_key)),
        "requestTimestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "currency": CURRENCY.upper(),
        "grosAmount": float(total),
        "purpose": order.reference,
        "description": order.lines[0].label[:250],
        "redirectUrl": order.success_url,
        "items": [_item(number, line, order, access) for number, line in enumerate(order.lines, start=1)],
    }


def _item(number: int, line: OrderLine, order: Order, access: Access) -> Body:
    filled = {"{Buchungsstelle}": line.budget_line, "{Kassenzeichen}": order.reference}
    return {
        "id": str(number),
        "reference": order.reference,
        "description": line.label[:250],
        "taxRate": 0.0,
        "quantity": 1,
        "totalNetAmount": float(line.amount),
        "totalTaxAmount": 0.0,
        "singleNetAmount": float(line.amount),
        "singleTaxAmount": 0.0,
        "bookingData": {name: _filled(value, filled) for name, value in access.booking.items()},
    }


def _filled(value: str, filled: Mapping[str, str]) -> str:
    for place, words in filled.items():
        value = value.replace(place, words)
    return value


def _report(answer: Body, account: str) -> Report:
    """Some services repeat the request beside what they say about it, others say only that."""
    told, ordered = answer.get("paymentInformation") or answer, answer.get("paymentRequest") or {}
    try:
        transaction, standing = str(told["transactionId"]), _STANDINGS[told["status"]]
    except (KeyError, TypeError) as problem:
        raise ProviderUnreachable("no transaction") from problem
    amount, currency = ordered.get("grosAmount"), ordered.get("currency")
    return Report(
        attempt=transaction,
        account=account,
        reference=ordered.get("purpose"),
        amount=None if amount is None else Decimal(str(amount)).quantize(Decimal("0.01")),
        currency=None if currency is None else str(currency).lower(),
        standing=standing,
        transaction=transaction,
        charge=transaction if standing == Standing.PAID else "",
        method=_METHODS.get(told.get("paymentMethod") or "", "") if standing == Standing.PAID else "",
        url=told.get("transactionRedirectUrl") or "",
    )
