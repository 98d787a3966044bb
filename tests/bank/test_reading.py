"""Files of banks: what they say, and what is wrong with those that cannot be."""

from datetime import date
from decimal import Decimal

import pytest

from billing.bank.statements import LARGEST_FILE, StatementRefused, read_statement
from config.local.bank import camt_statement, csv_camt_statement, plain_table
from tests.bank.conftest import IBAN, line

LINES = [
    line("5.00", "SP000000017 Hundemarke für Bello & Co, mit einem Text, der länger als eine Zeile der Bank ist"),
    line("-12.30", "Entgelt", party="Sparkasse Lemgo"),
    line("1234567.89", "Gewerbesteuer", bank_reference="2026111800001"),
]


@pytest.mark.parametrize("version", ["001.02", "001.08"])
def test_both_versions_of_camt_say_the_same(version: str) -> None:
    read = read_statement(camt_statement(IBAN, LINES, version=version))

    assert (read.layout, read.iban, read.pending) == (f"camt.053.{version}", IBAN, 0)
    assert read.closing == Decimal("1235560.59")
    assert [(one.booked_on, one.amount, one.purpose, one.party, one.party_iban) for one in read.lines] == [
        (one.booked_on, one.amount, one.purpose, one.party, one.party_iban) for one in LINES
    ]
    assert [one.bank_reference for one in read.lines] == ["", "", "2026111800001"]


@pytest.mark.parametrize("write", [csv_camt_statement, plain_table])
def test_tables_say_the_same(write: object) -> None:
    read = read_statement(write(IBAN, LINES))  # type: ignore[operator]

    assert [(one.booked_on, one.amount, one.purpose, one.party) for one in read.lines] == [
        (one.booked_on, one.amount, one.purpose, one.party) for one in LINES
    ]


@pytest.mark.parametrize("version", ["001.02", "001.08"])
def test_a_batch_is_read_part_by_part(version: str) -> None:
    parts = [line("5.00", "SP000000017"), line("7.50", "SP000000025")]

    read = read_statement(camt_statement(IBAN, parts, version=version, batch=True))

    assert [(one.amount, one.purpose) for one in read.lines] == [
        (Decimal("5.00"), "SP000000017"),
        (Decimal("7.50"), "SP000000025"),
    ]


def test_a_batch_whose_parts_do_not_add_up_is_one_line() -> None:
    parts = [line("5.00", "SP000000017"), line("7.50", "SP000000025")]
    content = camt_statement(IBAN, parts, batch=True).replace(b">12.50<", b">12.51<")

    assert [one.amount for one in read_statement(content).lines] == [Decimal("12.51")]


@pytest.mark.parametrize("write", [camt_statement, csv_camt_statement])
def test_what_is_not_booked_yet_is_left_out(write: object) -> None:
    read = read_statement(write(IBAN, [line("5.00", "SP000000017", status="PDNG"), line("1.00", "x")]))  # type: ignore[operator]

    assert (len(read.lines), read.pending) == (1, 1)


@pytest.mark.parametrize("write", [camt_statement, csv_camt_statement, plain_table])
def test_returns_are_known_as_such(write: object) -> None:
    read = read_statement(write(IBAN, [line("-5.00", "SP000000017", is_return=True), line("5.00", "x")]))  # type: ignore[operator]

    assert [one.is_return for one in read.lines] == [True, False]


GOOD = camt_statement(IBAN, [line("5.00", "SP000000017")])
TABLE = plain_table(IBAN, [line("5.00", "SP000000017")])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Die Datei ist leer"),
        (b"  \n", "Die Datei ist leer"),
        (b"hello", "kein Kontoauszug, den das Portal lesen kann"),
        (b"\x00\xff\x13" * 50, "kein Kontoauszug, den das Portal lesen kann"),
        (b"%PDF-1.7 ...", "Das ist ein PDF"),
        (b"PK\x03\x04abc", "Die Datei ist gepackt"),
        (b"<Document>", "kein lesbares XML"),
        (GOOD[:-30], "kein lesbares XML"),
        (b"<html><body/></html>", "Diese XML-Datei ist kein Kontoauszug"),
        (GOOD.replace(b"camt.053.001.08", b"camt.053.001.04"), r"Fassung von CAMT.053 \(001.04\)"),
        (GOOD.replace(b"camt.053.001.08", b"camt.052.001.08"), "CAMT.052"),
        (GOOD.replace(b"camt.053.001.08", b"camt.054.001.08"), "CAMT.054"),
        (GOOD.replace(b'Ccy="EUR"', b'Ccy="CHF"'), "Beträge in CHF"),
        (GOOD.replace(b"<Ccy>EUR", b"<Ccy>USD"), "Beträge in USD"),
        (GOOD.replace(b">5.00<", b">5.001<"), "5.001"),
        (GOOD.replace(b">5.00<", b">five<"), "ein Betrag, der keiner ist"),
        (GOOD.replace(b">5.00<", b">NaN<"), "ein Betrag, der keiner ist"),
        (GOOD.replace(b">5.00<", b">1e400<"), "der keiner ist"),
        (GOOD.replace(b"2026-11-18", b"2026-11-38"), "ein Tag, den es nicht gibt"),
        (GOOD.replace(IBAN.encode(), b"DE00"), "keine gültige IBAN"),
        (TABLE.replace(b"EUR", b"CHF"), "Zeile 2: .*CHF"),
        (TABLE.replace(b'"5,00"', b'"5.00"'), "Zeile 2: „5.00“ ist kein Betrag"),
        (TABLE.replace(b"18.11.2026", b"31.11.2026"), "Zeile 2: „31.11.2026“ ist kein Tag"),
        (TABLE.replace(IBAN.encode(), b"4711"), "Zeile 2: .*keine gültige IBAN"),
        (GOOD.replace(b"<RmtInf>", b"<RmtInf>" + b"<a>" * 5000 + b"</a>" * 5000), "nicht wie ein Kontoauszug gebaut"),
        (b"x" * (LARGEST_FILE + 1), "größer als 10 MB"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(StatementRefused, match=sentence):
        read_statement(content)


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE Document SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_entities_are_not_expanded_and_nothing_is_fetched(declaration: bytes) -> None:
    content = GOOD.replace(b"<Document", declaration + b"<Document").replace(b"SP000000017", b"&a;")

    with pytest.raises(StatementRefused, match="kein lesbares XML"):
        read_statement(content)


def test_a_file_about_two_accounts_is_refused() -> None:
    other = camt_statement("DE02120300000000202051", [line("1.00", "x")])
    statement = other[other.index(b"<Stmt>") : other.index(b"</Stmt>") + 7]

    with pytest.raises(StatementRefused, match="mehreren Konten"):
        read_statement(GOOD.replace(b"</BkToCstmrStmt>", statement + b"</BkToCstmrStmt>"))


def test_an_amount_in_german_thousands_is_understood() -> None:
    content = TABLE.replace(b'"5,00"', b'"-1.234,50"')

    assert [(one.amount, one.booked_on) for one in read_statement(content).lines] == [
        (Decimal("-1234.50"), date(2026, 11, 18))
    ]
