"""What the tests of all pages of the town hall need: each page's address, and who is let in."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import Role, User
from tenants.context import in_town
from tenants.models import Town
from tests.people import TownClient, make_staff

ALL_ROLES = tuple(Role)
SIGN_IN = "/rathaus/anmelden/"


def addresses_of(urls: ModuleType, **values: str | int | UUID) -> list[str]:
    """The addresses of all pages of a URL table, so that none can be forgotten. `values` fill in the blanks."""
    return [
        reverse(f"{urls.app_name}:{route.name}", kwargs={name: values[name] for name in route.pattern.converters})
        for route in urls.urlpatterns
    ]


def urls_of(urlconf: str) -> Iterator[tuple[str, list[Any]]]:
    """Every URL: its name with its namespace, and the patterns that make up its address, the outermost first."""

    def walk(patterns: list[Any], namespace: str, before: list[Any]) -> Iterator[tuple[str, list[Any]]]:
        for one in patterns:
            chain = [*before, one]
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, one.namespace or namespace, chain)
            else:
                yield f"{namespace}:{one.name}" if namespace else str(one.name), chain

    return walk(get_resolver(urlconf).url_patterns, "", [])


def make_clara_of_all_trades() -> User:
    """Clara of Detmold, who may do everything there."""
    return make_staff("clara", "Clara", "Clausmeier", *ALL_ROLES)


def is_not_there(client: TownClient, addresses: list[str]) -> dict[str, bool]:
    """Whether each page, looked at or pressed, does not exist for this person."""
    return {
        address: {client.get(address).status_code, client.post(address).status_code} <= {404, 405}
        for address in addresses
    }


def is_sent_to_sign_in(client: TownClient, addresses: list[str]) -> dict[str, bool]:
    """Whether each page, looked at or pressed, leads to signing in as staff."""

    def leads_there(response: Any) -> bool:
        return bool(response.status_code == 302 and response["Location"].startswith(SIGN_IN))

    return {address: leads_there(client.get(address)) and leads_there(client.post(address)) for address in addresses}


def errors_of(response: Any) -> list[str]:
    """What the form of a page complains about, by sentence, as the summary above it says."""
    context = response.context
    form = context.get("sent") or context.get("form") or context["filter"]
    return [str(error) for errors in form.errors.values() for error in errors]


def form_of(response: Any, step: str) -> Any:
    """The form of a step on the page of a case."""
    return next(one.form for one in response.context["steps"] if one.name == step)


def fingerprint(town: Town) -> dict[str, str]:
    """What every table of a town says, but those that log who looks or count who asks, and sessions."""
    with in_town(town), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for table in tables:
            if table not in ("accounts_auditentry", "tokens_usage", "django_session", "django_migrations"):
                rows = "md5(coalesce(string_agg(one::text, '|' ORDER BY one::text), ''))"
                cursor.execute(f'SELECT {rows} FROM "{table}" one')  # noqa: S608 -- a table of our own
                found[table] = cursor.fetchone()[0]
    return found
