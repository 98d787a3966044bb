"""Account statements of banks: CAMT.053 (ISO 20022, versions 001.02 and 001.08) and tables (CSV).

Reading translates and refuses, and knows nothing of our tables.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError, tostring

import schwifty
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

LARGEST_FILE = 10 * 1024 * 1024  # bytes; a year of a busy account
MOST_LINES = 50_000
LARGEST_AMOUNT = Decimal("999999999999.99")  # EUR, what a line can hold
VERSIONS = ("camt.053.001.02", "camt.053.001.08")
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_RETURNS = frozenset({"RRTN", "RPCR", "UPDD"})  # sub-families of bank transaction codes: something comes back

_RETURN_WORDS = ("rückgabe", "rueckgabe", "rücküber", "rueckueber", "retoure", "storno")  # the same in tables


class StatementRefused(Exception):
    """This file cannot be imported; the message says why and what to do, in German."""


@dataclass(frozen=True)
class Line:
    """One movement on the account (EUR, signed as the account sees it)."""

    booked_on: date
    amount: Decimal
    purpose: str
    party: str = ""
    party_iban: str = ""
    bank_reference: str = ""
    is_return: bool = False
    return_reason: str = ""
    raw: str = ""


@dataclass(frozen=True)
class ReadStatement:
    """What a file tells about one account. `pending` lines are left out: the bank has not booked them."""

    layout: str
    iban: str
    lines: tuple[Line, ...]
    pending: int = 0
    closing: Decimal | None = None


@dataclass
class _Reading:
    """What was found so far."""

    iban: str = ""
    lines: list[Line] = field(default_factory=list)
    pending: int = 0
    closing: Decimal | None = None

    def add(self, line: Line) -> None:
        if len(self.lines) >= MOST_LINES:
            raise StatementRefused(
                _("Das sind mehr als 50.000 Umsätze. Bitte rufen Sie einen kürzeren Zeitraum ab, etwa einen Monat.")
            )
        if line.amount:
            self.lines.append(line)

    def of(self, iban: str) -> None:
        """Say whose account it is. Raises StatementRefused if the file is about two."""
        known = _iban(iban)
        if not known:
            raise StatementRefused(_("In der Datei steht keine gültige IBAN des Kontos."))
        if self.iban and self.iban != known:
            raise StatementRefused(
                _("Die Datei enthält Umsätze von mehreren Konten. Bitte rufen Sie den Auszug nur für ein Konto ab.")
            )
        self.iban = known

    def done(self, layout: str) -> ReadStatement:
        if not self.iban:
            raise StatementRefused(_("In der Datei steht kein Kontoauszug. Bitte rufen Sie ihn bei der Bank neu ab."))
        return ReadStatement(layout, self.iban, tuple(self.lines), self.pending, self.closing)


def read_statement(content: bytes) -> ReadStatement:
    """What a file of the bank says. Raises StatementRefused."""
    if len(content) > LARGEST_FILE:
        raise StatementRefused(too_large())
    if not content.strip():
        raise StatementRefused(_("Die Datei ist leer. Bitte wählen Sie eine andere."))
    if content.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise StatementRefused(_("Die Datei ist gepackt. Bitte entpacken Sie sie und wählen Sie die XML-Datei darin."))
    if content.startswith(b"%PDF"):
        raise StatementRefused(
            _("Das ist ein PDF. Bitte rufen Sie den Kontoauszug bei der Bank als CAMT.053 (XML) oder als CSV ab.")
        )
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"\xff\xfe<", b"\xfe\xff")):
        return _read_camt(content)
    return _read_table(content)


def too_large() -> str:
    return _("Die Datei ist größer als 10 MB. Bitte rufen Sie bei der Bank einen kürzeren Zeitraum ab.")


# --- CAMT.053 ------------------------------------------------------------------------------------------------


def _read_camt(content: bytes) -> ReadStatement:
    try:
        # No document type, so no entities that grow and nothing fetched from elsewhere.
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise StatementRefused(
            _("Die Datei ist kein lesbares XML. Bitte rufen Sie sie bei der Bank neu ab und ändern Sie nichts daran.")
        ) from problem
    layout = root.tag.removeprefix("{").partition("}")[0].removeprefix(_NAMESPACE)
    if layout not in VERSIONS:
        raise StatementRefused(_other_layout(layout))
    _strip_namespaces(root)
    reading = _Reading()
    try:
        _read_statements(root, reading)
    except RecursionError as problem:  # elements in elements in elements
        raise StatementRefused(
            _("Die Datei ist nicht wie ein Kontoauszug gebaut. Bitte rufen Sie sie neu ab.")
        ) from problem
    return reading.done(layout)


def _read_statements(root: Element, reading: _Reading) -> None:
    for statement in root.findall("BkToCstmrStmt/Stmt"):
        reading.of(_text(statement, "Acct/Id/IBAN"))
        if _text(statement, "Acct/Ccy") not in ("", "EUR"):
            raise StatementRefused(_other_currency(_text(statement, "Acct/Ccy")))
        reading.closing = _closing(statement) or reading.closing
        for entry in statement.findall("Ntry"):
            _read_entry(entry, reading)


def _other_layout(layout: str) -> str:
    if layout.startswith(("camt.052", "camt.054")):
        name = _("CAMT.052 (Vormerkposten)") if layout.startswith("camt.052") else _("CAMT.054 (Sammelposten)")
        return _("Das ist %(name)s und kein Kontoauszug. Bitte rufen Sie CAMT.053 ab, Version 001.02 oder 001.08.") % {
            "name": name
        }
    if layout.startswith("camt.053"):
        return _(
            "Diese Fassung von CAMT.053 (%(name)s) kennt das Portal nicht. "
            "Bitte stellen Sie bei der Bank Version 001.02 oder 001.08 ein."
        ) % {"name": layout.removeprefix("camt.053.")[:20]}
    return _("Diese XML-Datei ist kein Kontoauszug. Bitte rufen Sie CAMT.053 ab, Version 001.02 oder 001.08.")


def _other_currency(currency: str) -> str:
    return _("Die Datei enthält Beträge in %(currency)s. Das Portal bucht nur Euro.") % {"currency": currency[:3]}


def _strip_namespaces(root: Element) -> None:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]


def _closing(statement: Element) -> Decimal | None:
    """The booked balance at the end (code CLBD)."""
    for balance in statement.findall("Bal"):
        if _text(balance, "Tp/CdOrPrtry/Cd") == "CLBD":
            return _signed(balance)
    return None


def _read_entry(entry: Element, reading: _Reading) -> None:
    """A booked entry: as its parts, if they add up to it, otherwise as a whole."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if status != "BOOK":
        reading.pending += 1
        return
    whole = _signed(entry)
    booked_on = _day(_text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm"))
    parts = entry.findall("NtryDtls/TxDtls")
    amounts = [_part(part, whole) for part in parts]
    if len(parts) > 1 and None not in amounts and sum(one for one in amounts if one is not None) == whole:
        for part, amount in zip(parts, amounts, strict=True):
            assert amount is not None
            reading.add(_line(entry, part, amount, booked_on, raw=part))
    else:
        reading.add(_line(entry, parts[0] if len(parts) == 1 else None, whole, booked_on, raw=entry))


def _part(part: Element, whole: Decimal) -> Decimal | None:
    """What a part of an entry says that it is (version 08: Amt, version 02: AmtDtls); None if it does not say."""
    found = part.find("Amt")
    found = found if found is not None else part.find("AmtDtls/TxAmt/Amt")
    if found is None:
        return None
    amount = _amount(found)
    side = _text(part, "CdtDbtInd")
    return -amount if side == "DBIT" or (not side and whole < 0) else amount


def _line(entry: Element, part: Element | None, amount: Decimal, booked_on: date, *, raw: Element) -> Line:
    details = part if part is not None else entry
    role = "Dbtr" if amount > 0 else "Cdtr"
    family = _text(details, "BkTxCd/Domn/Fmly/SubFmlyCd") or _text(entry, "BkTxCd/Domn/Fmly/SubFmlyCd")
    is_return = details.find("RtrInf") is not None or _text(entry, "RvslInd") in ("true", "1") or family in _RETURNS
    unstructured = "".join(one.text or "" for one in details.findall("RmtInf/Ustrd"))
    structured = [one.text or "" for one in details.findall("RmtInf/Strd/CdtrRefInf/Ref")]
    original = [one.text or "" for one in details.findall("RtrInf/AddtlInf")]
    purpose = " ".join(part for part in (unstructured, *structured) if part) or _text(entry, "AddtlNtryInf")
    return Line(
        booked_on=booked_on,
        amount=amount,
        purpose=purpose[:2000],
        # Version 08 has a party or an agent below the role, version 02 the party at once.
        party=(_text(details, f"RltdPties/{role}/Pty/Nm") or _text(details, f"RltdPties/{role}/Nm"))[:140],
        party_iban=_iban(_text(details, f"RltdPties/{role}Acct/Id/IBAN")),
        bank_reference=(_text(details, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef"))[:140].replace("NONREF", ""),
        is_return=is_return,
        return_reason=" ".join([_text(details, "RtrInf/Rsn/Cd"), *original]).strip()[:140],
        raw=tostring(raw, encoding="unicode")[:100_000],
    )


def _text(element: Element, path: str) -> str:
    found = element.find(path)
    return ((found.text if found is not None else "") or "").strip()


def _signed(element: Element) -> Decimal:
    """The amount of an entry or a balance, negative if it is a debit."""
    found = element.find("Amt")
    if found is None:
        raise StatementRefused(_("In der Datei fehlt bei einem Umsatz der Betrag. Bitte rufen Sie sie neu ab."))
    amount = _amount(found)
    return -amount if _text(element, "CdtDbtInd") == "DBIT" else amount


def _amount(found: Element) -> Decimal:
    if found.get("Ccy") != "EUR":
        raise StatementRefused(_other_currency(found.get("Ccy") or "?"))
    return _decimal((found.text or "").strip())


def _decimal(text: str) -> Decimal:
    try:
        amount = Decimal(text)
        if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT or amount != amount.quantize(Decimal("0.01")):
            raise InvalidOperation
    except InvalidOperation as problem:
        raise StatementRefused(_("In der Datei steht ein Betrag, der keiner ist: „%s“.") % text[:30]) from problem
    return amount.quantize(Decimal("0.01"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as problem:
        raise StatementRefused(_("In der Datei steht ein Tag, den es nicht gibt: „%s“.") % text[:30]) from problem


def _iban(text: str) -> str:
    """An IBAN without gaps; nothing if it is none."""
    try:
        return str(schwifty.IBAN(text))
    except ValueError:
        return ""


# --- Tables --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Columns:
    """How a layout names its columns."""

    layout: str
    iban: str
    booked_on: str
    amount: str
    currency: str
    party: str
    party_iban: str
    purpose: str
    status: str = ""
    kind: str = ""


# What Sparkassen give as „CSV-CAMT“, and our own, which is described in docs/rathaus.md.
_LAYOUTS = (
    _Columns(
        "csv-camt",
        iban="auftragskonto",
        booked_on="buchungstag",
        amount="betrag",
        currency="waehrung",
        party="beguenstigter/zahlungspflichtiger",
        party_iban="kontonummer/iban",
        purpose="verwendungszweck",
        status="info",
        kind="buchungstext",
    ),
    _Columns(
        "csv",
        iban="konto",
        booked_on="buchungstag",
        amount="betrag",
        currency="waehrung",
        party="name",
        party_iban="gegenkonto",
        purpose="verwendungszweck",
        kind="art",
    ),
)


def _read_table(content: bytes) -> ReadStatement:
    rows = _rows(_decoded(content))
    names = [_column(name) for name in next(rows, [])]
    columns = next((one for one in _LAYOUTS if {one.iban, one.booked_on, one.amount, one.purpose} <= set(names)), None)
    if columns is None:
        raise StatementRefused(
            _(
                "Das ist kein Kontoauszug, den das Portal lesen kann. "
                "Bitte rufen Sie ihn bei der Bank als CAMT.053 (XML) oder als „CSV-CAMT“ ab."
            )
        )
    reading = _Reading()
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            _read_row(dict(zip(names, cells, strict=False)), columns, reading, number, ";".join(cells))
    return reading.done(columns.layout)


def _read_row(row: dict[str, str], columns: _Columns, reading: _Reading, number: int, raw: str) -> None:
    def cell(name: str) -> str:
        return row.get(name, "").strip()

    try:
        reading.of(cell(columns.iban))
        currency = cell(columns.currency)
        if currency not in ("", "EUR"):
            raise StatementRefused(_other_currency(currency))
        if columns.status and "vorgemerkt" in cell(columns.status).casefold():
            reading.pending += 1
            return
        kind = cell(columns.kind).casefold() if columns.kind else ""
        reading.add(
            Line(
                booked_on=_german_day(cell(columns.booked_on)),
                amount=_german_amount(cell(columns.amount)),
                purpose=cell(columns.purpose)[:2000],
                party=cell(columns.party)[:140],
                party_iban=_iban(cell(columns.party_iban)),
                is_return=any(word in kind for word in _RETURN_WORDS),
                raw=raw,
            )
        )
    except StatementRefused as refusal:
        raise StatementRefused(_("Zeile %(number)s: %(why)s") % {"number": number, "why": refusal}) from refusal


def _decoded(content: bytes) -> str:
    """Text in UTF-8, or as Windows writes it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.replace("\x00", "")


def _rows(text: str) -> Iterator[list[str]]:
    rows: Iterable[list[str]] = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    try:
        yield from rows
    except csv.Error as problem:
        raise StatementRefused(_("Die Tabelle ist nicht lesbar. Bitte rufen Sie sie bei der Bank neu ab.")) from problem


def _column(name: str) -> str:
    return name.strip().casefold().replace("ä", "ae").replace("ü", "ue")


def _german_amount(text: str) -> Decimal:
    """An amount as tables write it: 1.234,50 or -5."""
    if not re.fullmatch(r"[+-]?(\d{1,3}(\.\d{3})+|\d{1,12})(,\d{1,2})?", text):
        raise StatementRefused(_("„%s“ ist kein Betrag. Erwartet wird zum Beispiel -1.234,50.") % text[:30])
    return _decimal(text.replace(".", "").replace(",", "."))


def _german_day(text: str) -> date:
    """A day as tables write it: 12.11.26 or 12.11.2026."""
    found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{2}|\d{4})", text)
    try:
        if found is None:
            raise ValueError(text)
        return datetime.strptime(text, "%d.%m.%y" if len(found[3]) == 2 else "%d.%m.%Y").date()  # noqa: DTZ007 -- a day
    except ValueError as problem:
        raise StatementRefused(_("„%s“ ist kein Tag. Erwartet wird zum Beispiel 12.11.2026.") % text[:30]) from problem
