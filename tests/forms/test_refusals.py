"""A form that makes no sense is refused when it is read, with file, line and reason.

In each text below the line that must be named is marked with an arrow.
"""

from pathlib import Path

import pytest

from catalogue.forms.reading import read_forms
from catalogue.reading import read_library
from catalogue.source import LibraryRefused, Problem
from tests.catalogue.libraries import write_library

ARROW = "# <--"
BLOCKS = """
mensch:
  - {id: vorname, kind: text, label: Vorname}
  - {id: alter, kind: date, label: Geburtsdatum}
seiten:
  steps:
    - {key: wer, title: Wer, fields: [{id: wer, kind: text, label: Wer}]}
"""
RING = """
ring:
  - block: kette
kette:
  - block: ring
"""
LISTS = """
- {value: alano, label: Alano, marks: [listenhund]}
- Beagle
"""
SETTINGS = """
gruende: {kind: list, label: Gründe, default: [{label: Rente}], marks: {nachweis: braucht einen Nachweis}}
schalter: {kind: switch, label: Schalter, default: true}
zahl: {kind: number, label: Zahl, default: 3}
seite: {kind: address, label: Seite, default: ""}
"""
HEAD = "key: probe\nversion: 1\ntitle: Probe\n"


def library(folder: Path, form: str, *, blocks: str = BLOCKS, settings: str = SETTINGS) -> Path:
    """A library with one form and with what it may use."""
    for name, text in {
        "forms/probe.yaml": form,
        "blocks.yaml": blocks,
        "lists/hunde.yaml": LISTS,
        "settings/stadt.yaml": settings,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> list[Problem]:
    problems: list[Problem] = []
    list(read_forms(folder, problems))
    return problems


FINE = (
    HEAD
    + """
steps:
  - key: eins
    title: Eins
    fields:
      - block: mensch
      - {id: hund, kind: select, label: Hund, list: hunde}
      - {id: grund, kind: select, label: Grund, list: {town: stadt.gruende}}
"""
)


def test_a_form_that_makes_sense_is_read(tmp_path: Path) -> None:
    assert problems_of(library(tmp_path, FINE)) == []


CASES = {
    # --- fields
    "an unknown kind": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: name
        kind: telepathie # <--
        label: Name
""",
        "telepathie",
    ),
    "an unknown property": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: name
        kind: text
        label: Name
        farbe: rot # <--
""",
        "„farbe“ ist hier nicht bekannt",
    ),
    "a question without a label": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: name, kind: text} # <--
""",
        "Beschriftung (label)",
    ),
    "a declaration without text": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: ja, kind: declaration} # <--
""",
        "Eine Erklärung braucht einen Text",
    ),
    "an information that says nothing": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: ja, kind: info} # <--
""",
        "Ein Hinweis braucht einen Text",
    ),
    "an id with capitals": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: Name # <--
        kind: text
        label: Name
""",
        "nur a bis z",
    ),
    "an id that stands twice": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: name, kind: text, label: Name}
  - key: zwei
    title: Zwei
    fields:
      - {id: name, kind: text, label: Name} # <--
""",
        "„name“ gibt es schon",
    ),
    "a block that stands twice without a prefix": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - block: mensch
      - block: mensch # <--
""",
        "Vorsatz (prefix)",
    ),
    "choices without a list": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: art, kind: radio, label: Art} # <--
""",
        "Eine Auswahl (choices, list)",
    ),
    "choices where nothing is chosen": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: art, kind: text, label: Art, choices: [{value: a, label: A}]} # <--
""",
        "Eine Auswahl (choices, list)",
    ),
    "a choice that stands twice": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: art
        kind: radio
        label: Art
        choices:
          - {value: a, label: A}
          - {value: a, label: B} # <--
""",
        "„a“ gibt es hier zweimal",
    ),
    "a limit that its kind does not know": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: name
        kind: text
        label: Name
        past: true # <--
""",
        "„past“ gibt es nur bei: date",
    ),
    "a date that ends at an hour": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: tag
        kind: date
        label: Tag
        to: "18:00" # <--
