"""What the worker does at night with files that nobody has sent."""

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from submissions.uploads import actions
from tenants.context import current_town
from tenants.jobs import periodic_in_every_town

logger = logging.getLogger(__name__)


@periodic_in_every_town(
    label=_("Dateien löschen, die nie abgeschickt wurden"), cron="41 1 * * *", spread=timedelta(hours=2)
)
def delete_what_was_not_sent() -> None:
    """Files that have not arrived whole for days, and those of answers that nobody gave."""
    count = actions.delete_what_was_not_sent(now=timezone.now())
    if count:
        logger.info("%s: %s files deleted that were never sent", current_town().schema_name, count)
