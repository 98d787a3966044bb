"""What is known of a file: whether a virus scanner has looked at it, and what we have changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scan(models.TextChoices):
    UNSCANNED = "unscanned", _("nicht auf Viren geprüft")
    CLEAN = "clean", _("auf Viren geprüft")
    INFECTED = "infected", _("Virus gefunden")


# What is not listed here cannot happen.
TRANSITIONS: dict[Scan, set[Scan]] = {
    Scan.UNSCANNED: {Scan.CLEAN, Scan.INFECTED},
    Scan.CLEAN: set(),
    Scan.INFECTED: set(),
}


class Change(models.TextChoices):
    """What a file is not any more, beyond its metadata."""

    CONVERTED = "converted", _("in ein JPG umgewandelt")
    SCALED = "scaled", _("verkleinert")
    CLEANED = "cleaned", _("Programme daraus entfernt")
