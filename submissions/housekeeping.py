"""What the worker does by itself at night."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from submissions import actions
from tenants.context import in_town
from tenants.models import Town

logger = logging.getLogger(__name__)


@app.periodic(cron="17 2 * * *")
@app.task(name="submissions.housekeeping.delete_old_drafts")
def delete_old_drafts(timestamp: int) -> None:  # noqa: ARG001 -- periodic jobs are told when they are due
    """In every town, drafts that nobody has touched for long. A town that fails does not stop the others."""
    for town in Town.objects.all():
        try:
            with in_town(town):
                count = actions.delete_old_drafts(now=timezone.now())
        except Exception:
            logger.exception("old drafts of %s could not be deleted", town.schema_name)
        else:
            logger.info("%s: %s old drafts deleted", town.schema_name, count)
