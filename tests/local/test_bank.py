"""The helper that writes a statement as a bank would."""

import subprocess
import sys
from decimal import Decimal

from django.conf import settings

from billing.bank.statements import read_statement

IBAN = "DE89370400440532013000"


def write(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "config.local.bank", *arguments]
    return subprocess.run(command, capture_output=True, check=False, cwd=settings.ROOT)


def test_the_helper_writes_a_statement_that_can_be_imported() -> None:
    read = read_statement(write(IBAN, "5,00", "SP000000016", "-1,50", "Entgelt & mehr").stdout)

    assert (read.iban, [(one.amount, one.purpose) for one in read.lines]) == (
        IBAN,
        [(Decimal("5.00"), "SP000000016"), (Decimal("-1.50"), "Entgelt & mehr")],
    )


def test_without_an_amount_it_says_how_to_call_it() -> None:
    answer = write(IBAN)

    assert answer.returncode == 2
    assert b"Bitte so: python -m config.local.bank IBAN BETRAG VERWENDUNGSZWECK" in answer.stderr