""",
        "Grenzen einer Uhrzeit sind Uhrzeiten",
    ),
    "an unknown pattern": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: name
        kind: text
        label: Name
        pattern: egal # <--
""",
        "Ein Muster „egal“",
    ),
    "a key that no address can hold": (
        """
steps:
  - key: Eins! # <--
    title: Eins
""",
        "Adresse",
    ),
    "a page that is called like one of the portal": (
        """
steps:
  - key: pruefen # <--
    title: Prüfen
""",
        "„pruefen“ heißt eine Seite des Portals",
    ),
    "a page that stands twice": (
        """
steps:
  - {key: eins, title: Eins}
  - key: eins # <--
    title: Eins
""",
        "Eine Seite „eins“ gibt es schon",
    ),
    "a list that does not exist": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: hund
        kind: select
        label: Hund
        list: katzen # <--
""",
        "Eine Liste „katzen“",
    ),
    "a block that does not exist": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - block: fehlt # <--
""",
        "Einen Block „fehlt“",
    ),
    "a block with something that it does not know": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - block: mensch
        vorsatz: kind_ # <--
""",
        "„vorsatz“",
    ),
    "a block without a field that it does not have": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - block: mensch
        without: [nachname] # <--
""",
        "hat kein „nachname“",
    ),
    "a block of pages on a page": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - block: seiten # <--
""",
        "gehört in „steps“",
    ),
    "a block of fields among the pages": (
        """
steps:
  - block: mensch # <--
""",
        "gehört in „fields“",
    ),
    # --- conditions
    "an unknown field in a condition": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: name
        kind: text
        label: Name
        if: {field: fehlt, filled: true} # <--
""",
        "„fehlt“ gibt es hier nicht",
    ),
    "a field that is asked later": (
        """
steps:
  - key: eins
    title: Eins
    if: {field: name, filled: true} # <--
    fields:
      - {id: name, kind: text, label: Name}
""",
        "„name“. Das wird hier nicht oder erst später gefragt",
    ),
    "a circle of conditions": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: a
        kind: text
        label: A
        if: {field: b, filled: true} # <--
      - {id: b, kind: text, label: B, if: {field: a, filled: true}}
""",
        "dreht sich im Kreis: a → b → a",
    ),
    "a field that depends on itself": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: a
        kind: text
        label: A
        if: {field: a, filled: true} # <--
""",
        "dreht sich im Kreis: a → a",
    ),
    "a condition of no known form": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: a, kind: text, label: A}
      - id: b
        kind: text
        label: B
        if: {field: a} # <--
""",
        "So eine Bedingung gibt es nicht",
    ),
    "a value that is not offered": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: art, kind: radio, label: Art, choices: [{value: neu, label: Neu}]}
      - id: b
        kind: text
        label: B
        if: {field: art, in: [alt]} # <--
""",
        "„art“ hat keine Auswahl „alt“",
    ),
    "a value of a list that is the town's": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: grund, kind: select, label: Grund, list: {town: stadt.gruende}}
      - id: b
        kind: text
        label: B
        if: {field: grund, in: [rente]} # <--
""",
        "gehört der Stadt: Fragen Sie nach einer Marke",
    ),
    "a mark that nothing carries": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: hund, kind: select, label: Hund, list: hunde}
      - id: b
        kind: text
        label: B
        if: {field: hund, marked: gross} # <--
""",
        "Keine Auswahl von „hund“ ist mit „gross“ markiert",
    ),
    "an age of something that is no date": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: a, kind: text, label: A}
      - id: b
        kind: text
        label: B
        if: {field: a, age_below: 18} # <--
""",
        "„a“ ist nicht ein Datum",
    ),
    "an hour compared with a day": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: a, kind: time, label: A}
      - id: b
        kind: text
        label: B
        if: {field: a, from: today} # <--
""",
        "Eine Uhrzeit wird mit Uhrzeiten verglichen",
    ),
    "a choice that depends on its own page": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: a, kind: checkbox, label: A}
      - id: b
        kind: radio
        label: B
        choices:
          - {value: x, label: X}
          - value: y
            label: Y
            if: {field: a, filled: true} # <--
