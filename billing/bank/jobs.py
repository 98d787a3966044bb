import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy

from tenants.context import current_town
from tenants.jobs import periodic_in_every_town, town_job

logger = logging.getLogger(__name__)


@town_job(label=gettext_lazy("Zeilen eines Kontoauszugs buchen"))
def book_new() -> None:
    """Go on with the lines of a statement, if whoever imported it did not get to the end."""
    from billing.bank import importing

    importing.book_new(now=timezone.now())


@periodic_in_every_town(label=gettext_lazy("An Überweisungen erinnern"), cron="15 6 * * *", spread=timedelta(hours=2))
def follow_up_transfers() -> None:
    """What should have been transferred by now."""
    from billing.bank import transfers

    reminded, expired = transfers.follow_up(now=timezone.now())
    logger.info("%s: %s reminders of transfers, %s given up", current_town().schema_name, reminded, expired)


@periodic_in_every_town(label=gettext_lazy("Fremde Umsätze vergessen"), cron="50 3 * * *", spread=timedelta(hours=2))
def forget_strangers() -> None:
    """Lines of the account that have nothing to do with the portal are not kept for long."""
    from billing.bank import importing

    count = importing.forget_strangers(now=timezone.now())
    logger.info("%s: %s lines forgotten", current_town().schema_name, count)
