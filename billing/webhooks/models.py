"""What payment providers tell us, as it arrived. Lives in `public`: which town it is for comes out of the content."""

from django.db import connection, models

from tenants.models import Town


class ConnectedAccount(models.Model):
    """Which town an account at a provider belongs to. A town registers its own (`register_account`)."""

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=100)
    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="connected_accounts")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider", "account"], name="account_belongs_to_one_town"),)

    def __str__(self) -> str:
        return f"{self.provider} {self.account}"


def register_account(provider: str, account: str) -> None:
    """Say that an account belongs to the town at work. Raises IntegrityError if it is another's."""
    with connection.cursor() as cursor:  # a named function: in `public` a town writes nothing by itself
        cursor.execute("SELECT webhooks_register_account(%s, %s)", [provider, account])


class WebhookEvent(models.Model):
    """One event, stored before it is understood. It can be processed again at any time."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    account = models.CharField(max_length=100, blank=True, default="", db_default="")  # the connected account
    kind = models.CharField(max_length=100, blank=True, default="", db_default="")  # such as charge.refunded
    body = models.BinaryField()  # as it arrived; its signature was right
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)  # what came of it, in English

    class Meta:
        indexes = (models.Index(fields=["provider", "account"]),)
        constraints = (models.UniqueConstraint(fields=["provider", "event_id"], name="webhook_event_stored_once"),)

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"
