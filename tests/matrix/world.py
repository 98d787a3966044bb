"""A town that has one of everything, so that each page of it can be opened by somebody, and another town."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import connection

from accounts.absences import plan_absence
from accounts.models import OperatorAccess, OperatorRole, Role, StaffProvider, User
from accounts.tokens.actions import issue
from accounts.tokens.models import Scope
from billing.bank.clearing import Part, assign
from billing.bank.models import Assignment, PayBack, StatementEntry
from billing.closing import close_days
from billing.models import LedgerEntry, Movement, Payment, PaymentRequest, Refund
from billing.states import PaymentState
from catalogue.forms.current import form_definition
from operations import access as guests
from submissions import actions as submissions
from submissions import retention
from submissions.appointments.models import Booking
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.found import actions as found
from submissions.found.queries import OWN_LIST, REPORT
from submissions.handover import actions as handover
from submissions.handover.actions import TargetDetails
from submissions.handover.models import Handover
from submissions.handover.states import Kind
from submissions.models import BulkItem, BulkRun, Submission, Upload
from submissions.states import Outcome, State
from tenants.context import as_owner, at_operator, in_town
from tenants.models import Town
from tests.appointments.office import book, make_calendar
from tests.bank.conftest import announce, bring, line, switch_on
from tests.factories import make_amount, make_payable, make_submission
from tests.found.test_register import KEYS, REPORTED
from tests.people import MONDAY, TownClient, make_anna, make_operator, make_staff, make_sven
from townhall import actions as townhall
from townhall.actions import OfficeDetails
from townhall.models import ProposedAmount, Remark, SpecialDay

DETMOLD = "057660020020"  # its key in the official list
NOBODYS = UUID("5d0e5a52-0b8f-4f9e-9d57-6d2a5f3f3c11")
SECRETS = ("Schröder", "Lagisch", "LAGE-2026")  # what stands only in Lage
FIRST_KEY = 4242  # no row of another town has a key like that
OWN_UNITS = ("steueramt", "buergerbuero")
OTHER_UNITS = ("buecherei",)
Values = dict[str, dict[str, Any]]


@dataclass
class World:
    """Two towns: the keys of what is in Lage, by the name of a page, of its room, or (empty) for all."""

    lage: Town
    detmold: Town
    values: Values = field(default_factory=dict)
    sent: Values = field(default_factory=dict)  # what a form needs to say which row it means
    begun: UUID = NOBODYS  # what Bernd does with many cases


def build(lage: Town, detmold: Town) -> World:
    """Fill both. In Lage there is one of everything; in Detmold no more than what every town has."""
    world = World(lage, detmold)
    _count_from(FIRST_KEY, lage)
    for town in (lage, detmold):
        with in_town(town):
            townhall.change_setting(key=OWN_LIST, value=True, by=None, now=MONDAY)
    with in_town(lage):
        _fill(world)
    return world


def _count_from(first: int, town: Town) -> None:
    """New rows of the town get keys from there on."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = %s", [town.schema_name])
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER SEQUENCE "{town.schema_name}"."{name}" RESTART WITH {first}')


