"""A night of deletions whose worker is killed: of each case all is there or all is gone, and the rest goes next."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from accounts.audit_chain import verify
from accounts.models import AuditAction, AuditEntry, User
from submissions import retention
from submissions.housekeeping import delete_ended_cases
from submissions.models import OrphanedFile, Removal, Submission, Upload
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.kills.conftest import finish, is_left, kill_while_it_waits, time_passes
from tests.people import make_anna

CASES = 3


@pytest.mark.django_db(transaction=True)
def test_of_each_case_all_is_there_or_all_is_gone_and_each_is_deleted_once(lage: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        cases = [closed_long_ago(anna) for _number in range(CASES)]
        assert retention.mark_due(now=timezone.now() - retention.UNDO - timedelta(days=1)) == CASES
        delete_ended_cases.queue()
        second = Removal.objects.filter(delete_on__lte=timezone.localdate())[1].submission

        kill_while_it_waits(second)
        assert (whole(), gone()) == (CASES - 1, 1)
        (orphan,) = OrphanedFile.objects.all()
        call_command("check_uploads", "lage")  # raises if something is wrong

        time_passes()
        kill_while_it_waits(orphan)  # its file has gone, what is known of it has not
        assert (whole(), gone()) == (0, CASES)
        assert not default_storage.exists(orphan.name)
        call_command("check_uploads", "lage")

        finish()

        call_command("check_uploads", "lage")
        assert not OrphanedFile.objects.exists()
        assert [default_storage.exists(name) for _case, name in cases] == [False] * CASES
        assert AuditEntry.objects.filter(action=AuditAction.CASE_PURGED).count() == CASES
        assert verify(now=timezone.now()).problem == ""
        assert not is_left(delete_ended_cases)


def closed_long_ago(citizen: User) -> tuple[Submission, str]:
    """A case with a file, and the name of that."""
    at = timezone.now() - timedelta(days=300)
    case = make_submission(citizen, now=at)
    Submission.objects.filter(pk=case.pk).update(state=State.CLOSED, closed_at=at, act_by=None)
    upload = Upload(submission=case, place="nachweis", name="Anna.pdf", content_type="application/pdf", size=4)
    upload.uploaded_at = at
    upload.file.save("nachweis.pdf", ContentFile(b"%PDF"), save=False)
    upload.save()
    return case, str(upload.file.name)


def whole() -> int:
    """Of how many cases everything is there."""
    found = Submission.objects.filter(state=State.CLOSED, uploads__isnull=False).exclude(answers={})
    return sum(default_storage.exists(str(case.uploads.get().file.name)) for case in found)


def gone() -> int:
    """Of how many cases nothing is left."""
    found = Submission.objects.filter(state=State.PURGED, uploads=None, answers={}, applicant="", citizen=None)
    return found.filter(removal__purged_at__isnull=False).count()
