"""The sample people of `sample.yaml`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

FILE = Path(__file__).with_name("sample.yaml")

Level = Literal["basic", "substantial", "high"]
Role = Literal["case_worker", "administrator", "cash_office", "content_editor"]
OperatorRole = Literal["fleet", "catalogue", "support", "people"]


@dataclass(frozen=True)
class PaymentAccount:
    """A town's own account at the payment provider."""

    town: str
    id: str
    name: str


@dataclass(frozen=True)
class FitConnect:
    """A service that a town hands over through FIT-Connect, and to which destination."""

    town: str
    service: str
    name: str
    destination: str
    leika: tuple[str, ...]  # what the destination takes


@dataclass(frozen=True)
class StaffProvider:
    """Where the staff of a town may sign in with their account there; the local identity provider plays that part."""

    town: str
    label: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Citizen:
    """Somebody with an account at the identity provider; `level` is the highest she can prove."""

    username: str
    password: str
    given_name: str
    family_name: str
    email: str
    birthdate: date
    street: str
    house_number: str
    postal_code: str
    locality: str
    level: Level

    @property
    def name(self) -> str:
        """Given name and family name."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True)
class Member:
    """Somebody who signs in with mail address, password and a code."""

    name: str
    email: str
    password: str
    totp_secret: str  # base32


@dataclass(frozen=True)
class Staff(Member):
    """Somebody who works in a town hall."""

    town: str
    roles: tuple[Role, ...]

    @property
    def username(self) -> str:
        """Of her account at the town's own provider, if it has one."""
        return self.email.partition("@")[0]


@dataclass(frozen=True)
class Operator(Member):
    """Somebody who runs the portal for all towns."""

    roles: tuple[OperatorRole, ...]


@dataclass(frozen=True)
class Sample:
    """Everything the local servers need to know about the sample."""

    payment_accounts: tuple[PaymentAccount, ...]
    fit_connect: FitConnect
    staff_provider: StaffProvider
    citizens: tuple[Citizen, ...]
    staff: tuple[Staff, ...]
    operators: tuple[Operator, ...]

    @property
    def staff_with_account(self) -> tuple[Staff, ...]:
        """Those who can sign in at the town's own provider."""
        return tuple(member for member in self.staff if member.town == self.staff_provider.town)

    @property
    def towns(self) -> tuple[str, ...]:
        """Short names of the sample towns, which are also the first part of their hosts."""
        return tuple(account.town for account in self.payment_accounts)


def load(file: Path = FILE) -> Sample:
    """Read the sample. Raises TypeError for a field that is missing or unknown."""
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Sample(
        payment_accounts=tuple(PaymentAccount(**entry) for entry in data["payment_accounts"]),
        fit_connect=FitConnect(**data["fit_connect"] | {"leika": tuple(data["fit_connect"]["leika"])}),
        staff_provider=StaffProvider(**data["staff_provider"]),
        citizens=tuple(Citizen(**entry) for entry in data["citizens"]),
        staff=tuple(Staff(**entry | {"roles": tuple(entry["roles"])}) for entry in data["staff"]),
        operators=tuple(Operator(**entry | {"roles": tuple(entry["roles"])}) for entry in data["operators"]),
    )
