"""The command that compares public pages with few and with many towns. What it measures is not judged here."""

import json
from io import StringIO

from django.core.management import call_command

from tests.load.pages import PAGES


def test_public_pages_are_measured_beside_a_portal_with_fewer_towns_and_an_empty_view() -> None:
    output = StringIO()

    call_command("bench_pages", "--towns", "5", "--rounds", "1", stdout=output)

    *sentences, measured = output.getvalue().splitlines()
    found = json.loads(measured)
    assert len(sentences) == len(PAGES)
    assert (found["towns"], list(found["pages"])) == (5, list(PAGES))
    assert all(one["many"]["per_second"] > 0 and one["few"]["cpu_ms"] > 0 for one in found["pages"].values())
