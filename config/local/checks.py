"""`./run check` and `./run test`: everything that must be right before a commit."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from config.local import browser, debian
from config.local.configuration import ROOT
from config.local.postgres import PostgresServer

Say = Callable[[str], None]

# What Django needs to start in tests; nothing answers at these addresses.
TEST_ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests",
    "BASE_URL": "http://localhost:8000",
    "OIDC_ISSUER": "http://localhost:8080",
    "OIDC_RP_CLIENT_ID": "stadttor",
    "OIDC_RP_CLIENT_SECRET": "only-for-tests",
    "OIDC_REGISTRATION_URL": "http://localhost:8080/oauth/register/stadttor",
    "OIDC_REGISTRATION_TOKEN": "only-for-tests",
    "STRIPE_SECRET_KEY": "sk_test_only_for_tests",
    "STRIPE_WEBHOOK_SECRET": "whsec_only_for_tests",
    "STRIPE_API_BASE": "http://localhost:8021",
    "STRIPE_PAGES": "http://localhost:8021",
    "EMAIL_URL": "memorymail://",
    "FILE_KEYS": "0123456789abcdef" * 4,
    "DATABASE_POOL_SIZE": "20",
}

POOLER = "pgbouncer"  # program and package

# All tests at once: a process for each core, files as they come (the longest ones are not the last).
IN_PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]


def check(data: Path, say: Say) -> int:
    """Format, style, types, imports, migrations. Returns the exit code of the first that fails."""
    database = PostgresServer(data / "test" / "server", fast=True)
    environment = TEST_ENVIRONMENT | os.environ
    try:
        if "DATABASE_URL" not in environment:
            environment["DATABASE_URL"] = database.start()
        for label, command in _steps():
            say(f"Prüfe {label}")
            if code := subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
                say(f"Nicht in Ordnung: {label}. Die Meldungen stehen darüber.")
                return code
    finally:
        database.stop()
    say("Alles in Ordnung.")
    return 0


def test(data: Path, arguments: list[str], say: Say) -> int:
    """Everything of `check`, then all tests. `arguments` go to pytest; if there are any, only pytest runs."""
    if not arguments and (code := check(data, say)):
        return code
    if not browser.provide(say):
        packages = " ".join(browser.PACKAGES)
        say(f"Kein Browser: Die Tests im Browser werden ausgelassen (dafür: sudo apt-get install {packages}).")
    if not shutil.which(POOLER) and debian.may_install():
        say("Richte ein: PgBouncer für die Tests")
        debian.install([POOLER])
    say("Teste")
    command = [sys.executable, "-m", "pytest", "-rs", *(arguments or IN_PARALLEL)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _steps() -> list[tuple[str, list[str]]]:
    programs = Path(sys.executable).parent
    steps = [
        ("die Form (ruff format)", [str(programs / "ruff"), "format", "--check", "--quiet"]),
        ("den Stil (ruff check)", [str(programs / "ruff"), "check", "--quiet"]),
        ("die Typen (mypy)", [str(programs / "mypy")]),
        ("die Importe (import-linter)", [str(programs / "lint-imports"), "--no-logo"]),
        ("die Migrationen", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
        (
            "was sie laufendem Code antun",
            [sys.executable, "manage.py", "check", "--deploy", "--tag", "migrations", "--fail-level", "ERROR"],
        ),
    ]
    return steps if _has_import_contracts() else [step for step in steps if "import-linter" not in step[0]]


def _has_import_contracts() -> bool:
    contracts = (ROOT / ".importlinter").exists()
    return contracts or "[tool.importlinter]" in (ROOT / "pyproject.toml").read_text()
