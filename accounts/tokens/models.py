from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Scope(models.TextChoices):
    """What a system may do with the API."""

    READ = "submissions:read", _("Vorgänge lesen")
    WRITE = "submissions:write", _("Vorgänge bearbeiten")
    PAYMENTS = "payments:read", _("Zahlungen lesen")


class ApiToken(models.Model):
    """Lets another system of the town hall in at `/api/v1/`. What opens is shown once; only its hash is kept."""

    system = models.OneToOneField(User, on_delete=models.PROTECT, related_name="token")  # who acts; its units are there
    digest = models.CharField(max_length=64)  # SHA-256 of the secret
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope))
    services = ArrayField(models.CharField(max_length=80), default=list, blank=True)  # keys; none means all
    expires_on = models.DateField()  # its last day
    last_used_on = models.DateField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="token_is_for_something"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="token_is_withdrawn_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"token {self.pk}"

    def is_valid(self, today: date) -> bool:
        """Whether it opens anything today."""
        return self.withdrawn_at is None and today <= self.expires_on

    def allows(self, *scopes: Scope) -> bool:
        """Whether it is good for all of these."""
        return all(scope in self.scopes for scope in scopes)

    @property
    def scope_labels(self) -> list[str]:
        """What it may do, in German."""
        return [str(Scope(scope).label) for scope in self.scopes]

    def sees(self, rows: "models.QuerySet[Any]", *, case: str = "") -> "models.QuerySet[Any]":
        """Of these rows those about cases that it may see. `case` leads from a row to its case, such as `submission__`.

        No units and no services mean all of them.
        """
        if self.system.units:
            rows = rows.filter(**{f"{case}unit__in": self.system.units})
        return rows.filter(**{f"{case}service_key__in": self.services}) if self.services else rows


class Call(models.Model):
    """A step that a system has taken, by the key that it gave: sent again, it is answered again and taken once."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="calls")
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)  # SHA-256 of what was sent, and where to
    answer = models.JSONField(null=True)  # number and state of the case, nothing about people
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["token", "key"], name="call_once_by_key"),)

    def __str__(self) -> str:
        return f"call {self.pk}"


class Usage(models.Model):
    """How often somebody has asked within a minute: a token, or an address (of which only a keyed hash is kept)."""

    key = models.CharField(max_length=64, primary_key=True)
    minute = models.BigIntegerField()  # since 1970
    number = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.number} in minute {self.minute}"
