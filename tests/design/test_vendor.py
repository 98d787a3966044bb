"""Third-party files are as they came, with their licences, and the first visit stays light."""

import gzip
import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.design.site import BRAND
from townhall import theme

STATIC = settings.ROOT / "static"
FOLDERS = [STATIC / "vendor", settings.ROOT / "tests" / "browser" / "vendor"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(settings.ROOT)))
def test_nobody_edited_a_vendored_file(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {name: checksum for checksum, name in (line.split() for line in lines)}
    files = {
        f"./{file.relative_to(folder)}": hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "SHA256SUMS"
    }

    assert files == sums


def test_every_vendored_part_lies_beside_its_licence() -> None:
    licences = {"kern": "LICENSE.md", "fira-sans": "OFL.txt", "material-symbols": "LICENSE.txt"}

    assert {folder.name for folder in (STATIC / "vendor").iterdir() if folder.is_dir()} == licences.keys()
    assert all((STATIC / "vendor" / part / licence).is_file() for part, licence in licences.items())


def test_the_first_visit_of_a_home_page_costs_at_most_150_kilobytes() -> None:
    """What a browser fetches for the home page: fonts as they are, the rest compressed."""
    fonts = sum(
        (STATIC / "vendor" / "fira-sans" / f"fira-sans-latin-{weight}-normal.woff2").stat().st_size
        for weight in (400, 500, 600)
    )
    styles = [STATIC / "css" / f"{name}.css" for name in ("base", "header", "components", "home", "print")]
    files = [
        *styles,
        STATIC / "vendor" / "kern" / "kern.min.css",
        STATIC / "vendor" / "material-symbols" / "icons.svg",
        STATIC / "js" / "portal.js",
    ]
    made = [theme.css(BRAND).encode(), theme.crest_svg("L", BRAND).encode()]
    page = Client().get("/bausteine/").content  # longer than the home page
    texts = [page, *made, *(file.read_bytes() for file in files)]

    assert fonts + sum(len(gzip.compress(text)) for text in texts) <= 150_000


def test_citizens_do_not_load_the_desks_style_sheet() -> None:
    pages = [Client().get(f"/bausteine/{page}").content.decode() for page in ("", "formular/", "konto/")]

    assert [page.count("staff.css") for page in pages] == [0, 0, 0]
