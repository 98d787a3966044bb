"""A town that has something to lose: cases, a payment, drafts and a file."""

from datetime import timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from billing.closing import close_days
from billing.models import LedgerEntry, Movement, Payment
from billing.states import PaymentState
from operations.moving.rows import digest_of, lines_of, tables_of
from submissions.casework import actions as casework
from submissions.models import Draft, Upload
from tenants import hosts, wall
from tenants.context import as_owner, at_operator, in_town
from tenants.models import Town
from tenants.vault.storage import files_below
from tests.factories import make_payable, make_submission
from tests.people import MONDAY, make_anna, make_bernd, make_oemer
from townhall.models import BudgetLine, ProposedAmount

PDF = b"%PDF-1.7 attached"


def fill() -> None:
    """The town that is at work has something to lose."""
    make_payable()
    anna, bernd = make_anna(), make_bernd()
    bernd.set_password("ein langes Passwort")
    bernd.save()
    submission = make_submission(anna)
    casework.take(submission=submission, by=bernd, now=MONDAY)
    upload = Upload(submission=submission, place="nachweis", name="Ümlaut = „x“.pdf", content_type="application/pdf")
    upload.size, upload.uploaded_at = len(PDF), MONDAY
    upload.file.save("nachweis.pdf", ContentFile(PDF), save=False)
    upload.save()
    ordered = make_submission(make_oemer(), paid=True)
    payment = Payment.objects.create(
        submission=ordered,
        reference=f"{ordered.number}-1",
        amount=Decimal("5.00"),
        account="acct_probe_blomberg",
        state=PaymentState.PAID,
        method="card",
        created_at=MONDAY,
        paid_at=MONDAY,
    )
    LedgerEntry.objects.create(
        payment=payment, at=MONDAY, new_state=PaymentState.PAID, source="webhook", reason="Bezahlt"
    )
    for kind, amount in (("payment", "5.00"), ("fee", "-0.33")):
        moved = {"provider": "stripe", "account": payment.account, "kind": kind, "source": "x", "at": MONDAY}
        Movement.objects.create(payment=payment, amount=Decimal(amount), **moved)
    close_days(now=MONDAY + timedelta(days=2))
    BudgetLine.objects.create(key="hundemarke.ersatz", number="12.02.01")
    ProposedAmount.objects.create(key="hund.anzeige", amount=Decimal("25.00"), entered_by=bernd, entered_at=MONDAY)
    for values in ({"citizen": anna, "answers": {"vorname": "Anna"}}, {"sealed": b"\x00only a browser\xff"}):
        Draft.objects.create(service_key="hund-anmelden", form_version=1, created_at=MONDAY, edited_at=MONDAY, **values)


def stored() -> bytes:
    """The one file of the town that is at work."""
    with Upload.objects.get().file.open() as file:
        content: bytes = file.read()
    return content


def drop(schema: str) -> None:
    """Remove a town with all it has."""
    with at_operator(), as_owner(), connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        wall.remove_role(cursor, connection.settings_dict["NAME"], schema)
        Town.objects.filter(schema_name=schema).delete()
    for name in list(files_below(default_storage, schema)):
        default_storage.delete(name)
    hosts.forget()


def contents(town: Town) -> dict[str, str]:
    """What each table of the town says, as a checksum."""
    with as_owner(), in_town(town), connection.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            return {table.name: digest_of(lines_of(town, table)) for table in tables_of(town)}
        finally:
            cursor.execute("ROLLBACK")
