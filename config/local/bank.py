"""Account statements as a bank would send them, to try out importing; a stand-in for the town's bank.

python -m config.local.bank IBAN BETRAG VERWENDUNGSZWECK [BETRAG VERWENDUNGSZWECK …] > kontoauszug.xml
"""

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

PAYER_IBAN = "DE02120300000000202051"  # from the bank's own examples


@dataclass(frozen=True)
class SampleLine:
    """One movement (EUR, signed as the account sees it)."""

    amount: Decimal
    purpose: str
    booked_on: date
    party: str = "Anna Schröder"
    party_iban: str = PAYER_IBAN
    bank_reference: str = ""
    is_return: bool = False
    status: str = "BOOK"
    currency: str = "EUR"


def camt_statement(iban: str, lines: Sequence[SampleLine], *, version: str = "001.08", batch: bool = False) -> bytes:
    """CAMT.053; with `batch` all lines are parts of one entry."""
    entries = _batch(lines, version) if batch else "".join(_entry(line, version) for line in lines)
    total = sum((line.amount for line in lines), Decimal("1000.00"))
    made_at = max((line.booked_on for line in lines), default=datetime.now(UTC).date()).isoformat()
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.{version}">
<BkToCstmrStmt>
<GrpHdr><MsgId>PROBE</MsgId><CreDtTm>{made_at}T23:00:00+01:00</CreDtTm></GrpHdr>
<Stmt>
<Id>1</Id><CreDtTm>{made_at}T23:00:00+01:00</CreDtTm>
<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>{_money(total)}<Dt><Dt>{made_at}</Dt></Dt></Bal>
{entries}
</Stmt>
</BkToCstmrStmt>
</Document>
""".encode()


def _money(amount: Decimal, currency: str = "EUR") -> str:
    side = "CRDT" if amount >= 0 else "DBIT"
    return f'<Amt Ccy="{currency}">{abs(amount):.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def _entry(line: SampleLine, version: str) -> str:
    return (
        f"<Ntry>{_money(line.amount, line.currency)}{_status(line.status, version)}{_days(line)}"
        f"<AcctSvcrRef>{escape(line.bank_reference or 'NONREF')}</AcctSvcrRef>"
        f"<NtryDtls>{_part(line, version, with_amount=False)}</NtryDtls></Ntry>\n"
    )


def _batch(lines: Sequence[SampleLine], version: str) -> str:
    total = sum((line.amount for line in lines), Decimal("0.00"))
    parts = "".join(_part(line, version, with_amount=True) for line in lines)
    return (
        f"<Ntry>{_money(total)}{_status('BOOK', version)}{_days(lines[0])}"
        f"<NtryDtls><Btch><NbOfTxs>{len(lines)}</NbOfTxs></Btch>{parts}</NtryDtls></Ntry>\n"
    )


def _status(status: str, version: str) -> str:
    return f"<Sts>{status}</Sts>" if version == "001.02" else f"<Sts><Cd>{status}</Cd></Sts>"


def _days(line: SampleLine) -> str:
    day = line.booked_on.isoformat()
    return f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"


def _part(line: SampleLine, version: str, *, with_amount: bool) -> str:
    role = "Dbtr" if line.amount > 0 else "Cdtr"
    name = f"<Nm>{escape(line.party)}</Nm>"
    party = name if version == "001.02" else f"<Pty>{name}</Pty>"
    amount = ""
    if with_amount and version == "001.02":
        amount = f'<AmtDtls><TxAmt><Amt Ccy="EUR">{abs(line.amount):.2f}</Amt></TxAmt></AmtDtls>'
    elif with_amount:
        amount = _money(line.amount)
    wrapped = "".join(f"<Ustrd>{escape(line.purpose[at : at + 35])}</Ustrd>" for at in range(0, len(line.purpose), 35))
    returned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" if line.is_return else ""
    return (
        f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>{amount}"
        f"<RltdPties><{role}>{party}</{role}><{role}Acct><Id><IBAN>{line.party_iban}</IBAN></Id></{role}Acct></RltdPties>"
        f"<RmtInf>{wrapped}</RmtInf>{returned}</TxDtls>"
    )


def csv_camt_statement(iban: str, lines: Sequence[SampleLine]) -> bytes:
    """„CSV-CAMT“ as Sparkassen give it: Windows characters, two-digit years."""
    head = [
        "Auftragskonto",
        "Buchungstag",
        "Valutadatum",
        "Buchungstext",
        "Verwendungszweck",
        "Glaeubiger ID",
        "Mandatsreferenz",
        "Kundenreferenz (End-to-End)",
        "Sammlerreferenz",
        "Lastschrift Ursprungsbetrag",
        "Auslagenersatz Ruecklastschrift",
        "Beguenstigter/Zahlungspflichtiger",
        "Kontonummer/IBAN",
        "BIC (SWIFT-Code)",
        "Betrag",
        "Waehrung",
        "Info",
    ]
    rows = [
        [
            iban,
            f"{line.booked_on:%d.%m.%y}",
            f"{line.booked_on:%d.%m.%y}",
            "RÜCKÜBERWEISUNG" if line.is_return else "GUTSCHR. UEBERWEISUNG",
            line.purpose,
            *[""] * 6,
            line.party,
            line.party_iban,
            "BYLADEM1001",
            f"{line.amount:.2f}".replace(".", ","),
            line.currency,
            "Umsatz gebucht" if line.status == "BOOK" else "Umsatz vorgemerkt",
        ]
        for line in lines
    ]
    return _table([head, *rows]).encode("cp1252")


def plain_table(iban: str, lines: Sequence[SampleLine]) -> bytes:
    """The portal's own layout, which docs/rathaus.md describes."""
    head = ["Konto", "Buchungstag", "Betrag", "Waehrung", "Name", "Gegenkonto", "Verwendungszweck", "Art"]
    rows = [
        [
            iban,
            f"{line.booked_on:%d.%m.%Y}",
            f"{line.amount:.2f}".replace(".", ","),
            line.currency,
            line.party,
            line.party_iban,
            line.purpose,
            "Rückgabe" if line.is_return else "",
        ]
        for line in lines
    ]
    return _table([head, *rows]).encode()


def _table(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write a statement of today to standard output."""
    if len(arguments) < 3 or len(arguments) % 2 == 0:
        sys.stderr.write("Bitte so: python -m config.local.bank IBAN BETRAG VERWENDUNGSZWECK …\n")
        return 2
    iban, *rest = arguments
    today = datetime.now(UTC).date()
    pairs = zip(rest[::2], rest[1::2], strict=True)
    lines = [SampleLine(Decimal(amount.replace(",", ".")), purpose, today) for amount, purpose in pairs]
    sys.stdout.buffer.write(camt_statement(iban.replace(" ", ""), lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
