"""`docker/configure` writes what the compose file needs, with passwords that nobody else has."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.docker.files import DOCKER, compose, example, read_environment, resolve, secrets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of docker/, without an .env."""
    for name in ("configure", ".env.example"):
        shutil.copy(DOCKER / name, tmp_path)
    return tmp_path


def configure(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "configure", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )


def test_every_secret_is_long_and_nobody_elses(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "docker"
    shutil.copytree(folder, other)
    for one in (folder, other):
        assert configure(one, "stadttor.example").returncode == 0

    values = [read_environment(one / ".env")[name] for one in (folder, other) for name in secrets()]

    assert len(secrets()) == 9
    assert len({*values}) == 18
    assert {len(value) for value in values} == {64}
    assert all(value.isalnum() for value in values)


def test_only_the_owner_may_read_it(folder: Path) -> None:
    configure(folder, "stadttor.example")

    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert sorted(file.name for file in folder.iterdir()) == [".env", ".env.example", "configure"]


def test_the_host_stands_wherever_it_must_and_all_else_is_as_in_the_example(folder: Path) -> None:
    configure(folder, "portal.kreis.example")

    written = read_environment(folder / ".env")
    assert written["BASE_HOST"] == "portal.kreis.example"
    assert written["OPERATOR_HOST"] == "betrieb.portal.kreis.example"
    assert written["DEFAULT_FROM_EMAIL"] == "Serviceportal <nicht-antworten@portal.kreis.example>"
    changed = {name for name, value in example().items() if written[name] != value}
    assert changed == {
        *("BASE_HOST", "OPERATOR_HOST", "DEFAULT_FROM_EMAIL", "COMPOSE_PROFILES", "CLAMAV_URL"),
        *secrets(),
    }


def test_a_server_gets_a_virus_scanner_and_a_machine_to_try_it_out_none(folder: Path) -> None:
    configure(folder, "portal.kreis.example")
    server = read_environment(folder / ".env")
    (folder / ".env").unlink()
    configure(folder, "--tryout")
    tryout = read_environment(folder / ".env")

    scanner = compose()["services"]["clamav"]
    assert (server["COMPOSE_PROFILES"], server["CLAMAV_URL"]) == ("keycloak,clamav", "tcp://clamav:3310")
    assert scanner["profiles"] == ["clamav"]
    assert "clamav" not in tryout["COMPOSE_PROFILES"]
    assert tryout["CLAMAV_URL"] == ""


def test_for_trying_out_nothing_is_missing(folder: Path) -> None:
    assert configure(folder, "--tryout").returncode == 0

    written = read_environment(folder / ".env")
    environment = {name: resolve(value, written) for name, value in compose()["services"]["web"]["environment"].items()}
    assert environment["BASE_URL"] == "http://stadttor.localhost"
    assert environment["OIDC_ISSUER"] == "http://konto.stadttor.localhost/realms/stadttor"
    assert environment["EMAIL_URL"] == "smtp://mail:1025"
    assert (written["COMPOSE_PROFILES"], written["PEOPLE"], written["LISTEN"]) == (
        "keycloak,tryout",
        "people",
        "127.0.0.1",
    )


def test_a_server_does_not_start_before_its_mail_server_is_named(folder: Path) -> None:
    configure(folder, "stadttor.example")

    with pytest.raises(KeyError, match="EMAIL_URL"):
        resolve(compose()["services"]["web"]["environment"]["EMAIL_URL"], read_environment(folder / ".env"))


def test_what_is_there_is_never_overwritten(folder: Path) -> None:
    configure(folder, "stadttor.example")
    before = (folder / ".env").read_text()

    again = configure(folder, "stadttor.example")

    assert again.returncode == 1
    assert again.stderr.startswith("docker/.env gibt es schon.")
    assert (folder / ".env").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Bitte nennen Sie die Grundadresse"),
        (["--was"], "Bitte nennen Sie die Grundadresse"),
        (["https://stadttor.example"], "ist kein Hostname"),
        (["Stadt Tor"], "ist kein Hostname"),
        (["$(id)"], "ist kein Hostname"),
        (["a.example", "b.example"], "nur eine Grundadresse"),
    ],
)
def test_a_mistake_is_answered_in_a_german_sentence(folder: Path, arguments: list[str], sentence: str) -> None:
    done = configure(folder, *arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert not (folder / ".env").exists()
