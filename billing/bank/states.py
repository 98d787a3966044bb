"""How a line of the bank's account statement stands, and money of it that goes back to its sender."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

TRANSFER = "transfer"  # the name of this way to pay: as provider of a payment and as its method
# After the day until which somebody should pay: a transfer may take until the next working day, a statement longer.
REMINDS_AFTER = timedelta(days=3)


class EntryState(models.TextChoices):
    NEW = "new", _("Noch nicht angesehen")
    TO_CLARIFY = "to_clarify", _("Zu klären")
    BOOKED = "booked", _("Gebucht")  # by the portal itself
    CLEARED = "cleared", _("Geklärt")  # by a person
    ASIDE = "aside", _("Betrifft das Portal nicht")


# The whole life of a line. What the portal has booked stays booked: a correction is a refund.
ENTRY_TRANSITIONS: dict[EntryState, frozenset[EntryState]] = {
    EntryState.NEW: frozenset({EntryState.TO_CLARIFY, EntryState.BOOKED, EntryState.ASIDE}),
    EntryState.TO_CLARIFY: frozenset({EntryState.CLEARED, EntryState.ASIDE}),
    EntryState.CLEARED: frozenset({EntryState.TO_CLARIFY}),
    EntryState.ASIDE: frozenset({EntryState.TO_CLARIFY}),
    EntryState.BOOKED: frozenset(),
}


class Doubt(models.TextChoices):
    """Why a line needs a person."""

    UNKNOWN = "unknown", _("Kein bekanntes Kassenzeichen im Verwendungszweck")
    SEVERAL = "several", _("Mehrere Kassenzeichen im Verwendungszweck")
    LESS = "less", _("Weniger als der offene Betrag")
    MORE = "more", _("Mehr als der offene Betrag")
    TWICE = "twice", _("Zu diesem Kassenzeichen ist schon Geld da")
    RETURNED = "returned", _("Rückgabe einer Überweisung")
    DEBIT = "debit", _("Abbuchung mit einem Kassenzeichen")


class PayBackState(models.TextChoices):
    REQUESTED = "requested", _("Beantragt")
    APPROVED = "approved", _("Freigegeben")
    DONE = "done", _("Zurückgezahlt")
    DECLINED = "declined", _("Abgelehnt")


PAY_BACK_TRANSITIONS: dict[PayBackState, frozenset[PayBackState]] = {
    PayBackState.REQUESTED: frozenset({PayBackState.APPROVED, PayBackState.DECLINED}),
    PayBackState.APPROVED: frozenset({PayBackState.DONE}),
    PayBackState.DONE: frozenset(),
    PayBackState.DECLINED: frozenset(),
}


class CheckDigit(models.TextChoices):
    """Ways to find the check digit of a reference."""

    MODULO_10 = "modulo_10", _("Modulo 10 (Luhn), eine Ziffer")
    MODULO_11 = "modulo_11", _("Modulo 11 mit Gewichten 2 bis 7, eine Ziffer")
    MODULO_97 = "modulo_97", _("Modulo 97 (ISO 7064, wie bei der IBAN), zwei Ziffern")