""",
        "„a“. Das wird hier nicht oder erst später gefragt",
    ),
    "a limit that looks at nothing": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: bis
        kind: date
        label: Bis
        from: {field: von} # <--
""",
        "„von“ gibt es hier nicht",
    ),
    "a preselection that is not offered": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: art
        kind: radio
        label: Art
        choices: [{value: neu, label: Neu}]
        preselect:
          - value: alt # <--
""",
        "„art“ hat keine Auswahl „alt“",
    ),
    "a check at a field of another page": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: a, kind: text, label: A}
    checks:
      - if: {field: a, filled: true}
        field: b # <--
        error: "!"
""",
        "„b“ gibt es hier nicht",
    ),
    # --- texts
    "a place in a text that nobody fills in": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: a
        kind: info
        text: Bis {frist} # <--
""",
        "Den Platzhalter „frist“",
    ),
    "a brace that was forgotten": (
        """
steps:
  - key: eins
    title: Eins
    intro: In {town # <--
""",
        "Den Platzhalter „{“",
    ),
    "an answer in a text that comes later": (
        """
steps:
  - key: eins
    title: Hallo {answer:name} # <--
    fields:
      - {id: name, kind: text, label: Name}
""",
        "erst später gefragt",
    ),
    # --- ways
    "a page that can never be reached": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: art, kind: radio, label: Art, choices: [{value: a, label: A}, {value: b, label: B}]}
  - key: zwei
    title: Zwei
    if: # <--
      all:
        - {field: art, in: [a]}
        - {field: art, in: [b]}
""",
        "Diese Seite kann nie erreicht werden",
    ),
    "a page behind a stop with the same condition": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: art, kind: radio, label: Art, choices: [{value: a, label: A}, {value: b, label: B}]}
  - {key: halt, title: Halt, stop: true, related: [hund-anmelden], if: {field: art, in: [a]}}
  - key: zwei
    title: Zwei
    if: {field: art, in: [a]} # <--
""",
        "Diese Seite kann nie erreicht werden",
    ),
    "a page that needs an answer that is not asked on the way": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: art, kind: radio, label: Art, choices: [{value: a, label: A}, {value: b, label: B}]}
      - {id: mehr, kind: text, label: Mehr, if: {field: art, in: [a]}}
  - key: zwei
    title: Zwei
    if: # <--
      all:
        - {field: mehr, filled: true}
        - {field: art, in: [b]}
""",
        "Diese Seite kann nie erreicht werden",
    ),
    "a page behind the end": (
        """
steps:
  - {key: halt, title: Halt, stop: true, related: [hund-anmelden]}
  - key: zwei # <--
    title: Zwei
""",
        "„halt“ beendet das Formular vorher immer",
    ),
    "a field that is never asked": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: zahl, kind: int, label: Zahl, min: 1, max: 5}
      - id: mehr
        kind: text
        label: Mehr
        if: {field: zahl, at_least: 6} # <--
""",
        "Dieses Feld wird nie gefragt",
    ),
    "a stop without a way on": (
        """
steps:
  - key: halt
    title: Halt
    stop: true # <--
""",
        "ohne einen Weg weiter",
    ),
    "a stop with nothing but an address that a town may not have": (
        """
steps:
  - key: halt
    title: Halt
    stop: true # <--
    ways:
      - {label: Mehr dazu, town: stadt.seite}
""",
        "ohne einen Weg weiter",
    ),
    "a document of a page that does not exist": (
        """
steps:
  - key: halt
    title: Halt
    stop: true
    related: [hund-anmelden]
    document:
      title: Bestätigung
      pages: [fehlt] # <--
