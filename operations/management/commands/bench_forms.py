import json
import statistics
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from operations.actions import bring_town_live
from operations.measuring import quiet_portal_of_its_own, seconds
from tenants.context import in_town
from tenants.municipalities import all_municipalities

MOST_STATEMENTS = 12  # that saving a page takes
HIGHEST_RATIO = 3.0
# By the service whose form is replaced: pages, fields on each, whether each field depends on an answer.
FORMS = {
    "hund-abmelden": (1, 10, False),  # the baseline
    "hund-ummelden": (10, 10, True),
    "hundemarke-ersatz": (1, 100, True),
}


class Command(BaseCommand):
    """Measure a page of a form with a hundred conditional fields, beside a page with ten plain ones, in a database of
    its own: once with ten of them on the page, once with all hundred."""

    help = "Measure pages of a form with 100 conditional fields beside one with 10 fields: statements, time as a ratio"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=40)

    def handle(self, *_args: Any, rounds: int, **_options: Any) -> None:
        with quiet_portal_of_its_own("forms"):
            found = _measured(rounds)
        for name, one in found.items():
            pages, fields, _conditional = FORMS[name]
            self.stdout.write(
                f"{pages * fields} conditional fields, {fields} on the page: {one['ms']:.1f} ms, ratio to a page with "
                f"10 plain fields {one['ratio']:.2f} (at most {HIGHEST_RATIO}); saving it takes {one['statements']} "
                f"statements (at most {MOST_STATEMENTS})"
            )
        self.stdout.write(json.dumps({"bench": "forms", "forms": found}))


def _measured(rounds: int) -> dict[str, dict[str, Any]]:
    client = _somebody_in_a_town_with_these_forms()
    paths = {key: f"/antrag/{key}/seite-0/" for key in FORMS}
    for key, path in paths.items():
        client.post(f"/antrag/{key}/art/", {"art": "a"})
        seconds(client, path)  # warm
    times = {key: [0.0] * rounds for key in FORMS}
    for number in range(rounds):  # in turns, so that a busy moment meets all of them
        for key, path in paths.items():
            times[key][number] = seconds(client, path)
    baseline, *others = FORMS
    return {
        key: {
            "ms": round(1000 * statistics.median(times[key]), 2),
            "ratio": round(statistics.median(a / b for a, b in zip(times[key], times[baseline], strict=True)), 2),
            "statements": _statements(client, key, paths[key]),
        }
        for key in others
    }


def _somebody_in_a_town_with_these_forms() -> Any:
    from tests.forms.publishing import many_fields, publish
    from tests.people import TownClient, make_anna

    call_command("migrate_towns", verbosity=0)
    call_command("import_library", verbosity=0)
    municipality = all_municipalities()[0]
    town = bring_town_live(municipality=municipality, slug=municipality.slug, now=timezone.now())
    with in_town(town):
        for key, (pages, fields, conditional) in FORMS.items():
            publish(many_fields(pages, fields, key=key, conditional=conditional))
        return TownClient(town).sign_in(make_anna())


def _statements(client: Any, key: str, path: str) -> int:
    answers = {f"f_0_{number}": "x" for number in range(FORMS[key][1])}
    client.post(path, answers)
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(path, answers)
    if answer.status_code != 302:
        raise RuntimeError(f"{path}: {answer.status_code}")
    # What has changed on the town's pages is asked once a second, by whatever request comes then.
    return sum("tenants_pagesversion" not in query["sql"] for query in asked)
