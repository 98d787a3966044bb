"""How Stripe says no."""

from typing import Any


class Refused(Exception):
    """A request that Stripe would refuse, with its error object (docs.stripe.com/api/errors)."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        told = {"type": kind, "code": code, "message": message, "param": param}
        self.body: dict[str, Any] = {"error": {name: value for name, value in told.items() if value is not None}}


def not_handled(what: str) -> Refused:
    """Stripe could do this; the stand-in cannot and says so."""
    return Refused(f"The local stand-in does not handle {what} yet.", code="not_handled_by_the_stand_in", status=501)


def no_such(kind: str, identifier: str) -> Refused:
    """An object that does not exist, or not for this account."""
    return Refused(f"No such {kind}: '{identifier}'", code="resource_missing", param="id", status=404)
