"""An editor's mistake is refused with file, line and reason, before it can reach a town."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.trust import TrustLevel
from catalogue.content import EntryKind, FeeAmount, FeeKind, Pay
from catalogue.parsing import parse_catalogue
from catalogue.reading import SHIPPED_LIBRARY, read_library
from catalogue.source import LibraryRefused
from tests.catalogue.libraries import SERVICE, service, write_library

IN_SERVICE = "services/hund-anmelden.yaml"


def problems(folder: Path) -> list[str]:
    """What is said about a library that cannot be read."""
    with pytest.raises(LibraryRefused) as refused:
        read_library(folder)
    return str(refused.value).splitlines()


def test_a_library_without_mistakes_becomes_frozen_content(tmp_path: Path) -> None:
    catalogue = parse_catalogue(7, read_library(write_library(tmp_path)).entries)

    found = catalogue.services["hund-anmelden"]
    assert catalogue.number == 7
    assert list(catalogue.life_situations) == ["hund-und-tiere"]
    assert [unit.county for unit in catalogue.units.values()] == [False, True]
    assert found.trust_level is TrustLevel.BASIC
    assert (found.minutes, found.deadline, found.processing_time) == (8, "innerhalb von 14 Tagen", None)
    assert (found.fee.rule, found.fee.pay) == (FeeKind.FIXED, Pay.SUBMISSION)
    assert found.fee.amounts == (
        FeeAmount("hund.marke", "Marke", suggestion=Decimal("5.00")),
        FeeAmount("hund.bund", "Bund", federal=Decimal("46.00"), since=date(2026, 2, 7)),
    )
    assert catalogue.amounts["hund.marke"] is found.fee.amounts[0]
    assert found.documents[0].note == "falls vorhanden"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (("minutes: 8", "minuts: 8"), f"{IN_SERVICE}, Zeile 12: Das Feld „minuts“ ist hier nicht bekannt."),
        (("launch: free\n", ""), f"{IN_SERVICE}, Zeile 1: Das Feld „launch“ fehlt."),
        (("minutes: 8", "minutes: acht"), f"{IN_SERVICE}, Zeile 12: Hier wird eine ganze Zahl erwartet."),
        (("minutes: 8", "minutes: true"), f"{IN_SERVICE}, Zeile 12: Hier wird eine ganze Zahl erwartet."),
        (
            ("keywords: [Hundesteuer, Welpe]", "keywords: Welpe"),
            f"{IN_SERVICE}, Zeile 5: Hier wird eine Liste erwartet.",
        ),
        (
            ("Chipnummer, note: falls", "Chipnummer, text: falls"),
            f"{IN_SERVICE}, Zeile 15: Das Feld „text“ ist hier nicht bekannt.",
        ),
        (("online: full", "online: ja"), f"{IN_SERVICE}, Zeile 9: „ja“ ist nicht möglich, nur: full, info, external."),
        (
            ("trust_level: basic", "trust_level: 1"),
            f"{IN_SERVICE}, Zeile 10: „1“ ist nicht möglich, nur: none, basic, substantial, high.",
        ),
        (
            ("title: Hund anmelden", "title: 2026"),
            f"{IN_SERVICE}, Zeile 2: Hier wird ein Text erwartet. "
            "Zahlen, Ja und Nein brauchen dafür Anführungszeichen.",
        ),
        (("title: Hund anmelden", 'title: " "'), f"{IN_SERVICE}, Zeile 2: Der Text ist leer."),
        (
            ('suggestion: "5.00"', "suggestion: 5.00"),
            f'{IN_SERVICE}, Zeile 24: Ein Betrag in Euro wird in Anführungszeichen so geschrieben: "5.00".',
        ),
        (
            ('suggestion: "5.00"', 'suggestion: "5,00"'),
            f'{IN_SERVICE}, Zeile 24: Ein Betrag in Euro wird in Anführungszeichen so geschrieben: "5.00".',
        ),
        (
            ("since: 2026-02-07", "since: 7.2.2026"),
            f"{IN_SERVICE}, Zeile 28: Ein Datum wird so geschrieben: 2026-02-07.",
        ),
        (
            ("label: Marke,", 'label: Marke, federal: "6.00",'),
            f"{IN_SERVICE}, Zeile 24: Ein Betrag ist entweder ein Vorschlag oder bundesweit fest.",
        ),
        (
            ("key: hund.bund", "key: hund.marke"),
            f"{IN_SERVICE}, Zeile 25: Den Betrag „hund.marke“ gibt es hier schon.",
        ),
        (
            ("launch: free", "launch: free\ntitle: Noch einer"),
            f"{IN_SERVICE}, Zeile 36: Das Feld „title“ steht hier zweimal.",
        ),
        (
            ("county: true", "county: ja"),
            "units.yaml, Zeile 4: Hier wird true oder false erwartet.",
        ),
        (("key: kreis", "key: steueramt"), "units.yaml, Zeile 4: Den Schlüssel „steueramt“ gibt es schon."),
        (
            ("key: hund-und-tiere", "key: Hund & Tiere"),
            "life_situations.yaml, Zeile 1: "
            "„Hund & Tiere“ kann kein Schlüssel sein: nur a bis z, Ziffern und Bindestriche.",
        ),
        (
            ("key: hund-anmelden", "key: hund-abmelden"),
            f"{IN_SERVICE}, Zeile 1: Der Schlüssel „hund-abmelden“ muss so heißen wie die Datei.",
        ),
        (
            ("life_situations: [hund-und-tiere]", "life_situations: []"),
            f"{IN_SERVICE}, Zeile 4: Eine Leistung gehört zu mindestens einer Lebenslage.",
        ),
        (
            ("life_situations: [hund-und-tiere]", "life_situations: [katzen]"),
            f"{IN_SERVICE}, Zeile 4: „katzen“ gibt es nicht.",
        ),
        (("unit: steueramt", "unit: kasse"), f"{IN_SERVICE}, Zeile 7: „kasse“ gibt es nicht."),
        (("related: []", "related:\n  - hund-anmelden\n  - katze"), f"{IN_SERVICE}, Zeile 36: „katze“ gibt es nicht."),
    ],
)
def test_a_mistake_is_refused_with_file_line_and_reason(tmp_path: Path, spoil: tuple[str, str], problem: str) -> None:
    write_library(tmp_path, spoil=spoil)

    assert problems(tmp_path) == [problem]


def test_one_amount_cannot_mean_two_things_in_two_services(tmp_path: Path) -> None:
    other = SERVICE.replace("key: hund-anmelden", "key: hund-abmelden").replace("title: Hund an", "title: Hund ab")
    write_library(tmp_path, hund_abmelden=other.replace("label: Marke", "label: Ersatzmarke"))

    assert problems(tmp_path) == [
        "services/hund-anmelden.yaml, Zeile 24: Der Betrag „hund.marke“ ist anderswo anders beschrieben: „Ersatzmarke“."
    ]


def test_two_services_may_share_an_amount(tmp_path: Path) -> None:
    other = SERVICE.replace("key: hund-anmelden", "key: hund-abmelden")

    entries = read_library(write_library(tmp_path, hund_abmelden=other)).entries

    assert [entry["key"] for entry in entries[EntryKind.SERVICE]] == ["hund-abmelden", "hund-anmelden"]


def test_all_files_with_a_mistake_are_named_at_once(tmp_path: Path) -> None:
    write_library(tmp_path, katze=service("katze", online="nie"), maus=service("maus", minutes="vier"))

    assert problems(tmp_path) == [
        "services/katze.yaml, Zeile 9: „nie“ ist nicht möglich, nur: full, info, external.",
        "services/maus.yaml, Zeile 12: Hier wird eine ganze Zahl erwartet.",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"- {key: a", "Zeile 1: Das ist kein YAML: "),
        (b"", "Zeile 1: Die Datei ist leer."),
        (b"key: a", "Zeile 1: Hier wird eine Liste erwartet."),
        (b"- key: a\n  name: K\xf6ln", "Zeile 2: Die Datei ist nicht als UTF-8 gespeichert."),
        (b"- key: a\n  name: b\x01", "Zeile 2: Hier steht ein unsichtbares Steuerzeichen."),
        (b"- key: a\n  name: !!int b", "Zeile 2: Dieser Wert lässt sich nicht lesen."),
        (b"- Steueramt", "Zeile 1: Hier werden Felder mit Namen erwartet."),
    ],
)
def test_a_file_that_cannot_be_understood_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    (write_library(tmp_path) / "units.yaml").write_bytes(content)

    (said,) = problems(tmp_path)
    assert said.startswith(f"units.yaml, {problem}")


def test_missing_files_are_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere") == [
        "addresses.yaml, Zeile 1: Die Datei fehlt oder lässt sich nicht lesen.",
        "life_situations.yaml, Zeile 1: Die Datei fehlt oder lässt sich nicht lesen.",
        "services/, Zeile 1: Hier liegen keine Leistungen.",
        "units.yaml, Zeile 1: Die Datei fehlt oder lässt sich nicht lesen.",
    ]


def test_the_shipped_library_has_no_mistakes() -> None:
    catalogue = parse_catalogue(1, read_library(SHIPPED_LIBRARY).entries)

    assert len(catalogue.services) >= 151
    assert len(catalogue.life_situations) == 16
    assert list(catalogue.contradictions()) == []
    assert all(catalogue.services_in(situation) for situation in catalogue.life_situations)
