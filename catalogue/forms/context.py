"""What a form can look at besides the answers: the day, the town and what it has set, how somebody is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from accounts.trust import TrustLevel

if TYPE_CHECKING:
    from catalogue.forms.choices import Choice
    from catalogue.forms.fields import Field

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """The world around a form as it is found: `settings` are what the town has set, as JSON, by key."""

    today: date
    town: str = ""  # "Lage"
    full_town: str = ""  # "Stadt Lage"
    postal_codes: frozenset[str] = frozenset()
    trust: TrustLevel = TrustLevel.NONE
    settings: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, Decimal] = field(default_factory=dict)  # EUR, gross, by key, as pages tell them

    @classmethod
    def frozen(cls, plain: Mapping[str, Any], *, today: date, trust: TrustLevel) -> "Surroundings":
        """Those of something that was handed in (`Context.to_freeze`)."""
        return cls(
            today=today,
            town=plain.get("town", ""),
            full_town=plain.get("full_town", ""),
            postal_codes=frozenset(plain.get("postal_codes", ())),
            trust=trust,
            settings=plain.get("settings", {}),
        )


@dataclass(frozen=True)
class Context:
    """The same, seen from within one form: each setting has a value, each choice its entries.

    `FormDefinition.context` makes it.
    """

    today: date
    town: str = ""
    full_town: str = ""
    postal_codes: frozenset[str] = frozenset()
    trust: TrustLevel = TrustLevel.NONE
    given: Mapping[str, Any] = field(default_factory=dict)  # what the town has set for this form, as JSON
    settings: Mapping[str, Any] = field(default_factory=dict)  # by key, in the type of its kind, defaults too
    fields: Mapping[str, "Field"] = field(default_factory=dict)  # by id
    choices: Mapping[str, tuple["Choice", ...]] = field(default_factory=dict)  # by field, also what the town lists
    prices: Mapping[str, Decimal] = field(default_factory=dict)

    def to_freeze(self) -> dict[str, Any]:
        """What a submission keeps of it, as JSON, to be shown for ever as it was handed in."""
        return {
            "town": self.town,
            "full_town": self.full_town,
            "postal_codes": sorted(self.postal_codes),
            "settings": dict(self.given),
        }

    def setting(self, key: str) -> Any:
        return self.settings[key]

    def entries_of(self, field_id: str, value: Any) -> "list[Choice]":
        """The entries of a field's list that were chosen; of numbers per entry those with at least one."""
        chosen = value if isinstance(value, list | tuple | dict) else [value]
        return [entry for entry in self.choices.get(field_id, ()) if entry.value in chosen]

    def in_order(self, field_id: str, counted: Mapping[str, int]) -> list[tuple[str, int]]:
        """Numbers per entry in the order of the field's list, which the database does not keep."""
        places = {entry.value: place for place, entry in enumerate(self.choices.get(field_id, ()))}
        return sorted(counted.items(), key=lambda one: places.get(one[0], len(places)))
