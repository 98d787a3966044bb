from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tenants.models import Town


class EventKind(models.TextChoices):
    """What the operator can do to a town."""

    CREATED = "created", _("Angelegt")
    SUSPENDED = "suspended", _("Angehalten")
    RESUMED = "resumed", _("Wieder online")
    HOST_ADDED = "host_added", _("Adresse hinzugefügt")
    HOST_REMOVED = "host_removed", _("Adresse entfernt")
    INVITED = "invited", _("Einladung verschickt")
    JOBS_RETRIED = "jobs_retried", _("Aufträge noch einmal gestartet")
    JOBS_DISCARDED = "jobs_discarded", _("Aufträge verworfen")


class TownEvent(models.Model):
    """One thing that the operator did to a town. Rows are added, never changed."""

    # None: about a job that belongs to no town
    town = models.ForeignKey(Town, on_delete=models.CASCADE, null=True, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: a command
    kind = models.CharField(max_length=20, choices=EventKind)
    text = models.CharField(max_length=500, blank=True)  # such as the reason; for the operator's eyes only

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.town_id}: {self.kind}"
