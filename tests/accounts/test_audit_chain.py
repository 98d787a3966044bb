"""The audit log cannot be changed unnoticed: each entry is chained to the one before."""

import time
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import audit, audit_chain
from accounts.audit_chain import Seal, Verdict, newest_seal, verify
from accounts.models import AuditAction, AuditEntry, AuditLink
from tenants.context import as_owner, at_operator, in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.people import MONDAY, TownClient, make_anna, make_bernd
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ODD = 'Ö „Zitat" \\ / \t\n\x01\x7f 🐕 | é'
OLD = MONDAY - timedelta(days=3 * 365)


def write(count: int = 1, *, at: datetime = MONDAY, text: str = "") -> None:
    for _number in range(count):
        audit.record(AuditAction.SEEN, by=None, now=at, text=text)


def tamper(town: Town, *statements: str) -> None:
    """What only somebody can do who owns the database."""
    tables = ("accounts_auditentry", "accounts_auditlink")
    with as_owner(), in_town(town), transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def test_what_was_written_down_is_chained_when_its_transaction_ends(in_lage: Town) -> None:
    write(2)
    write(text=ODD)
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert verify(now=MONDAY) == Verdict(3, newest_seal())
    assert list(AuditLink.objects.values_list("position", "entry")) == list(
        enumerate(AuditEntry.objects.order_by("pk").values_list("pk", flat=True), 1)
    )


def test_who_has_looked_at_a_case_is_in_the_chain(lage: Town, in_lage: Town) -> None:
    case = make_submission(make_anna())
    bernd = make_bernd()

    TownClient(lage).sign_in(bernd).get(f"/rathaus/vorgang/{case.number}/")

    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action, entry.object_kind, entry.object_key) == (bernd, "seen", "submission", case.number)
    assert verify(now=MONDAY).links == 1


def test_twenty_at_once_make_one_chain(in_lage: Town) -> None:
    def write_some() -> None:
        with in_town(in_lage):
            for _number in range(5):
                write()

    assert at_once(20, write_some) == [None] * 20
    assert verify(now=MONDAY) == Verdict(100, newest_seal())


def test_who_has_written_something_down_keeps_nobody_waiting_until_it_is_kept(in_lage: Town) -> None:
    with transaction.atomic():
        write()  # not kept yet
        began = time.monotonic()

        def write_meanwhile() -> None:
            with in_town(in_lage):
                write()

        assert at_once(1, write_meanwhile) == [None]
        assert time.monotonic() - began < 2

    assert verify(now=MONDAY).links == 2


def test_each_town_and_the_operator_have_a_chain_of_their_own(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        write(2)
    with in_town(detmold):
        write()
    with at_operator():
        write()

    lines = command().splitlines()
    assert [line.rpartition(" Siegel")[0] for line in lines] == [
        "Betrieb: 1 Einträge, unverändert."
        if "Betrieb" in line
        else f"{line.partition(':')[0]}: {2 if line.startswith('lage') else 1} Einträge, unverändert."
        for line in lines
    ]
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["UPDATE accounts_auditentry SET text = 'x' WHERE id = {2}"], "Eintrag {2} (Glied 2) wurde verändert."),
        (["DELETE FROM accounts_auditentry WHERE id = {2}"], "Eintrag {2} (Glied 2) wurde entfernt."),
        (["UPDATE accounts_auditlink SET at = '2001-01-01' WHERE position = 2"], "Glied 2 (Eintrag {2}) wurde"),
        (
            ["DELETE FROM accounts_auditentry WHERE id = {2}", "DELETE FROM accounts_auditlink WHERE position = 2"],
            "Glied 2 der Kette fehlt.",
        ),
        (
            [
                "DELETE FROM accounts_auditentry WHERE id = {2}",
                "DELETE FROM accounts_auditlink WHERE position = 2",
                "UPDATE accounts_auditlink SET position = 2 WHERE position = 3",
            ],
            "Glied 2 schließt nicht an das davor an",
        ),
        (
            [
                "INSERT INTO accounts_auditentry (at, action, object_kind, object_key, text) "
                "VALUES (now(), 'seen', '', '', '')"
            ],
            "wurde an der Kette vorbei eingefügt.",
        ),
    ],
    ids=["changed", "removed", "link changed", "removed with its link", "closed again", "inserted"],
)
def test_the_first_thing_that_was_changed_is_told(lage: Town, statements: list[str], problem: str) -> None:
    with in_town(lage):
        write(4)
        keys = [0, *AuditEntry.objects.order_by("pk").values_list("pk", flat=True)]

    tamper(lage, *(statement.format(*keys) for statement in statements))

    with in_town(lage):
        assert problem.format(*keys) in verify(now=timezone.now()).problem
    with pytest.raises(CommandError, match="Nicht unverändert: lage"):
        command()


def test_a_seal_that_was_noted_shows_that_the_end_was_cut_off(lage: Town) -> None:
    with in_town(lage):
        write(3)
        seal = newest_seal()
    assert seal
    assert "unverändert" in command("--town", "lage", "--seal", str(seal))

    tamper(
        lage,
        "DELETE FROM accounts_auditentry WHERE id = (SELECT max(id) FROM accounts_auditentry)",
        "DELETE FROM accounts_auditlink WHERE position = 3",
    )

    assert "unverändert" in command("--town", "lage")  # the chain itself cannot know
    with in_town(lage):
        assert verify(now=MONDAY, noted=seal).problem == (
            "Die Kette endet bei Glied 2; notiert war schon Glied 3. Das Ende wurde entfernt."
        )
        write()  # a new end does not hide it
        assert verify(now=MONDAY, noted=seal).problem == (
            "Glied 3 ist ein anderes als das, dessen Siegel notiert wurde."
        )
    with pytest.raises(CommandError, match="Nicht unverändert"):
        command("--town", "lage", "--seal", str(seal))


@pytest.mark.parametrize("arguments", [["--seal", f"1:{'a' * 64}"], ["--town", "lage", "--seal", "x"]])
def test_a_seal_that_says_nothing_is_refused(lage: Town, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="Siegel"):
        command(*arguments)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO accounts_auditlink VALUES (9, 9, now(), '', '', '')",
        "UPDATE accounts_auditlink SET digest = ''",
        "DELETE FROM accounts_auditlink",
    ],
)
@pytest.mark.parametrize("place", ["town", "operator"])
def test_no_code_can_write_a_link(lage: Town, change: str, place: str) -> None:
    with in_town(lage) if place == "town" else at_operator():
        write()

        with pytest.raises(DatabaseError, match="the chain of the audit log grows by itself"), transaction.atomic():
            connection.cursor().execute(change)

        assert verify(now=MONDAY).links == 1


def test_after_24_months_an_entry_goes_and_the_chain_stays_whole(in_lage: Town) -> None:
    now = timezone.now()
    write(2, at=OLD)
    write(2, at=now)
    with pytest.raises(DatabaseError, match="the audit log only grows"), transaction.atomic():
        connection.cursor().execute("DELETE FROM accounts_auditentry WHERE at > %s", [OLD])

    assert audit_chain.delete_old_entries(now=now) == 2
    assert audit_chain.delete_old_entries(now=now) == 0

    write(at=now)
    assert AuditEntry.objects.count() == 3
    assert verify(now=now) == Verdict(5, newest_seal())


def test_the_seal_is_read_as_it_is_written() -> None:
    seal = Seal(17, "a" * 64)

    assert audit_chain.parse_seal(f" {seal}\n") == seal
