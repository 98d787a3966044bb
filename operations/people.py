"""Who works for the operator: every change to their rights, with what follows from it in the towns."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts import actions as accounts
from accounts.models import OperatorRole, User
from operations.access import end_all_of


@transaction.atomic
def change_rights(
    *, person: User, roles: Sequence[OperatorRole], is_active: bool, by: User | None, now: datetime
) -> None:
    """Say what she may do, or lock her out. Who may no longer ask towns for access leaves all town halls at once.

    Raises AccessRefused if nobody would be left to let others in.
    """
    accounts.change_access(user=person, roles=roles, is_active=is_active, by=by, now=now)
    if not (is_active and OperatorRole.SUPPORT in roles):
        end_all_of(person, by=by, now=now)


@transaction.atomic
def forget_app(*, person: User, by: User | None, now: datetime) -> None:
    """Her phone is lost: she connects a new app, and leaves all town halls at once."""
    accounts.forget_second_factor(user=person, by=by, now=now)
    end_all_of(person, by=by, now=now)
