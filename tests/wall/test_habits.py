"""What PostgreSQL cannot refuse our own code is kept to the few places that need it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("accounts", "billing", "catalogue", "config", "operations", "submissions", "templates", "tenants", "townhall")
# Who moves, backs up, deletes or migrates towns crosses the wall; what answers requests and runs jobs does not.
CROSSES = re.compile(
    r"tenants/(apps|wall|context)\.py|tenants/(backend|fleet|management)/.*"
    r"|operations/(backup|deletion)\.py|operations/(moving|management)/.*|config/local/.*|[a-z/]+/migrations/.*"
)


def places_of(pattern: str) -> set[str]:
    files = (file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    return {str(file.relative_to(ROOT)) for file in files if re.search(pattern, file.read_text())}


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bas_owner\b",
        r"connection\.is_owner\b",
        r"connection\.connection\b",
        r"\.cursor\.cursor\b",
        r"psycopg\.connect\b",
        r"set_config|SET (LOCAL |SESSION )?ROLE|RESET ROLE|SET (LOCAL )?search_path",
    ],
)
def test_only_what_moves_or_migrates_towns_reaches_past_the_wall(pattern: str) -> None:
    assert [place for place in sorted(places_of(pattern)) if not CROSSES.fullmatch(place)] == []
