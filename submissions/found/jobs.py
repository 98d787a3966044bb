"""What the worker does by itself at night."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from submissions.found import actions
from tenants.jobs import periodic_in_every_town


@periodic_in_every_town(label=_("Alte Fundsachen löschen"), cron="37 1 * * *", spread=timedelta(hours=2))
def delete_old_items() -> None:
    """Each night: what has been handed over, or has ended otherwise, some months ago."""
    actions.delete_old(today=timezone.localdate())
