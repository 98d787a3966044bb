"""Has files looked at by the virus scanner, and tells whom it concerns."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from submissions.jobs import send_notice
from submissions.models import Upload
from submissions.steps import record
from submissions.uploads.clamav import threat_in
from submissions.uploads.content import file_of
from submissions.uploads.states import TRANSITIONS, Scan

logger = logging.getLogger(__name__)


def look_at(*, number: UUID, now: datetime) -> None:
    """Scan a file; until it is clean nobody in the town hall can open it. Raises ScannerUnavailable.

    Nothing happens if it was scanned already, or is gone.
    """
    upload = Upload.objects.filter(pk=number, scan=Scan.UNSCANNED, is_sealed=False).first()
    if upload is None:
        return
    try:
        with file_of(upload) as file:
            threat = threat_in(file)
    except FileNotFoundError:
        if not Upload.objects.filter(pk=number).exists():
            return  # somebody has just removed it
        raise
    keep_finding(number=number, threat=threat, now=now)


@transaction.atomic
def keep_finding(*, number: UUID, threat: str, now: datetime) -> None:
    """Write down what the scanner says. If a file was handed in, its citizen must replace it: she is told."""
    upload = Upload.objects.select_for_update().filter(pk=number).first()
    found = Scan.INFECTED if threat else Scan.CLEAN
    if upload is None or found not in TRANSITIONS[Scan(upload.scan)]:
        return
    upload.scan, upload.threat, upload.scanned_at = found, threat, now
    upload.save(update_fields=["scan", "threat", "scanned_at"])
    if not threat:
        return
    logger.warning("a virus in upload %s: %s", number, threat)
    if upload.submission:
        title = _("In einer Datei wurde ein Virus gefunden. Sie ist gesperrt.")
        record(upload.submission, by=None, now=now, title=title, text=upload.name)
        send_notice.queue(submission=str(upload.submission.pk), notice="infected")
