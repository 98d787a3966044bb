"""A small storm; the large one is `python -m tests.fault --payments 3000`."""

import subprocess
import sys

from django.conf import settings


def test_what_was_paid_is_handed_in_and_booked_whatever_goes_wrong() -> None:
    command = [sys.executable, "-m", "tests.fault", "--payments", "30", "--seed", "4711", "--kill-every", "8"]

    told = subprocess.run(command, cwd=settings.ROOT, capture_output=True, text=True, timeout=1200, check=False)

    assert "Seed 4711: alles stimmt" in told.stdout, told.stdout + told.stderr
    assert told.returncode == 0
