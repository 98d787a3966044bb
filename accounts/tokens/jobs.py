import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.tokens import actions
from tenants.context import current_town
from tenants.jobs import periodic_in_every_town

logger = logging.getLogger(__name__)


@periodic_in_every_town(
    label=_("Alte Aufrufe der Schnittstelle vergessen"), cron="41 2 * * *", spread=timedelta(hours=2)
)
def forget_old_calls() -> None:
    """What systems have asked is not kept for long."""
    count = actions.forget_old(now=timezone.now())
    logger.info("%s: %s calls forgotten", current_town().schema_name, count)