""",
        "Eine Seite „fehlt“ gibt es nicht",
    ),
    "a number in a condition that is a switch": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: zahl, kind: int, label: Zahl}
      - id: b
        kind: text
        label: B
        if: {field: zahl, at_least: {town: stadt.schalter}} # <--
""",
        "„stadt.schalter“ ist switch. Hier wird number gebraucht",
    ),
    "a stop inside a group": (
        """
steps:
  - key: dinge
    title: Dinge
    item: Ding
    add: mehr
    max: 3
    names: [name]
    pages:
      - {key: eins, title: Eins, fields: [{id: name, kind: text, label: Name}]}
      - key: halt
        title: Halt
        stop: true # <--
        related: [hund-anmelden]
""",
        "kann nicht in einer Gruppe stehen",
    ),
    "a way that leads nowhere": (
        """
steps:
  - key: halt
    title: Halt
    stop: true
    ways:
      - {label: Weiter} # <--
""",
        "Ein Weg führt zu einer Leistung",
    ),
    "a way to two places": (
        """
steps:
  - key: halt
    title: Halt
    stop: true
    ways:
      - {label: Weiter, service: hund-anmelden, office: true} # <--
""",
        "Ein Weg führt zu einer Leistung",
    ),
    "a name of entries that nobody asks": (
        """
steps:
  - key: dinge
    title: Dinge
    item: Ding
    add: mehr
    max: 3
    names: [fehlt] # <--
    pages:
      - {key: eins, title: Eins, fields: [{id: name, kind: text, label: Name}]}
""",
        "„fehlt“ gibt es hier nicht",
    ),
    "a form without pages": ("steps: [] # <--\n", "mindestens eine Seite"),
    "an applicant that nobody asks": (
        """
applicant: [vorname] # <--
steps:
  - {key: eins, title: Eins}
""",
        "„vorname“ gibt es hier nicht",
    ),
    # --- money
    "a fee that counts what nobody asks": (
        """
steps:
  - {key: eins, title: Eins}
fee:
  pay: submission
  lines:
    - {label: Marke, amount: x.y, times: [anzahl]} # <--
""",
        "„anzahl“ gibt es hier nicht",
    ),
    "a fee for each of nothing": (
        """
steps:
  - {key: eins, title: Eins}
fee:
  pay: submission
  lines:
    - label: Marke
      amount: x.y
      for_each: hunde # <--
""",
        "„hunde“ gibt es hier nicht",
    ),
    "a fee of which nobody says when it is paid": (
        """
steps:
  - {key: eins, title: Eins}
fee: # <--
  lines:
    - {label: Marke, amount: x.y}
""",
        "Wann wird bezahlt (pay)",
    ),
    "a fee by a choice that costs nothing": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: hund, kind: select, label: Hund, list: hunde}
fee:
  pay: submission
  lines:
    - label: Hund
      choice: hund # <--
""",
        "Keine Auswahl von „hund“ nennt einen Betrag",
    ),
    "a fee that can never be charged": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - {id: zahl, kind: int, label: Zahl, max: 5}
fee:
  pay: submission
  lines:
    - {label: Viel, amount: x.y, if: {field: zahl, at_least: 6}} # <--
""",
        "Dieser Posten kann nie anfallen",
    ),
    # --- the town
    "a setting that nobody describes": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: a
        kind: text
        label: A
        if: {town: stadt.fehlt} # <--
