"""The files of docker/, as their readers see them."""

import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

ROOT: Path = settings.ROOT
DOCKER = ROOT / "docker"
REFERENCE = re.compile(
    r"(?<!\$)\$\{([A-Z_]+)(?::([-?])([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}"
)  # ${NAME}, ${NAME:-x}, ${NAME:?x}


def compose() -> dict[str, Any]:
    """The compose file; what is merged (`<<`) is merged."""
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return found


def example() -> dict[str, str]:
    """Names and values of `.env.example`."""
    return read_environment(DOCKER / ".env.example")


def read_environment(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def secrets() -> set[str]:
    """The names below "Secrets" in `.env.example`."""
    text = (DOCKER / ".env.example").read_text().partition("# --- Secrets ---\n")[2].partition("\n# --- ")[0]
    return set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))


def resolve(text: str, environment: dict[str, str]) -> str:
    """A value of the compose file with its names replaced. Raises KeyError for a name that is needed and missing."""

    def value(match: re.Match[str]) -> str:
        name, kind, otherwise = match.groups()
        found = environment.get(name, "")
        if found or kind is None:
            return found
        if kind == "?":
            raise KeyError(name)
        return resolve(otherwise, environment)

    return REFERENCE.sub(value, text)


def files_of_the_image() -> list[Path]:
    """The files that `COPY . …` brings into the image: what docker/Dockerfile.dockerignore lets through.

    Its last rule that fits a file or a folder above it decides. Paths are relative to the root.
    """
    lines = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in (".git", ".venv", ".local")]
        found += [(Path(folder) / name).relative_to(ROOT) for name in names]
    return [path for path in found if not _is_ignored(path, rules)]


def _is_ignored(path: Path, rules: list[str]) -> bool:
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        if any(_fits(candidate, pattern) for candidate in (path, *path.parents)):
            ignored = not rule.startswith("!")
    return ignored


def _fits(path: Path, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(fnmatch(part, pattern[3:]) for part in path.parts)
    parts = pattern.split("/")
    return len(parts) == len(path.parts) and all(map(fnmatch, path.parts, parts))
