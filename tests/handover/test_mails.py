"""A mailbox of the town hall is told of each application, and gets it only where an administrator says why it may."""

import json
import re
from smtplib import SMTPException

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from accounts.models import User
from submissions.handover.models import Attempt, Handover, Target
from submissions.handover.states import HandoverState
from tests.factories import make_submission
from tests.jobs import run_jobs

TO = "steueramt@lage.example"


def mails() -> list[EmailMessage]:
    return [one for one in mail.outbox if one.to == [TO]]


def test_the_mailbox_is_told_the_number_and_gets_a_link(mailbox: Target, anna: User) -> None:
    case = make_submission(anna)
    run_jobs()

    (sent,) = mails()
    assert (sent.subject, sent.attachments) == (f"Neuer Antrag {case.number} – Stadt Lage", [])
    assert f"http://lage.localhost:8000/rathaus/vorgang/{case.number}/" in str(sent.body)
    assert not re.search("Anna|Schröder|Bello|72|32791", str(sent.body))
    assert Handover.objects.get().state == HandoverState.DONE


def test_the_same_application_has_the_same_message_id_each_time(mailbox: Target, anna: User) -> None:
    make_submission(anna)
    run_jobs()

    (sent,) = mails()
    assert sent.extra_headers == {"Message-ID": f"<weitergabe-{Handover.objects.get().pk}@localhost>"}


def test_the_whole_application_goes_to_a_mailbox_inside_the_administration(mailbox: Target, anna: User) -> None:
    Target.objects.update(is_whole=True, inside_because="Im Rechenzentrum der Stadt")
    case = make_submission(anna)
    run_jobs()

    (sent,) = mails()
    (pdf_name, pdf, pdf_type), (json_name, answers, json_type) = sent.attachments
    assert (pdf_name, pdf_type, pdf[:5]) == (f"{case.number}.pdf", "application/pdf", b"%PDF-")
    assert (json_name, json_type) == (f"{case.number}.json", "application/json")
    assert json.loads(answers)["answers"]["nachname"] == "Schröder"
    assert "nicht aus der Verwaltung hinaus" in str(sent.body)


def test_the_database_refuses_a_whole_application_without_a_reason(mailbox: Target) -> None:
    with pytest.raises(IntegrityError, match="whole_application_by_mail_says_why"), transaction.atomic():
        Target.objects.update(is_whole=True)


def test_a_mail_server_that_is_down_is_tried_again(
    mailbox: Target, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_self: EmailMessage, **_more: object) -> int:
        raise SMTPException

    make_submission(anna)
    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", down)
        patched.setattr("submissions.jobs.send_mail", lambda *_args: None)
        run_jobs()

    assert Attempt.objects.get().text == "Der Mailserver hat die E-Mail nicht angenommen."
    assert Handover.objects.get().next_at is not None
