"""The compose file: it is one, and what it starts is safe."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for  # type: ignore[import-untyped]  # has no types

from tests.docker.files import DOCKER, REFERENCE, ROOT, compose, example, resolve, secrets

OURS = ("migrate", "web", "worker")
# Settings that the image sets itself, or that are for other deployments and tests.
NOT_FOR_COMPOSE = {
    "DATABASE_MAX_LIFETIME",
    "DATABASE_TRANSACTION_POOLING",
    "DEBUG",
    "EXPORTS_ROOT",
    "FIGURES_SECONDS",
    "MEDIA_ROOT",
    "OIDC_CALLBACK",
    "OIDC_REGISTRATION_TOKEN",
    "OIDC_REGISTRATION_URL",
    "SESSION_SECONDS",
    "OIDC_RP_SCOPES",
    "OIDC_RP_SIGN_ALGO",
    "PG_BIN",
    "STATIC_ROOT",
    "STRIPE_API_BASE",
    "STRIPE_PAGES",
}


def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def test_it_keeps_to_the_compose_specification() -> None:
    schema = json.loads((Path(__file__).parent / "vendor/compose-spec.json").read_text())
    schema.pop("$schema")  # it names the draft with https, which nobody knows
    validator = validator_for(schema)(schema)

    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(compose())
    ]

    assert problems == []
    broken = compose()
    broken["services"]["web"]["comand"] = ["web"]
    assert not validator.is_valid(broken)


def test_every_name_it_needs_is_in_the_example_and_the_other_way_round() -> None:
    text = (DOCKER / "compose.yaml").read_text()
    # ${SCHEME:-https}://${BASE_HOST} may be what stands for a missing name.
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))

    assert used | {"COMPOSE_PROFILES"} == set(example())


def test_a_name_that_stands_for_nothing_is_what_the_example_says() -> None:
    text = (DOCKER / "compose.yaml").read_text()
    standing = {match[1]: match[3] for match in REFERENCE.finditer(text) if match[2] == "-" and match[3]}
    given = example()

    differing = {name for name, value in standing.items() if resolve(value, given) != given[name] != ""}

    assert differing == set()


def test_nothing_starts_without_secrets_and_there_is_none_to_begin_with() -> None:
    text = (DOCKER / "compose.yaml").read_text()
    needed = {match[1] for match in REFERENCE.finditer(text) if match[2] == "?"}

    assert secrets() - needed == {"TRYOUT_PASSWORD"}
    assert {name for name in secrets() if example()[name]} == set()
    assert not re.search(r"(PASSWORD|SECRET|TOKEN|_KEY): (?!\$\{)\S", text)
    with pytest.raises(KeyError):
        resolve(services()["web"]["environment"]["DATABASE_URL"], example())


def test_the_portal_is_told_everything_that_its_settings_ask_for() -> None:
    asked = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "config/settings.py").read_text()))

    told = set(services()["web"]["environment"])

    assert asked - told <= NOT_FOR_COMPOSE
    assert told - asked == {"PROMETHEUS_MULTIPROC_DIR", "WEB_WORKERS", "WEB_THREADS"}


@pytest.mark.parametrize("name", OURS)
def test_ours_write_nowhere_but_where_they_must(name: str) -> None:
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image says who
    assert service["volumes"] == ["media:/srv/stadttor/media", "metrics:/srv/stadttor/metrics"]
    assert service["environment"]["PROMETHEUS_MULTIPROC_DIR"] == "/srv/stadttor/metrics"


def test_only_the_proxy_can_be_reached_from_elsewhere() -> None:
    open_to = {
        name: [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")]
        for name, service in services().items()
    }

    assert {name for name, ports in open_to.items() if ports} == {"proxy"}
    assert services()["postgres"]["networks"] == ["inside"]
    assert compose()["networks"]["inside"] == {"internal": True}
    assert "inside" not in services()["proxy"]["networks"]


def test_the_portal_waits_for_the_tables() -> None:
    for name in ("web", "worker"):
        assert services()[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services()["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_what_is_only_for_trying_out_starts_only_then() -> None:
    profiles = {name: service["profiles"] for name, service in services().items() if "profiles" in service}

    assert profiles == {"clamav": ["clamav"], "keycloak": ["keycloak"], "mail": ["tryout"]}
    assert (example()["COMPOSE_PROFILES"], example()["PEOPLE"], example()["SELF_ENROLMENT"]) == (
        "keycloak",
        "nobody",
        "false",
    )


def test_every_file_that_is_laid_into_a_container_is_there() -> None:
    mounted = [
        DOCKER / resolve(volume, example()).split(":")[0]
        for service in services().values()
        for volume in service.get("volumes", [])
        if resolve(volume, example()).startswith("./")
    ]

    assert [file.name for file in mounted if not file.exists()] == ["certificates"]  # of whoever has some
    assert len(mounted) == 5


def test_what_is_run_can_be_run() -> None:
    """PostgreSQL's image would read a script that it cannot run into its own."""
    scripts = [file for file in DOCKER.rglob("*") if file.is_file() and file.read_bytes().startswith(b"#!")]

    assert {file.name for file in scripts} >= {"check", "configure", "databases.sh", "entrypoint"}
    assert [file.name for file in scripts if not os.access(file, os.X_OK)] == []


def test_the_database_is_set_up_for_many_towns() -> None:
    command = [resolve(part, example()) for part in services()["postgres"]["command"]]

    assert {"--max_locks_per_transaction=1024", "--recovery_init_sync_method=syncfs", "--shared_buffers=1GB"} <= {
        *command
    }


def test_images_have_short_names() -> None:
    """Where they come from is for whoever runs them to say."""
    names = [resolve(service["image"], example()) for service in services().values()]

    assert [name for name in names if "." in name.split("/")[0].split(":")[0]] == []
    assert [name for name in names if ":" not in name and name != "stadttor"] == []
