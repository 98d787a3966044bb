"""The life of a submission, from handing in to the end."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("Wartet auf Zahlung")
    RECEIVED = "received", _("Eingegangen")
    IN_REVIEW = "in_review", _("In Prüfung")
    NEEDS_INFO = "needs_info", _("Rückfrage gestellt")
    TO_SIGN = "to_sign", _("Wartet auf zweite Unterschrift")
    DECIDED = "decided", _("Entschieden")
    DELIVERED = "delivered", _("Entschieden und bekannt gegeben")
    CLOSED = "closed", _("Abgeschlossen")
    WITHDRAWN = "withdrawn", _("Zurückgezogen")
    SUPERSEDED = "superseded", _("Durch einen neuen Antrag ersetzt")
    PURGED = "purged", _("Gelöscht")  # only number, service, dates and sums are left; see submissions.retention


# The whole life of a submission. What is not listed here cannot happen.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.AWAITING_PAYMENT: frozenset({State.RECEIVED, State.SUPERSEDED}),
    State.RECEIVED: frozenset({State.IN_REVIEW, State.WITHDRAWN}),
    State.IN_REVIEW: frozenset({State.NEEDS_INFO, State.TO_SIGN, State.DECIDED, State.WITHDRAWN}),
    State.NEEDS_INFO: frozenset({State.IN_REVIEW, State.WITHDRAWN}),
    State.TO_SIGN: frozenset({State.IN_REVIEW, State.DECIDED, State.WITHDRAWN}),
    State.DECIDED: frozenset({State.DELIVERED, State.CLOSED}),
    State.DELIVERED: frozenset({State.CLOSED}),
    State.CLOSED: frozenset({State.IN_REVIEW, State.PURGED}),
    State.WITHDRAWN: frozenset({State.PURGED}),
    State.SUPERSEDED: frozenset({State.PURGED}),
    State.PURGED: frozenset(),
}

# What the town hall works on.
OPEN = frozenset({State.RECEIVED, State.IN_REVIEW, State.NEEDS_INFO, State.TO_SIGN, State.DECIDED, State.DELIVERED})


# What nobody works on any more, and still has its content.
ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.SUPERSEDED})

# What somebody of the town hall has to decide by its date.
UNDECIDED = frozenset({State.RECEIVED, State.IN_REVIEW, State.TO_SIGN})


class Outcome(models.TextChoices):
    """How a case was decided."""

    GRANTED = "granted", _("Bewilligt")
    GRANTED_WITH_CONDITIONS = "granted_with_conditions", _("Bewilligt mit Auflagen")
    RECORDED = "recorded", _("Erledigt und eingetragen")
    REJECTED = "rejected", _("Abgelehnt")
    NOT_RESPONSIBLE = "not_responsible", _("Nicht zuständig")

    @property
    def is_formal(self) -> bool:
        """Whether it is a decision with legal effect (Verwaltungsakt, § 35 VwVfG NRW), which must be announced."""
        return self in (Outcome.GRANTED, Outcome.GRANTED_WITH_CONDITIONS, Outcome.REJECTED)


class Way(models.TextChoices):
    """How a decision reaches the person."""

    ONLINE = "online", _("im Portal")
    POST = "post", _("mit der Post")