def _fill(world: World) -> None:
    make_payable()
    switch_on()
    make_calendar()
    anna = make_anna()
    bernd = make_staff("bernd", "Bernd", "Brinkmann", Role.CASE_WORKER, units=OWN_UNITS)
    everybody = make_staff("alle", "Ada", "Alle", *Role)
    decided, asked, fresh, ordered, report, old = _cases(anna, bernd)
    upload = _attach(decided)
    item = found.enter(details=found.Details(**KEYS), report=None, by=bernd, now=MONDAY)
    target, _secret = handover.add_target(
        service_key="hund-anmelden",
        kind=Kind.EMAIL,
        details=TargetDetails("Lagisches Postfach", "geheim@lage.example", is_whole=False),
        by=everybody,
        now=MONDAY,
    )
    program, _secret = handover.add_target(
        service_key="hund-anmelden",
        kind=Kind.WEBHOOK,
        details=TargetDetails("Lagisches Programm", "https://geheim.example/", is_whole=False),
        by=everybody,
        now=MONDAY,
    )
    sent = Handover.objects.create(
        submission=fresh, target=target, created_at=MONDAY, waits_since=MONDAY, next_at=MONDAY
    )
    token, _written = issue(
        name="Lagisches System", contact="it@rathaus.example", scopes=[Scope.READ], units=(), services=(),
        expires_on=MONDAY.date() + timedelta(days=90), by=everybody, now=MONDAY,
    )  # fmt: skip
    absence = plan_absence(
        user=bernd, first_day=date(2026, 12, 1), last_day=date(2026, 12, 2), substitute=everybody, today=MONDAY.date()
    )
    office = townhall.save_office(office=None, details=OfficeDetails({"name": "Lagisches Amt"}))
    special = SpecialDay.objects.create(office=office, day=date(2026, 12, 24))
    block = casework.save_text_block(
        block=None, title="Lagisch", text="Lagische Worte", unit=OWN_UNITS[0], by=bernd, now=MONDAY
    )
    remark = Remark.objects.create(service_key="hund-anmelden", text="Lagischer Satz", month=MONDAY.date())
    barrier = townhall.report_barrier(text="Lagische Meldung", page="", email="", now=MONDAY)
    townhall.change_offer(service_key="bewohnerparkausweis", state="paused", pause_note="Lagische Pause")
    StaffProvider.objects.create(
        pk=1, issuer="https://konto.lage.example", client_id="x", sealed_secret="x", label="Lagisches Konto"
    )
    coming = make_amount(valid_from=date(2027, 1, 1))
    ProposedAmount.objects.create(key="hundemarke.ersatz", amount=Decimal(6), entered_by=bernd, entered_at=MONDAY)
    paid, refund, probe = _money(ordered, fresh)
    entry, assignment, pay_back, bank_refund = _transfers(anna, everybody)
    book(TownClient(world.lage).sign_in(anna))
    booking = Booking.objects.get()
    assert booking.submission
    with at_operator():
        otto = make_operator("otto", "Otto", "Ohm", OperatorRole.SUPPORT)
    wish = _asked(world.lage, otto)
    world.values = {
        "": {
            "number": decided.number, "case": decided.number, "upload_id": upload.pk, "run": NOBODYS,
            "key": "hund-anmelden", "kind": "webhook", "colour": "14694f", "value": "sozial", "provider": "stripe",
            "year": 2026, "month": 11, "day": 16, "reference": paid.reference, "refund_id": bank_refund.pk,
            "handover": sent.pk, "payment_id": paid.pk, "absence": absence.pk, "pk": FIRST_KEY * 9,
        },
        "found_desk": {"number": item.number},
        "found_desk:take_over": {"number": report.number},
        "appointments": {"pk": booking.pk},
        "calendars": {"pk": office.pk},
        "casework:text_block": {"pk": block.pk},
        "casework:remove_text_block": {"pk": block.pk},
        "retention": {"number": old.number},
        "fee_example": {"key": "hundemarke-ersatz"},
        "handover": {"pk": target.pk},
        "handover:renew_secret": {"pk": program.pk},
        "administration": {"pk": office.pk},
        **{
            f"administration:{name}": {"key": "hundemarke.ersatz"}
            for name in ("amount", "budget_line", "release_amount", "discard_amount", "withdraw_amount")
        },
        **{
            f"administration:{name}": {"key": "hundesteuer.gruende"}
            for name in (
                "setting", "reset_setting", "new_entry", "entry", "remove_entry", "move_entry_up",
            )
        },
        **{
            f"administration:{name}": {"pk": bernd.pk}
            for name in ("access", "plan_absence", "end_absence", "send_link", "forget_app", "unlink_account")
        },
        "administration:reword_pause": {"key": "bewohnerparkausweis"},
        "administration:withdraw_system": {"pk": token.pk},
        "administration:remove_remark": {"pk": remark.pk},
        "administration:report_answered": {"pk": barrier.pk},
        "payment_account:probed": {"payment_id": probe.pk},
        "access": {"pk": wish.pk},
        "bank": {"pk": entry.pk},
        "bank:undo": {"pk": assignment.pk},
        "bank:pay_back": {"pk": pay_back.pk},
        "treasury": {"pk": refund.pk},
        "submissions:withdraw": {"number": fresh.number},
        "submissions:carry_case": {"number": decided.number},
        "submissions:answer": {"number": asked.number},
        "submissions:answer_files": {"case": asked.number},
        "submissions:answer_file": {"case": asked.number, "number": upload.pk},
        "submissions:upload": {"number": upload.pk},
        "submissions:preview": {"number": upload.pk},
        "submissions:replace_file": {"number": upload.pk},
        "submissions:appointment": {"number": booking.submission.number},
        "billing:receipt": {"number": ordered.number},
        "billing:pay": {"number": ordered.number},
        "billing:request_letter": {"number": fresh.number},
        "casework_api:file": {"file_id": upload.pk},
    }  # fmt: skip
    run = BulkRun.objects.create(step="take", by=bernd, created_at=MONDAY)
    BulkItem.objects.create(run=run, submission=fresh)
    world.begun = run.pk
    world.sent = {
        "administration:withdraw_amount": {"row": coming.pk},
        "administration:remove_special_day": {"day": special.pk},
    }


