"""What processes of their own need, to work with the database of a test."""

import os
import subprocess
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def environment_of_a_process(**more: str) -> dict[str, str]:
    """Our own environment, with this test's database and files; `more` is added."""
    database = connection.settings_dict
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    place = f"host={quote(database['HOST'], safe='')}&port={database['PORT'] or 5432}"
    own = {
        "DATABASE_URL": f"postgresql://{login}@/{database['NAME']}?{place}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }
    return os.environ | own | more


def until(is_so: Callable[[], bool], process: subprocess.Popen[Any] | None = None) -> None:
    """Wait until something is so, while a process runs."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        assert process is None or process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
