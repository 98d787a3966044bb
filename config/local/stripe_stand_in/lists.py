"""Lists of objects, page by page (docs.stripe.com/api/pagination)."""

from typing import Any

from config.local.stripe_stand_in.refusals import Refused, not_handled
from config.local.stripe_stand_in.specification import Parameters
from config.local.stripe_stand_in.store import Body, Entry

LARGEST_PAGE = 100
PAGING = {"limit", "starting_after", "ending_before", "expand"}
BY_ITSELF = {"payout"}  # filtered before (api.py)
EQUAL = {"charge", "payment_intent", "source", "status", "type"}  # filters that compare one field


def page_of(entries: list[Entry], parameters: Parameters, url: str) -> Body:
    """One page of `entries`, which come newest first. Raises Refused."""
    limit = parameters.get("limit", 10)
    if not 1 <= limit <= LARGEST_PAGE:
        message = f"This value must be between 1 and {LARGEST_PAGE}."
        raise Refused(message, code="parameter_invalid_integer", param="limit")
    bodies = [entry.body for entry in entries if _matches(entry.body, parameters)]
    if "starting_after" in parameters:
        bodies = bodies[_place(bodies, parameters["starting_after"]) + 1 :]
    if "ending_before" in parameters:
        bodies = bodies[: _place(bodies, parameters["ending_before"])]
        return _list(bodies[-limit:], len(bodies) > limit, url)
    return _list(bodies[:limit], len(bodies) > limit, url)


def _matches(body: Body, parameters: Parameters) -> bool:
    for name in parameters.keys() - PAGING - BY_ITSELF:
        wanted = parameters[name]
        if name in EQUAL:
            matches = body.get(name) == wanted
        elif name == "types":
            matches = body["type"] in wanted
        elif name == "created":
            matches = _in_range(body["created"], wanted)
        elif name == "delivery_success":
            matches = (body["pending_webhooks"] == 0) == wanted
        else:
            raise not_handled(f"the filter {name}")
        if not matches:
            return False
    return True


def _in_range(created: int, wanted: Any) -> bool:
    if isinstance(wanted, int):
        return created == wanted
    return bool(
        created > wanted.get("gt", -1)
        and created >= wanted.get("gte", 0)
        and created < wanted.get("lt", created + 1)
        and created <= wanted.get("lte", created)
    )


def _place(bodies: list[Body], identifier: str) -> int:
    for place, body in enumerate(bodies):
        if body["id"] == identifier:
            return place
    raise Refused(f"No such object: '{identifier}'", code="resource_missing", status=404)


def _list(bodies: list[Body], has_more: bool, url: str) -> Body:
    return {"object": "list", "url": url, "has_more": has_more, "data": bodies}