""",
        "„stadt.fehlt“ steht in keiner Datei unter settings/",
    ),
    "a switch that is a number": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: a
        kind: text
        label: A
        if: {town: stadt.zahl} # <--
""",
        "„stadt.zahl“ ist number. Hier wird switch gebraucht",
    ),
    "a number that is a switch": (
        """
steps:
  - key: eins
    title: Eins
    fields:
      - id: tag
        kind: date
        label: Tag
        from: {days: {town: stadt.schalter}} # <--
""",
        "„stadt.schalter“ ist switch. Hier wird number gebraucht",
    ),
    "a way to an address that is none": (
        """
steps:
  - key: halt
    title: Halt
    stop: true
    ways:
      - label: Weiter
        town: stadt.schalter # <--
""",
        "„stadt.schalter“ ist switch. Hier wird address gebraucht",
    ),
    "a text of the town that is a list": (
        """
steps:
  - key: eins
    title: "Es gilt {town:stadt.gruende}" # <--
""",
        "„stadt.gruende“ ist list. Hier wird number/text gebraucht",
    ),
    # --- the file
    "a form that is called otherwise": (
        "key: andere\nversion: 1\ntitle: Probe\nsteps: [{key: a, title: A}]\n",
        "heißen wie die Datei",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_file_line_and_reason(tmp_path: Path, name: str) -> None:
    text, reason = CASES[name]
    whole = text if text.startswith("key:") else HEAD + text
    line = next((number for number, one in enumerate(whole.splitlines(), start=1) if ARROW in one), 1)

    [problem] = problems_of(library(tmp_path, whole))

    assert (problem.file, problem.line) == ("forms/probe.yaml", line)
    assert reason in problem.reason


def test_blocks_in_a_circle_are_told_where_they_stand_and_where_they_are_used(tmp_path: Path) -> None:
    used = FINE.replace("block: mensch", "block: ring")

    problems = problems_of(library(tmp_path, used, blocks=BLOCKS + RING))

    lines = (BLOCKS + RING).splitlines()
    assert [(one.file, lines[one.line - 1]) for one in problems[:2]] == [
        ("blocks.yaml", "ring:"),
        ("blocks.yaml", "kette:"),
    ]
    assert [one.reason for one in problems[2:]] == ["Ein Block enthält sich selbst: ring → kette → ring."]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("x: {kind: telepathie, label: X, default: 1}", "telepathie"),
        ("x: {kind: switch, label: X, default: vielleicht}", "Vorgabe"),
        ("x: {kind: list, label: X, default: [{value: a}]}", "Vorgabe"),
        ("x: {kind: number, label: X}", "„default“ fehlt"),
        ("X!: {kind: switch, label: X, default: true}", "kann kein Schlüssel sein"),
        ("x: {kind: switch, label: X, default: true, farbe: rot}", "nicht bekannt"),
    ],
)
def test_a_wrong_setting_is_refused_with_file_line_and_reason(tmp_path: Path, setting: str, reason: str) -> None:
    text = f"gut: {{kind: switch, label: Gut, default: true}}\n{setting}\n"

    [problem] = problems_of(library(tmp_path, HEAD + "steps: [{key: a, title: A}]\n", settings=text))

    assert (problem.file, problem.line) == ("settings/stadt.yaml", 2)
    assert reason in problem.reason


# --- With the services of the library ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            """
key: hund-anmelden
version: 1
title: Probe
steps:
  - {key: eins, title: Eins, fields: [{id: anzahl, kind: int, label: Anzahl}]}
fee:
  pay: submission
  lines:
    - {label: Marke, amount: hund.marke, times: [anzahl]}
    - {label: Teuer, amount: hund.teuer} # <--
""",
            "Den Betrag „hund.teuer“ hat keine Leistung",
        ),
        (
            """
key: hund-anmelden
version: 1
title: Probe
steps:
  - key: eins
    title: Eins
    fields:
      - id: art
        kind: radio
        label: Art
        choices:
          - {value: a, label: A, amount: hund.marke}
          - {value: b, label: B, amount: hund.teuer} # <--
fee:
  pay: submission
  lines:
    - {label: Marke, choice: art}
""",
            "Den Betrag „hund.teuer“ hat keine Leistung",
        ),
        (
            """
key: hund-anmelden
version: 1
title: Probe
steps:
  - key: halt
    title: Halt
    stop: true
    related:
      - katze-anmelden # <--
""",
            "Eine Leistung „katze-anmelden“ gibt es nicht",
        ),
    ],
)
def test_a_form_needs_what_only_services_give_it(tmp_path: Path, text: str, reason: str) -> None:
    folder = write_library(tmp_path / "library")
    (folder / "forms").mkdir()
    (folder / "forms" / "hund-anmelden.yaml").write_text(text, encoding="utf-8")
    line = next(number for number, one in enumerate(text.splitlines(), start=1) if ARROW in one)

    with pytest.raises(LibraryRefused) as refusal:
        read_library(folder)

    [problem] = refusal.value.problems
    assert (problem.file, problem.line) == ("forms/hund-anmelden.yaml", line)
    assert reason in problem.reason
