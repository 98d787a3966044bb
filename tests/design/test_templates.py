"""Habits that all templates keep, whoever writes them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from inspect import getsource
from pathlib import Path

import pytest
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.base import Lexer, Token, TokenType
from django.template.loader import get_template

from templates import components
from templates.icons import ICONS, INTERFACE_ICONS

ROOT: Path = settings.ROOT
FOLDER = ROOT / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
ROOMS = [
    "accounts",
    "billing",
    "catalogue",
    "config",
    "operations",
    "submissions",
    "templates",
    "tenants",
    "townhall",
]
PYTHON = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]

# Attributes that people read or hear.
READ = {"alt", "aria-label", "placeholder", "title", "data-list-label", "data-none", "data-some"}
# Names that are the same in every language.
NAMES = {"Stadttor", "LAGE-2026-000123"}

every_template = pytest.mark.parametrize("file", TEMPLATES, ids=[str(file.relative_to(FOLDER)) for file in TEMPLATES])


def tokens(file: Path) -> list[Token]:
    return Lexer(file.read_text(encoding="utf-8")).tokenize()


def without_template_code(file: Path) -> str:
    """The HTML of a template: translated texts, variables and tags become nothing, comments too."""
    html, skipping = [], ""
    for token in tokens(file):
        word = token.contents.split()[0] if token.contents.split() else ""
        if skipping:
            skipping = "" if token.token_type == TokenType.BLOCK and word == f"end{skipping}" else skipping
        elif token.token_type == TokenType.BLOCK and word in ("comment", "blocktranslate"):
            skipping = word
        elif token.token_type == TokenType.TEXT:
            html.append(token.contents)
    return "".join(html)


class Texts(HTMLParser):
    """What a person reads or hears of some HTML, and what the policy forbids in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.read: list[str] = []
        self.forbidden: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read += [value or "" for name, value in attrs if name in READ]
        self.forbidden += [f"{tag} {name}" for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in dict(attrs)):
            self.forbidden.append(tag)

    def handle_data(self, data: str) -> None:
        self.read.append(data)


def literals(file: Path) -> Iterator[str]:
    """Texts in quotes that are given to our components without being translated."""
    ours = set(components.register.tags)
    for token in tokens(file):
        words = token.contents.split()
        if token.token_type == TokenType.BLOCK and words and words[0] in ours:
            untranslated = re.sub(r"""_\((".*?"|'.*?')\)""", "", token.contents)
            yield from re.findall(r'"([^"]*)"', untranslated)


def used_templates() -> set[str]:
    """Templates that another template or the code names."""
    pattern = re.compile(r"""["']([\w/.-]+\.html)["']""")
    files = [*TEMPLATES, *PYTHON]
    return {name for file in files for name in pattern.findall(file.read_text(encoding="utf-8"))}


def used_icons() -> set[str]:
    """Icons that templates and code name, as far as the name is written there."""
    quoted = re.compile(r"""["']([a-z_]+)["']""")
    named_in_tags = {
        word
        for file in TEMPLATES
        for token in tokens(file)
        if token.token_type == TokenType.BLOCK
        for word in quoted.findall(token.contents)
    }
    python = [file for file in PYTHON if file.name != "icons.py"]
    named_in_code = {word for file in python for word in quoted.findall(file.read_text(encoding="utf-8"))}
    return (named_in_tags | named_in_code) & ICONS


@every_template
def test_every_text_is_translated(file: Path) -> None:
    texts = [text.strip() for text in Texts(without_template_code(file)).read]

    assert [text for text in texts if re.search(r"[^\W\d_]", text) and text not in NAMES] == []


@every_template
def test_every_text_given_to_a_component_is_translated(file: Path) -> None:
    """Names of icons, kinds and classes are small letters; everything else is for people."""
    assert [text for text in literals(file) if not re.fullmatch(r"[a-z0-9_#/ -]*", text)] == []


@every_template
def test_no_template_holds_a_style_or_a_script(file: Path) -> None:
    assert Texts(without_template_code(file)).forbidden == []


@every_template
def test_no_link_leads_nowhere(file: Path) -> None:
    assert re.findall(r'href="(?:#|javascript:[^"]*)?"', file.read_text(encoding="utf-8")) == []


@every_template
def test_every_template_can_be_read_and_finds_its_parents(file: Path) -> None:
    name = str(file.relative_to(FOLDER))
    named = re.findall(r'\{% (?:extends|include) "([^"]+)"', file.read_text(encoding="utf-8"))
    missing = []
    for needed in (name, *named):
        try:
            get_template(needed)
        except TemplateDoesNotExist:
            missing.append(needed)

    assert missing == []


def test_no_template_is_unused() -> None:
    own = {str(file.relative_to(FOLDER)) for file in TEMPLATES}
    replaced = {name for name in own if name.startswith("django/")}  # in the place of Django's own

    assert own - replaced - used_templates() == set()


def test_a_template_in_the_place_of_djangos_still_has_one_there() -> None:
    import django.forms

    originals = Path(django.forms.__file__).parent / "templates"
    replaced = [str(file.relative_to(FOLDER)) for file in TEMPLATES if "django" in file.relative_to(FOLDER).parts]

    assert [name for name in replaced if not (originals / name).is_file()] == []


def test_no_component_and_no_filter_is_unused() -> None:
    everything = "\n".join(file.read_text(encoding="utf-8") for file in TEMPLATES)
    tags = {name for name in components.register.tags if not re.search(rf"\{{% {name}\b", everything)}
    code = getsource(components)
    filters = {
        name
        for name in components.register.filters
        if not re.search(rf"\|{name}\b", everything) and not re.search(rf"(?<!def )\b{name}\(", code)
    }

    assert (tags, filters) == (set(), set())


def test_the_styleguide_shows_every_component() -> None:
    on_its_pages = [
        *FOLDER.glob("styleguide*.html"),
        *FOLDER.glob("styleguide/*.html"),
        *FOLDER.glob("base*.html"),  # the frame
        FOLDER / "components" / "review.html",
    ]
    shown = "\n".join(file.read_text(encoding="utf-8") for file in on_its_pages)

    assert {name for name in components.register.tags if not re.search(rf"\{{% {name}\b", shown)} == set()


def test_every_icon_that_is_named_is_in_the_sprite_and_no_other() -> None:
    sprite = (ROOT / "static" / "vendor" / "material-symbols" / "icons.svg").read_text()
    used = used_icons()

    symbols = set(re.findall(r'<symbol id="(\w+)"', sprite))

    assert symbols == ICONS
    assert INTERFACE_ICONS - used == set()


def test_every_icon_tag_names_a_known_icon() -> None:
    named = {name for file in TEMPLATES for name in re.findall(r'\{% icon "(\w+)"', file.read_text(encoding="utf-8"))}

    assert named <= ICONS


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_no_class_of_a_style_sheet_is_unused(file: Path) -> None:
    """Used is what a template, a script or code names; `name--{{ variant }}` names all variants."""
    sources = [*TEMPLATES, *(ROOT / "static" / "js").glob("*.js"), *PYTHON]
    everything = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    css = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = re.sub(r"\{[^{}]*\}", " ", css)
    classes = {name for name in re.findall(r"\.([a-z][\w-]*)", selectors) if not name.startswith("kern-")}

    def is_used(name: str) -> bool:
        stem = re.sub(r"(--|is-)[\w-]+$", r"\1{", name)
        return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", everything)) or (
            stem != name and re.search(rf"(?<![\w-]){re.escape(stem)}", everything) is not None
        )

    assert {name for name in classes if not is_used(name)} == set()
