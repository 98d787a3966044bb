"""Small libraries to read and release."""

from pathlib import Path

LIFE_SITUATIONS = """\
- key: hund-und-tiere
  title: Hund & Tiere
  teaser: Anmelden und abmelden
  icon: paw
"""

UNITS = """\
- key: steueramt
  name: Steueramt
  task: Hundesteuer
- {key: kreis, name: Kreisverwaltung, task: Führerscheine, county: true}
"""

ADDRESSES = """\
- {word: hund, service: hund-anmelden}
"""

# Line by line, because tests name the lines of what they spoil.
SERVICE = """\
key: hund-anmelden
title: Hund anmelden
summary: Sie haben einen Hund aufgenommen? Melden Sie ihn hier an.
life_situations: [hund-und-tiere]
keywords: [Hundesteuer, Welpe]
audience: [citizen, business]
unit: steueramt
authority: gemeinde
online: full
trust_level: basic
trust_reason: null
minutes: 8
requirements: []
documents:
  - {name: Chipnummer, note: falls vorhanden}
steps: [Sie füllen das Formular aus.]
deadline: innerhalb von 14 Tagen
processing_time: null
fee:
  rule: fixed
  pay: submission
  basis: Hundesteuersatzung
  amounts:
    - {key: hund.marke, label: Marke, suggestion: "5.00"}
    - key: hund.bund
      label: Bund
      federal: "46.00"
      since: 2026-02-07
  note: null
legal_basis: [Hundesteuersatzung]
leika:
  - {key: "99102013000000", name: Hundesteuer}
hints: []
related: []
launch: free
"""


def write_library(
    folder: Path, *, spoil: tuple[str, str] = ("", ""), addresses: str = ADDRESSES, **services: str
) -> Path:
    """A library with one service and those given (`name="text of the file"`).

    `spoil` replaces a piece of text that occurs in its files, as an editor would.
    """
    folder.mkdir(exist_ok=True)
    (folder / "services").mkdir(exist_ok=True)
    files = {
        "life_situations.yaml": LIFE_SITUATIONS,
        "units.yaml": UNITS,
        "addresses.yaml": addresses,
        "services/hund-anmelden.yaml": SERVICE,
        **{f"services/{name.replace('_', '-')}.yaml": text for name, text in services.items()},
    }
    if spoil[0]:
        assert any(spoil[0] in text for text in files.values()), f"{spoil[0]!r} occurs nowhere"
    for name, text in files.items():
        (folder / name).write_text(text.replace(*spoil) if spoil[0] else text, encoding="utf-8")
    return folder


def service(key: str, **fields: str) -> str:
    """The file of another service: like SERVICE, with these fields written differently and no fee."""
    lines = SERVICE[: SERVICE.index("fee:")] + "fee: {rule: none, basis: null, amounts: [], note: null}\n"
    lines += SERVICE[SERVICE.index("legal_basis:") :]
    for name, value in {"key": key, **fields}.items():
        start = lines.index(f"{name}:")
        end = lines.index("\n", start)
        lines = f"{lines[:start]}{name}: {value}{lines[end:]}"
    return lines
