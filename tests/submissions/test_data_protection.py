"""The data protection officer sees the record, the deletions and the state of the log, and no answers."""

import pytest
from django.db import connection, transaction

from accounts import audit
from accounts.models import AuditAction, Role, User
from submissions import retention
from tenants.context import as_owner, in_town
from tenants.models import Town
from tests.conftest import Clock
from tests.desk import make_clara_of_all_trades
from tests.factories import make_payable, make_submission
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_staff
from tests.submissions.test_retention import end

PAGE, VERIFY = "/rathaus/datenschutz/", "/rathaus/datenschutz/pruefen/"


def make_dora() -> User:
    return make_staff("dora", "Dora", "Dreyer", Role.DATA_PROTECTION)


@pytest.fixture
def dora(lage: Town, in_lage: Town) -> TownClient:
    return TownClient(lage).sign_in(make_dora())


def test_the_record_names_data_basis_and_retention_of_each_form(dora: TownClient) -> None:
    make_payable()

    answer = dora.get(PAGE)

    found = {one.key: one for one in answer.context["processings"]}
    order = found["hundemarke-ersatz"]
    assert "90 Tage" in order.retention
    assert order.legal_basis
    assert "Geburtsdatum" in {label for _title, labels in order.data for label in labels}
    assert order.title in text_of(answer)


def test_it_begins_there_and_sees_no_case(lage: Town, dora: TownClient) -> None:
    case = make_submission(make_anna())
    end(case)
    retention.mark_due(now=MONDAY + retention.KEPT)

    assert dora.get("/rathaus/").headers["Location"] == PAGE
    pages = text_of(dora.get(PAGE)) + text_of(dora.get("/rathaus/loeschfristen/"))
    assert "1 Vorgang ist vorgemerkt" in pages
    assert case.number in pages
    assert "Schröder" not in pages
    assert dora.get(f"/rathaus/vorgang/{case.number}/").status_code == 404
    assert dora.get(f"/rathaus/loeschfristen/{case.number}/anhalten/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_she_sees_whether_the_log_is_unchanged(lage: Town) -> None:
    with in_town(lage):
        for _number in range(2):
            audit.record(AuditAction.SEEN, by=None, now=MONDAY)
        dora = TownClient(lage).sign_in(make_dora())
        assert "Das Protokoll ist unverändert" in text_of(dora.post(VERIFY))

        with as_owner(), in_town(lage), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER USER")
            cursor.execute("UPDATE accounts_auditentry SET text = 'x'")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE accounts_auditentry ENABLE TRIGGER USER")

        page = text_of(dora.post(VERIFY))
        assert "Das Protokoll wurde verändert" in page
        assert "Glied 1" in page


def test_who_may_open_it(lage: Town, detmold: Town, in_lage: Town, clock: Clock) -> None:
    clock(MONDAY)
    for role in Role:
        client = TownClient(lage).sign_in(make_staff(role.value, "Udo", "Unger", role))
        expected = 200 if role == Role.DATA_PROTECTION else 404
        assert (client.get(PAGE).status_code, client.post(VERIFY).status_code) == (expected, expected), role
    for client in (TownClient(lage), TownClient(lage).sign_in(make_anna())):
        assert client.get(PAGE)["Location"].startswith("/rathaus/anmelden/")
    audit.record(AuditAction.SEEN, by=make_bernd(), now=MONDAY)
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())
    assert clara.get(PAGE).context["seal"] is None
