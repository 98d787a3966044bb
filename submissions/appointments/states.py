"""The life of an appointment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BookingState(models.TextChoices):
    RESERVED = "reserved", _("Reserviert")  # while somebody fills in the form
    BOOKED = "booked", _("Gebucht")
    CANCELLED = "cancelled", _("Abgesagt")
    CAME = "came", _("Da gewesen")
    MISSED = "missed", _("Nicht gekommen")


# What takes up a desk.
TAKEN = (BookingState.RESERVED, BookingState.BOOKED, BookingState.CAME, BookingState.MISSED)
# What a day list shows.
FIRM = (BookingState.BOOKED, BookingState.CAME, BookingState.MISSED)
