"""The image: what is in it is enough, and no more. `docker/check` builds it."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docker.healthcheck import answers
from tests.docker.files import DOCKER, ROOT, example, files_of_the_image
from tests.docker.upstream import Upstream

ROOMS = ("accounts", "billing", "catalogue", "config", "operations", "submissions", "templates", "tenants", "townhall")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the image only."""
    folder = tmp_path_factory.mktemp("image")
    for path in files_of_the_image():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, folder / path)
    return folder


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As the image's entry point does, with nothing in the environment that it has not."""
    known = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "SECRET_KEY": "only-for-tests",
        "FILE_KEYS": "0123456789abcdef" * 4,
        "BASE_URL": "https://stadttor.example",
        "DATABASE_URL": os.environ["DATABASE_URL"],
    }
    return subprocess.run(command, cwd=folder, env=known | environment, capture_output=True, text=True, check=False)


def test_nothing_is_missing(unpacked: Path) -> None:
    done = run(unpacked, "docker/entrypoint", "check")

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


def test_static_files_are_collected_under_hashed_names(unpacked: Path, tmp_path: Path) -> None:
    done = run(unpacked, "docker/entrypoint", "collectstatic", "--noinput", STATIC_ROOT=str(tmp_path / "static"))

    assert done.returncode == 0, done.stderr
    assert [file.name for file in (tmp_path / "static/css").glob("base.*.css.gz")]


@pytest.mark.parametrize(
    ("log_format", "option"), [("line", []), ("json", ["--log-config", "config/granian_logs.json"])]
)
def test_the_web_server_writes_its_own_lines_like_the_portal(
    unpacked: Path, tmp_path: Path, log_format: str, option: list[str]
) -> None:
    granian = tmp_path / "granian"
    granian.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    granian.chmod(0o755)

    done = run(unpacked, "docker/entrypoint", "web", LOG_FORMAT=log_format, PATH=f"{tmp_path}:/usr/bin:/bin")

    assert done.stdout.splitlines()[-1 - len(option) :] == [*option, "config.wsgi:application"]
    assert ("--log-config" in done.stdout) == bool(option)
    assert (unpacked / "config/granian_logs.json").exists()


def test_it_has_all_rooms_and_nothing_of_ours_alone() -> None:
    files = files_of_the_image()

    assert {path.parts[0] for path in files} == {*ROOMS, "docker", "locks", "static", "manage.py", "LICENSE", "NOTICE"}
    assert [path for path in files if path.parts[:2] == ("config", "local")] == []
    assert [path.name for path in files if path.name.startswith(".env") or path.suffix in (".pyc", ".sqlite")] == []
    assert sorted(path.name for path in files if path.parts[0] == "docker") == ["entrypoint", "healthcheck.py"]
    assert [path.name for path in files if path.parts[0] == "locks"] == ["product.lock"]


def test_the_product_needs_nothing_of_the_local_stack(unpacked: Path) -> None:
    imported = {
        name
        for file in unpacked.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(node)
    }

    assert {name for name in imported if name.startswith(("config.local", "tests"))} == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_the_packages_are_the_locked_ones_and_the_user_is_nobody_special() -> None:
    last = (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2]

    assert "--require-hashes" in (DOCKER / "Dockerfile").read_text()
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    assert 'ENTRYPOINT ["docker/entrypoint"]' in last


def test_its_pg_dump_is_as_new_as_the_server() -> None:
    [image] = re.findall(r"^ARG POSTGRES_IMAGE=(.*)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)

    assert image == example()["POSTGRES_IMAGE"]


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (301, False), (503, False)])
def test_the_health_check_says_what_the_portal_says(status: int, is_well: bool) -> None:
    with Upstream() as portal:
        portal.status = status

        assert answers(portal.port) is is_well

    assert [(asked.path, asked.headers["X-Forwarded-Proto"]) for asked in portal.asked] == [("/healthz", "https")]


def test_the_health_check_fails_where_nobody_answers() -> None:
    with Upstream() as portal:
        port = portal.port

    assert answers(port) is False
