"""A pytest plugin (`-p tests.environment`): what tests need and the machine may lack.

It starts a PostgreSQL server and names the settings, before Django reads them. DATABASE_URL and the like win, so
that tests can also run against servers that are there already.
"""

import os
from collections.abc import Generator

import pytest

from config.local import browser
from config.local.checks import TEST_ENVIRONMENT
from config.local.configuration import data_directory
from config.local.postgres import PostgresServer
from config.local.problems import LocalProblem

SERVER = pytest.StashKey[PostgresServer]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Set the environment and start the database; pytest-django sets Django up right after this."""
    for name, value in TEST_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "DATABASE_URL" not in os.environ:
        server = PostgresServer(data_directory() / "test" / "server", fast=True)
        try:
            os.environ["DATABASE_URL"] = server.start()
        except LocalProblem as problem:
            raise pytest.UsageError(str(problem)) from problem
        os.environ["PG_BIN"] = str(server.programs)
        early_config.stash[SERVER] = server
    yield


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database, unless other tests still use it."""
    if server := config.stash.get(SERVER, None):
        server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests in a browser where there is none."""
    if browser.is_ready():
        return
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="needs a browser: apt-get install chromium libatomic1"))
