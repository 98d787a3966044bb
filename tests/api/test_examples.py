"""The examples of docs/schnittstelle.md run as they stand, against a real server."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.api.conftest import issued
from tests.api.test_payments import pay
from tests.factories import make_submission
from tests.people import make_anna, make_astrid

GUIDE = settings.ROOT / "docs" / "schnittstelle.md"
EXAMPLES = re.findall(r"```(sh|python)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
# curl knows that names below localhost are this machine; Python asks the system, which may not know.
KNOWS_LOCALHOST = """
import socket
_ask = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: _ask("127.0.0.1" if host == "lage.localhost" else host, *rest, **more)
"""
PROGRAMS = {"sh": ["sh", "-eu", "-c"], "python": [sys.executable, "-c"]}


@pytest.mark.django_db(transaction=True)
def test_all_of_them_run_one_after_the_other(lage: Town, live_server: Any) -> None:
    with in_town(lage):
        anna = make_anna()
        case = make_submission(anna)
        paid = pay(anna)
        system = issued(lage, make_astrid())
    port = live_server.url.rpartition(":")[2]
    values = {"STADT": f"http://lage.localhost:{port}", "SCHLUESSEL": system.written, "NUMMER": case.number}

    told = []
    for kind, example in EXAMPLES:
        done = subprocess.run(
            [*PROGRAMS[kind], KNOWS_LOCALHOST * (kind == "python") + example],
            env=os.environ | values,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        told.append(done.stdout)

    listed, whole, taken, decided, payments = told
    assert case.number in listed
    assert '"hund_name":"Bello"' in whole
    assert '"state":"in_review"' in taken
    assert decided == f"{State.DECIDED.label}\n"
    assert f'"reference":"{paid.reference}"' in payments
    assert paid.reference not in listed
