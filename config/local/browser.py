"""The browser of the tests: a Chromium of the system, installed if that is possible."""

import os
import shutil
import subprocess
from collections.abc import Callable

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def provide(say: Callable[[str], None]) -> str | None:
    """Path of a Chromium, installed by Debian's package manager if we may; None if there is none."""
    if (found := find()) or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    say("Richte ein: Chromium für die Tests im Browser (etwa eine Minute)")
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
            return None
    return find()
