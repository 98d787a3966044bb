"""What the worker does with files."""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from submissions.models import Upload
from submissions.uploads import scanning
from submissions.uploads.states import Scan
from tenants.context import current_town
from tenants.jobs import Urgency, periodic_in_every_town, town_job

logger = logging.getLogger(__name__)

# By then the job of a file itself has been tried for the last time.
LEFT_OVER_AFTER = timedelta(hours=4)


@town_job(label=_("Datei auf Viren prüfen"), urgency=Urgency.WAITED_FOR)
def scan(*, upload: str) -> None:
    """Look at one file. If the scanner does not answer it is tried again."""
    if settings.CLAMAV_URL:
        scanning.look_at(number=UUID(upload), now=timezone.now())


@periodic_in_every_town(
    label=_("Noch nicht geprüfte Dateien auf Viren prüfen"), cron="23 * * * *", spread=timedelta(minutes=30)
)
def scan_what_is_left() -> None:
    """Files of the time before there was a scanner, and those whose own job has failed for good."""
    if not settings.CLAMAV_URL:
        return
    left = Upload.objects.filter(scan=Scan.UNSCANNED, is_sealed=False)
    numbers = left.filter(uploaded_at__lt=timezone.now() - LEFT_OVER_AFTER).order_by("uploaded_at").values_list("pk")
    count = 0
    for (number,) in numbers.iterator():
        try:
            scanning.look_at(number=number, now=timezone.now())
            count += 1
        except FileNotFoundError:  # check_uploads tells of it
            logger.error("upload %s has no file", number)
    if count:
        logger.info("%s: %s files scanned that were left", current_town().schema_name, count)
