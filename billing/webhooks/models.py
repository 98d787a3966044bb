"""What payment providers tell us, as it arrived. Lives in `public`: which town it is for comes out of the content."""

from django.db import models


class WebhookEvent(models.Model):
    """One event, stored before it is understood. It can be processed again at any time."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    body = models.BinaryField()  # as it arrived; its signature was right
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)  # what came of it, in English

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider", "event_id"], name="webhook_event_stored_once"),)

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"
