"""What the operator does for a town as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.jobs import register_return_addresses
from accounts.models import Role, User
from catalogue.current import released_catalogue
from operations.checklist import Entry, checklist_of
from operations.history import record
from operations.host_actions import keep_hosts, look_up
from operations.models import DeletionRequest, EventKind
from operations.queries import administrators
from operations.steps import STEPS
from operations.summary import keep_summary
from tenants import actions as tenants
from tenants.actions import TownRefused
from tenants.context import at_operator, in_town
from tenants.models import Town, TownState, host_of
from tenants.municipalities import Municipality, TownSize
from townhall.actions import furnish
from townhall.theme import FIRST_COLOUR


@dataclass(frozen=True)
class FirstAdministrator:
    """Who sets the town up; gets an invitation by mail."""

    email: str
    given_name: str
    family_name: str


def bring_town_live(
    *,
    municipality: Municipality,
    slug: str,
    now: datetime,
    own_hosts: Sequence[str] = (),
    colour: str = FIRST_COLOUR,
    administrator: FirstAdministrator | None = None,
    by: User | None = None,
    state: TownState = TownState.LIVE,
    size: TownSize | None = None,
    reason: str = "",
) -> Town:
    """Create a town that people can use at once: hosts, schema, profile, offices, offers, first administrator.

    All in one transaction: a failure half way leaves nothing. `own_hosts` are as `clean_host` gives them; those that
    DNS does not lead to us yet wait. `reason`: why it is live at once. Raises TownRefused, InvitationRefused,
    theme.BadColour, NotReleased when the catalogue is empty.
    """
    findings = look_up(own_hosts, target=host_of(slug))  # before the transaction: DNS may be slow
    with transaction.atomic(), at_operator():
        catalogue = released_catalogue()
        town = tenants.create_town(municipality=municipality, slug=slug, own_hosts=[], now=now, state=state, size=size)
        record(town, EventKind.CREATED, text=reason, by=by, now=now)
        with in_town(town):
            furnish(catalogue=catalogue, colour=colour)
            if administrator:
                invite_administrator(administrator=administrator, now=now)
            register_return_addresses.queue()
            keep_summary(now=now)
        keep_hosts(town=town, findings=findings, by=by, now=now)
    return town


def invite_administrator(*, administrator: FirstAdministrator, now: datetime) -> User:
    """Invite somebody, by mail, to set up the town that is at work. Raises InvitationRefused."""
    return accounts.invite_staff(
        email=administrator.email,
        given_name=administrator.given_name,
        family_name=administrator.family_name,
        roles=[Role.ADMINISTRATOR],
        now=now,
    )


@transaction.atomic
def change_state(*, town: Town, state: TownState, reason: str, by: User, now: datetime) -> None:
    """Take a town one step on in its life. What came in stays, payments are still booked. Raises TownRefused.

    A trial goes live when everything necessary is done; otherwise with a reason only, and what is missing is kept.
    """
    missing = missing_for(state, town, now=now)
    if missing and not reason:
        raise TownRefused(_("Es fehlt noch etwas. Bitte schreiben Sie, warum die Stadt trotzdem online gehen soll."))
    tenants.change_state(town=town, state=state)
    DeletionRequest.objects.filter(town=town).delete()  # it was about a town that has left
    record(town, STEPS[state].kind, text=reason, by=by, now=now)
    if missing:
        titles = ", ".join(str(entry.item.title) for entry in missing)
        record(town, EventKind.LIVE_UNREADY, text=titles, by=by, now=now)


def missing_for(state: TownState, town: Town, *, now: datetime) -> list[Entry]:
    """What should be done before the town takes this step: for a trial that goes live its checklist, else nothing."""
    if not town.is_trial or state != TownState.LIVE:
        return []
    return checklist_of(town, today=timezone.localdate(now)).missing


@transaction.atomic
def change_size(*, town: Town, size: TownSize, reason: str, by: User, now: datetime) -> None:
    """Say which tasks the law gives a town. What it offers stays as the town has chosen it. Raises TownRefused."""
    tenants.change_size(town=town, size=size)
    record(town, EventKind.SIZE_CHANGED, text=f"{size.label}: {reason}", by=by, now=now)


@transaction.atomic
def invite_again(*, town: Town, user: User, by: User, now: datetime) -> None:
    """Send an administrator of the town a new link, the last one having expired or got lost."""
    with in_town(town):
        accounts.send_password_link(user=user, now=now)
    record(town, EventKind.INVITED, text=user.email, by=by, now=now)


@transaction.atomic
def invite_further(*, town: Town, administrator: FirstAdministrator, by: User | None, now: datetime) -> None:
    """Invite another administrator, such as when the first one's address was wrong. Raises InvitationRefused.

    Once somebody of the town can sign in, nobody at the desk can: it would be a way into a town hall that its people
    have not opened. A command on the server (`by` is nobody) can, when the last of them has left.
    """
    with in_town(town):
        if by and any(one.is_ready for one in administrators()):
            raise accounts.InvitationRefused(_("In dieser Stadt kann sich schon jemand anmelden. Sie lädt selbst ein."))
        user = invite_administrator(administrator=administrator, now=now)
    record(town, EventKind.INVITED, text=user.email, by=by, now=now)
