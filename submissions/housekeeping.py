"""What the worker does by itself at night."""

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from submissions import draft_actions, retention
from tenants.context import current_town
from tenants.jobs import periodic_in_every_town

logger = logging.getLogger(__name__)


@periodic_in_every_town(label=_("Alte Entwürfe löschen"), cron="17 1 * * *", spread=timedelta(hours=2))
def delete_old_drafts() -> None:
    """Drafts that nobody has touched for long."""
    count = draft_actions.delete_old_drafts(now=timezone.now())
    draft_actions.delete_old_arrivals(now=timezone.now())
    logger.info("%s: %s old drafts deleted", current_town().schema_name, count)


@periodic_in_every_town(label=_("Abgeschlossene Vorgänge löschen"), cron="47 1 * * *", spread=timedelta(hours=2))
def delete_ended_cases() -> None:
    """Cases that were kept long enough: what was marked two weeks ago goes, what is due now is marked."""
    now = timezone.now()
    purged, marked = retention.purge_due(now=now), retention.mark_due(now=now)
    logger.info("%s: %s cases deleted, %s marked", current_town().schema_name, purged, marked)
