"""Whoever edits the catalogue can measure whether people still find things."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def evaluated(file: Path) -> list[str]:
    out = StringIO()
    call_command("evaluate_search", file, stdout=out)
    return out.getvalue().splitlines()


def queries(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "queries.tsv"
    file.write_text("\n".join(["query\texpected_slugs\tkind", *lines, ""]), encoding="utf-8")
    return file


def test_recall_and_misses_are_printed(tmp_path: Path) -> None:
    file = queries(
        tmp_path,
        "Wohngeld beantragen\twohngeld\texact",
        "hund anmelden\tosterfeuer,hund-anmelden\texact",
        "xqzzt\twohngeld\tsynonym",
        "osterfeuer\twohngeld\texact",
    )

    lines = evaluated(file)

    assert lines[:4] == [
        "4 Suchen",
        "richtig unter den ersten 1: 50,0%",
        "richtig unter den ersten 3: 50,0%",
        "richtig unter den ersten 5: 50,0%",
    ]
    assert lines[4] == "nicht gefunden: xqzzt (synonym) – erwartet wohngeld, gefunden nichts"
    assert lines[5].startswith("nicht gefunden: osterfeuer (exact) – erwartet wohngeld, gefunden osterfeuer")
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wohngeld\twohngeld", "Zeile 2: Erwartet werden Suche, Schlüssel und Art, mit Tabulator getrennt."),
        ("hund\tkatze\texact", "„hund“: Die Leistung „katze“ gibt es nicht."),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        evaluated(queries(tmp_path, line))


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="enthält keine Suchen"):
        evaluated(queries(tmp_path))
    with pytest.raises(CommandError, match="lässt sich nicht lesen"):
        evaluated(tmp_path / "nowhere.tsv")
