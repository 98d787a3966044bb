import json
import statistics
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from operations.actions import bring_town_live
from operations.measuring import quiet_portal_of_its_own, seconds
from tenants.context import as_owner, in_town
from tenants.models import Town
from tenants.municipalities import all_municipalities

FEW = 200
MOST_STATEMENTS = 12
HIGHEST_RATIO = 2.0
PAGES = {
    "open": "/rathaus/eingang/",
    "mine": "/rathaus/eingang/?person=ich",
    "overdue": "/rathaus/eingang/?status=ueberfaellig",
    "paid": "/rathaus/eingang/?status=bezahlt",
    "search": "/rathaus/eingang/?q=scermann+hund",
    "last page": "/rathaus/eingang/?seite=9999",
}


class Command(BaseCommand):
    """Measure the town hall's inbox with many cases, beside one with two hundred, in a database of its own."""

    help = "Measure the inbox with many cases beside one with 200: statements, and time as a ratio"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, default=20_000)
        parser.add_argument("--rounds", type=int, default=15)

    def handle(self, *_args: Any, cases: int, rounds: int, **_options: Any) -> None:
        with quiet_portal_of_its_own("inbox"):
            few, many = _found(min(FEW, cases), cases)
            found = dict(_compare(few, many, rounds))
        for page, one in found.items():
            self.stdout.write(
                f"{page}: {one['statements']} statements (at most {MOST_STATEMENTS}), {one['many_ms']:.1f} ms with "
                f"{cases} cases, {one['few_ms']:.1f} with {min(FEW, cases)}, ratio {one['ratio']:.2f} "
                f"(at most {HIGHEST_RATIO})"
            )
        self.stdout.write(json.dumps({"bench": "inbox", "cases": cases, "pages": found}))


def _found(*numbers: int) -> list[Any]:
    """A browser of a case worker in each of two towns that have so many cases."""
    from tests.people import TownClient, make_bernd

    call_command("migrate_towns", verbosity=0)
    call_command("import_library", verbosity=0)
    clients = []
    for municipality, number in zip(all_municipalities(), numbers, strict=False):
        town = bring_town_live(municipality=municipality, slug=municipality.slug, now=timezone.now())
        with in_town(town):
            bernd = make_bernd()
            _fill(town, number, bernd.pk)
        clients.append(TownClient(town).sign_in(bernd))
    return clients


def _fill(town: Town, number: int, case_worker: int) -> None:
    """Cases like one that was really handed in: of all days of a year, every third in somebody's hands."""
    from tests.factories import make_submission
    from tests.people import make_anna

    make_submission(make_anna(), now=timezone.now())
    with as_owner(), in_town(town), connection.cursor() as cursor:
        cursor.execute(_COPIES, [town.number_prefix, case_worker, number - 1])
        cursor.execute(_HISTORIES)
        cursor.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself after a while


_COPIES = """
INSERT INTO submissions_submission (id, number, draft_id, service_key, service_title, unit, form_version, citizen_id,
    applicant, email, trust_level, answers, verified, flags, fee_is_due, fee_lines, fee_total, frozen_at, state,
    received_at, due_on, act_by, case_worker_id)
SELECT gen_random_uuid(), %s || '-2025-' || lpad(n::text, 6, '0'), gen_random_uuid(), service_key, service_title,
    unit, form_version, citizen_id,
    'Anna ' || chr(65 + n %% 26) || chr(97 + n / 26 %% 26) || 'ermann', email,
    trust_level, answers, verified, flags, fee_is_due, fee_lines,
    fee_total, frozen_at - (n %% 365) * interval '1 day', CASE WHEN n %% 3 = 0 THEN 'in_review' ELSE 'received' END,
    received_at - (n %% 365) * interval '1 day', due_on - (n %% 365), due_on - (n %% 365),
    CASE WHEN n %% 3 = 0 THEN %s::bigint END
FROM submissions_submission, generate_series(1, %s) AS n
"""
_HISTORIES = """
INSERT INTO submissions_event (submission_id, at, title, text, is_public, old_state, new_state)
SELECT id, received_at, 'Antrag eingegangen', '', true, '', 'received' FROM submissions_submission
"""


def _compare(few: Any, many: Any, rounds: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for page, path in PAGES.items():
        for client in (few, many):
            seconds(client, path)  # warm
        pairs = [(seconds(few, path), seconds(many, path)) for _round in range(rounds)]
        with CaptureQueriesContext(connection) as asked:
            many.get(path)
        yield (
            page,
            {
                "statements": len(asked),
                "few_ms": round(1000 * statistics.median(one for one, _other in pairs), 2),
                "many_ms": round(1000 * statistics.median(other for _one, other in pairs), 2),
                "ratio": round(statistics.median(other / one for one, other in pairs), 2),
            },
        )
