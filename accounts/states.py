from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessState(models.TextChoices):
    """How it stands with somebody of the operator who wants to look into a town hall."""

    ASKED = "asked", _("erbeten")
    WITHDRAWN = "withdrawn", _("zurückgezogen")
    REFUSED = "refused", _("abgelehnt")
    GRANTED = "granted", _("erlaubt")
    ENDED = "ended", _("beendet")


# The whole life of it. What is not listed here cannot happen. Time ends it too, without a step.
TRANSITIONS: dict[AccessState, frozenset[AccessState]] = {
    AccessState.ASKED: frozenset({AccessState.WITHDRAWN, AccessState.REFUSED, AccessState.GRANTED}),
    AccessState.WITHDRAWN: frozenset(),
    AccessState.REFUSED: frozenset(),
    AccessState.GRANTED: frozenset({AccessState.ENDED}),
    AccessState.ENDED: frozenset(),
}
