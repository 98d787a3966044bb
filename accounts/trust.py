"""How sure we are who somebody is: the trust levels of the identity provider."""

from enum import IntEnum


class TrustLevel(IntEnum):
    """Ordered, so that `level >= service.trust_level` reads as it should.

    Names follow the eIDAS regulation; BundID calls them Basisregistrierung, substantiell and hoch.
    """

    NONE = 0
    BASIC = 1
    SUBSTANTIAL = 2
    HIGH = 3

    @classmethod
    def named(cls, name: str) -> "TrustLevel":
        """The level called `name` (`none`, `basic`, `substantial`, `high`). Raises ValueError."""
        try:
            return cls[name.upper()]
        except KeyError:
            raise ValueError(f"unknown trust level: {name!r}") from None
