from django.db import models
from django.utils.translation import gettext_lazy as _

from catalogue.content import EntryKind


class ReleaseState(models.TextChoices):
    """In this order, the pilot may be skipped. Only a draft's entries can change: the database sees to it."""

    DRAFT = "draft", _("Entwurf")
    PILOT = "pilot", _("im Test")
    RELEASED = "released", _("freigegeben")
    SUPERSEDED = "superseded", _("abgelöst")


class Release(models.Model):
    """One edition of the whole catalogue. Undoing one means releasing the old content under a new number."""

    number = models.PositiveIntegerField(_("Nummer"), unique=True)
    state = models.CharField(_("Stand"), max_length=10, choices=ReleaseState, default=ReleaseState.DRAFT)
    released_at = models.DateTimeField(_("freigegeben am"), null=True, blank=True)
    released_by = models.CharField(_("freigegeben von"), max_length=150, blank=True)
    notes = models.TextField(_("Was ist neu?"), blank=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state=ReleaseState.RELEASED),
                name="one_release_is_current",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ReleaseState.RELEASED)
                | (models.Q(released_at__isnull=False) & ~models.Q(released_by="")),
                name="released_by_someone_at_some_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[ReleaseState.DRAFT, ReleaseState.PILOT])
                | models.Q(released_at__isnull=True),
                name="no_release_date_before_the_release",
            ),
        )

    def __str__(self) -> str:
        return str(_("Katalog %(number)s") % {"number": self.number})


class ReleaseEntry(models.Model):
    """A life situation, unit or service of a release, see `catalogue.content`. Immutable with its release."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=20, choices=EntryKind)
    key = models.CharField(max_length=100)
    position = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        ordering = ("kind", "position")
        constraints = (
            models.UniqueConstraint(fields=["release", "kind", "key"], name="entry_stands_once_in_a_release"),
            models.UniqueConstraint(fields=["release", "kind", "position"], name="entries_are_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class FormVersion(models.Model):
    """One version of a form's definition. Immutable: submissions point to it for as long as they exist."""

    key = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    definition = models.JSONField()

    class Meta:
        ordering = ("key", "-version")
        constraints = (models.UniqueConstraint(fields=["key", "version"], name="form_version_stands_once"),)

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class PermanentAddress(models.Model):
    """A word that leads to a service for ever, see `catalogue.addresses`. Rows stay: the database sees to it."""

    word = models.CharField(max_length=100, primary_key=True)
    service_key = models.CharField(max_length=100, db_index=True)  # perhaps of one that the catalogue lacks by now

    class Meta:
        ordering = ("word",)

    def __str__(self) -> str:
        return f"{self.word}: {self.service_key}"
