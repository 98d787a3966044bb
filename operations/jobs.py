import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import figures as payments
from operations import certificates, deletion, exports, summary
from operations.host_actions import look_up_again
from operations.models import WaitingHost
from submissions import figures as applications
from tenants.actions import TownRefused
from tenants.jobs import job, periodic_at_operator, periodic_in_every_town, town_job

logger = logging.getLogger(__name__)


@periodic_in_every_town(label=_("Zahlen der Stadt zählen"), cron="3 * * * *", spread=timedelta(minutes=55))
def keep_summary() -> None:
    """Each hour a town counts, and tells the operator how it stands, in numbers."""
    now = timezone.now()
    applications.count(now=now)
    payments.count(now=now)
    summary.keep_summary(now=now)


@periodic_at_operator(label=_("Vorgemerkte Adressen im DNS nachsehen"), cron="*/5 * * * *")
def look_up_waiting_hosts() -> None:
    """Every five minutes: hosts that wait are taken as soon as DNS leads to us."""
    for waiting in WaitingHost.objects.select_related("town").order_by("looked_up_at"):
        try:
            look_up_again(waiting=waiting, now=timezone.now())
        except TownRefused:
            logger.warning("waiting host %s belongs to another town by now", waiting.pk)


@periodic_at_operator(label=_("Zertifikate ansehen"), cron="*/5 * * * *")
def look_at_certificates() -> None:
    """Once a day for each host, and soon for a new one."""
    certificates.look_at_all(now=timezone.now())


@town_job(label=_("Paket der Stadt packen"))
def make_export(*, export: int) -> None:
    """All of a town in one file, for it to take along."""
    exports.make(pk=export)


@periodic_at_operator(label=_("Alte Pakete entfernen"), cron="23 * * * *")
def remove_old_exports() -> None:
    """Each hour: bundles are kept for a while only."""
    exports.remove_old(now=timezone.now())


@job(label=_("Stadt löschen"))
def delete_town(*, pk: int) -> None:
    """What two people at the desk have decided."""
    deletion.carry_out(town_pk=pk, now=timezone.now())