def _cases(anna: User, bernd: User) -> tuple[Submission, ...]:
    """Anna's: one decided, one with a question, one that is new, an order, something found, one to be deleted."""
    decided, asked, fresh = (make_submission(anna) for _number in range(3))
    for case in (decided, asked):
        casework.take(submission=case, by=bernd, now=MONDAY)
    ruling = Ruling(Outcome.NOT_RESPONSIBLE, "Lagisch nein.", authority="Stadt Detmold", authority_ars=DETMOLD)
    casework.decide(submission=decided, ruling=ruling, by=bernd, now=MONDAY)
    due = MONDAY.date() + timedelta(days=9)
    casework.ask_back(submission=asked, question="Lagische Frage?", due_on=due, by=bernd, now=MONDAY)
    ordered = make_submission(anna, paid=True)
    report = make_submission(
        anna, service_key=REPORT, form_version=form_definition(REPORT).version, answers=REPORTED, unit="buergerbuero"
    )
    old = make_submission(anna)
    long_ago = MONDAY - retention.KEPT
    Submission.objects.filter(pk=old.pk).update(state=State.CLOSED, closed_at=long_ago, act_by=None)
    assert retention.mark_due(now=MONDAY) == 1
    return decided, asked, fresh, ordered, report, old


def _attach(case: Submission) -> Upload:
    upload = Upload(submission=case, place="nachweis", name="Anna.pdf", content_type="application/pdf", size=4)
    upload.uploaded_at = MONDAY
    upload.file.save("nachweis.pdf", ContentFile(b"%PDF"), save=False)
    upload.preview.save("nachweis.jpg", ContentFile(b"JPEG"), save=False)
    upload.save()
    return upload


def _money(ordered: Submission, fresh: Submission) -> tuple[Payment, Refund, Payment]:
    """Anna has paid by card, the day is closed, and she is to have something back; something else is to be paid."""
    given: dict[str, Any] = {
        "amount": Decimal("5.00"), "account": "acct_probe_lage", "state": PaymentState.PAID, "method": "card",
        "created_at": MONDAY, "paid_at": MONDAY,
    }  # fmt: skip
    paid = Payment.objects.create(submission=ordered, reference=f"{ordered.number}-1", **given)
    LedgerEntry.objects.create(
        payment=paid, at=MONDAY, new_state=PaymentState.PAID, source="webhook", reason="Gemeldet"
    )
    moved = {"provider": "stripe", "account": paid.account, "kind": "payment", "source": "x", "at": MONDAY}
    Movement.objects.create(payment=paid, amount=paid.amount, **moved)
    submissions.payment_arrived(submission=ordered, now=MONDAY)
    probe = Payment.objects.create(submission=None, reference="LAGE-PROBE-1", **given)
    refund = Refund.objects.create(payment=paid, amount=paid.amount, reason="other", requested_at=MONDAY)
    assert len(close_days(now=MONDAY + timedelta(days=1))) == 1
    PaymentRequest.objects.create(
        submission=fresh, title="Lagische Gebühr", lines=ordered.fee_lines, amount=Decimal("5.00"),
        due_on=MONDAY.date() + timedelta(days=14), requested_at=MONDAY,
    )  # fmt: skip
    return paid, refund, probe


def _transfers(anna: User, by: User) -> tuple[StatementEntry, Assignment, PayBack, Refund]:
    """What the bank has told: a part of a fee, a whole one that is to go back, and money that nobody knows."""
    part, whole = announce(), announce()
    bring([line("2.00", part.reference), line("5.00", whole.reference), line("8.00", "Lagisch?")], by)
    unknown = StatementEntry.objects.get(purpose="Lagisch?")
    assign(entry=unknown, parts=[], pay_back=Decimal(8), note="", by=by, now=MONDAY)
    first = StatementEntry.objects.get(amount=Decimal(2))
    assign(entry=first, parts=[Part(part.reference, Decimal(2))], pay_back=Decimal(0), note="", by=by, now=MONDAY)
    refund = Refund.objects.create(payment=whole, amount=Decimal(1), reason="other", requested_at=MONDAY)
    return unknown, Assignment.objects.get(payment=part), PayBack.objects.get(), refund


def let_in(town: Town) -> tuple[OperatorAccess, User]:
    """Sven of the operator, whom the town lets look for hours."""
    with at_operator():
        operator = make_sven()
    access = _asked(town, operator)
    return guests.grant(access=access, by=User.objects.get(given_name="Ada"), now=MONDAY), operator


def _asked(town: Town, operator: User) -> OperatorAccess:
    with at_operator():
        guests.ask(town=town, reason="Lagischer Grund", hours=8, by=operator, now=MONDAY)
    return OperatorAccess.objects.get(operator=operator.pk)
