from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.jobs import periodic_in_every_town
from townhall.figures import actions as figures


@periodic_in_every_town(label=_("Alte Suchen und Rückmeldungen löschen"), cron="27 1 * * *", spread=timedelta(hours=2))
def delete_old_words() -> None:
    """Each night: what people typed into search and feedback is kept for a while only."""
    figures.delete_old(today=timezone.localdate())
