from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from operations import summary
from tenants.jobs import periodic_in_every_town


@periodic_in_every_town(label=_("Zahlen für den Betrieb zählen"), cron="3 * * * *", spread=timedelta(minutes=55))
def keep_summary() -> None:
    """Each hour a town tells the operator how it stands, in numbers."""
    summary.keep_summary(now=timezone.now())
