"""The life of something found, from the day on which the office has it to the end."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemState(models.TextChoices):
    KEPT = "kept", _("Wird aufbewahrt")
    CLAIMED = "claimed", _("Jemand sagt: Das ist meins")
    HANDED_OVER = "handed_over", _("Ausgehändigt")
    GIVEN_TO_FINDER = "given_to_finder", _("An die Finderin oder den Finder gegeben")
    DISPOSED = "disposed", _("Versteigert oder entsorgt")


_ENDS = frozenset({ItemState.HANDED_OVER, ItemState.GIVEN_TO_FINDER, ItemState.DISPOSED})

# The whole life of something found. What is not listed here cannot happen.
TRANSITIONS: dict[ItemState, frozenset[ItemState]] = {
    ItemState.KEPT: _ENDS | {ItemState.CLAIMED},
    ItemState.CLAIMED: _ENDS | {ItemState.KEPT},
    ItemState.HANDED_OVER: frozenset(),
    ItemState.GIVEN_TO_FINDER: frozenset(),
    ItemState.DISPOSED: frozenset(),
}

# What lies in the office and stands in the public list.
KEPT = frozenset({ItemState.KEPT, ItemState.CLAIMED})
