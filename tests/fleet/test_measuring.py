"""The commands that measure: they print what they found, and leave nothing behind."""

import json

from tenants.fleet import rehearsal
from tests.fleet.conftest import Fleet


def measured(fleet: Fleet, command: str) -> tuple[dict[str, object], str]:
    """The line for machines, and the one for people."""
    code, told = rehearsal.run([command, "--towns", "4"], fleet.version)
    assert code == 0, told
    figures, sentence = told.splitlines()[-2:]
    return json.loads(figures), sentence


def test_new_towns_are_measured_beside_their_migrations(fleet: Fleet) -> None:
    before = _databases(fleet)
    figures, sentence = measured(fleet, "bench_towns")

    assert [mark["towns"] for mark in figures["marks"]] == [1, 2, 4]  # type: ignore[attr-defined]
    assert all(0 < mark["script"] < mark["migrations"] for mark in figures["marks"])  # type: ignore[attr-defined]
    assert sentence.startswith("Neue Stadt: 0.")
    assert _databases(fleet) == before


def test_migrating_is_measured_and_ends_right_though_it_is_killed(fleet: Fleet) -> None:
    before = _databases(fleet)
    figures, sentence = measured(fleet, "bench_migrate")

    assert figures["right_after_kills"] is True
    assert list(figures["answers"]) == ["200"]  # type: ignore[call-overload]
    assert "am Ende richtig" in sentence
    assert _databases(fleet) == before


def _databases(fleet: Fleet) -> list[tuple[object, ...]]:
    return fleet.rows("SELECT datname FROM pg_database WHERE datname LIKE 'bench_%%' ORDER BY 1")
