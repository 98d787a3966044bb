"""What the commands that measure pages have in common."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import override_settings

from tenants.fleet import rehearsal


@contextmanager
def quiet_portal_of_its_own(name: str) -> Iterator[None]:
    """A database that is gone afterwards, files without a manifest, and no log of each request."""
    logging.disable(logging.INFO)
    plain = settings.STORAGES | {"staticfiles": {"BACKEND": rehearsal.PLAIN_FILES}}
    with rehearsal.database_of_its_own(f"{name}_{os.getpid()}"), override_settings(STORAGES=plain):
        yield


def seconds(client: Any, path: str) -> float:
    """How long a page takes. Raises RuntimeError if it is none."""
    began = time.perf_counter()
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return time.perf_counter() - began
