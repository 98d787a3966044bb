"""Fills a new database: tables, catalogue, towns, and in each of them citizens who are signed in.

`python -m tests.load.prepare TOWNS` prints, as JSON, the login and the session of each person of each town.
"""

import json
import sys

import django

PEOPLE = 3  # of each town


def main() -> int:
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from operations.actions import bring_town_live
    from tenants.municipalities import all_municipalities

    call_command("migrate_towns", verbosity=0)
    call_command("import_library", verbosity=0)
    people = {}
    for chosen in all_municipalities()[: int(sys.argv[1])]:
        town = bring_town_live(
            municipality=chosen,
            slug=chosen.slug,
            now=timezone.now(),
        )
        people[town.slug] = people_of(town)
    print(json.dumps(people))
    return 0


def people_of(town: object) -> list[tuple[str, str]]:
    """Their numbers are the same in each town: only the database knows whose they are."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.trust import TrustLevel
    from tenants.context import in_town
    from tests.people import make_citizen

    found = []
    with in_town(town):  # type: ignore[arg-type]
        for number in range(PEOPLE):
            user = make_citizen(f"{town.slug}-{number}", "Anna", town.name)  # type: ignore[attr-defined]
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "accounts.openid.CitizenBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session["trust_level"] = int(TrustLevel.BASIC)
            session.save()
            assert session.session_key
            found.append((user.login, session.session_key))
    return found


if __name__ == "__main__":
    sys.exit(main())
