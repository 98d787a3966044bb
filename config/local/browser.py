"""The browser of the tests: a Chromium of the system, installed if that is possible."""

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

from config.local import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "libatomic1")  # Debian's; the driver of Playwright needs the library


def find() -> str | None:
    """Path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@cache
def is_ready() -> bool:
    """Whether tests can use a browser: there is one, and Playwright's driver runs."""
    playwright = importlib.util.find_spec("playwright")
    if not find() or playwright is None or playwright.origin is None:
        return False
    driver = Path(playwright.origin).parent / "driver" / "node"
    return subprocess.run([driver, "--version"], capture_output=True, check=False).returncode == 0


def provide(say: Callable[[str], None]) -> bool:
    """Whether tests can use a browser, after installing what lacks by Debian's package manager, if we may."""
    if is_ready() or not debian.may_install():
        return is_ready()
    say("Richte ein: Chromium für die Tests im Browser (etwa eine Minute)")
    debian.install(PACKAGES)
    is_ready.cache_clear()
    return is_ready()
