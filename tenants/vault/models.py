"""In each town's schema, so that no other town can read them, and they go with it."""

from django.db import models
from django.db.models.functions import Now


class DataKey(models.Model):
    """The key under which a town's files are. The one with the highest number is used for new ones.

    `wrapped` is itself encrypted, with a key of the deployment that is not in the database (tenants.vault.keys).
    """

    number = models.PositiveSmallIntegerField(primary_key=True)
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(max_length=16)  # fingerprint of the deployment's key
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"data key {self.number}"
