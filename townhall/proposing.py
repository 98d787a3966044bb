"""Amounts that one administrator enters and another one releases.

Where a town has one administrator only, nobody else could: then hers is enough, and the page says so. No switch says
so: whoever could turn it would need no second person any more.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from tenants.models import Town
from townhall.actions import ChangeRefused, require_day, set_fee_amount
from townhall.models import FeeAmount, ProposedAmount


def is_alone(administrator: User) -> bool:
    """Whether nobody else could release what she enters."""
    return not User.objects.administrators().exclude(pk=administrator.pk).exists()


@transaction.atomic
def enter_amount(
    *, key: str, amount: Decimal, valid_from: date, by_law: str, by_law_url: str, by: User, now: datetime
) -> FeeAmount | ProposedAmount:
    """Say what something is to cost (EUR, gross). It takes the place of what was proposed before.

    Raises ChangeRefused for a day from which it cannot count.
    """
    require_day(key=key, valid_from=valid_from, today=timezone.localdate(now))
    if is_alone(by):
        ProposedAmount.objects.filter(key=key).delete()
        return set_fee_amount(
            key=key, amount=amount, valid_from=valid_from, by_law=by_law, by_law_url=by_law_url, by=by, now=now
        )
    values = {"amount": amount, "valid_from": valid_from, "by_law": by_law, "by_law_url": by_law_url}
    values |= {"copied_from": "", "entered_by": by, "entered_at": now}
    proposed, _created = ProposedAmount.objects.update_or_create(key=key, defaults=values)
    return proposed


@transaction.atomic
def release_amount(*, key: str, version: str, by: User, now: datetime) -> FeeAmount:
    """Let a proposed amount count. `version` is that of the proposal she has seen. Raises ChangeRefused."""
    proposed = ProposedAmount.objects.select_for_update().filter(key=key).first()
    if proposed is None:
        raise ChangeRefused(_("Dieser Betrag wartet nicht mehr. Jemand hat ihn freigegeben oder verworfen."))
    if proposed.version != version:
        raise ChangeRefused(_("Der Betrag wurde inzwischen geändert. Bitte sehen Sie ihn sich noch einmal an."))
    if proposed.valid_from is None or not proposed.by_law:
        raise ChangeRefused(_("Es fehlt noch, ab wann der Betrag gilt und in welcher Satzung er steht."))
    alone = is_alone(by)
    if proposed.entered_by == by and not alone:
        raise ChangeRefused(_("Sie haben diesen Betrag selbst eingetragen. Freigeben muss ihn jemand anderes."))
    if proposed.valid_from < timezone.localdate(now):
        raise ChangeRefused(
            _("Der Tag, ab dem der Betrag gelten sollte, ist vorbei. Bitte tragen Sie einen neuen Tag ein.")
        )
    row = set_fee_amount(
        key=key,
        amount=proposed.amount,
        valid_from=proposed.valid_from,
        by_law=proposed.by_law,
        by_law_url=proposed.by_law_url,
        by=proposed.entered_by,
        now=now,
        released_by=by if proposed.entered_by != by else None,
    )
    proposed.delete()
    return row


@transaction.atomic
def discard_amount(*, key: str) -> None:
    """Forget what was proposed. Whoever sees it may: nothing has counted yet."""
    ProposedAmount.objects.filter(key=key).delete()


@transaction.atomic
def copy_amounts(*, town: Town, wanted: Mapping[str, Decimal | None], by: User, now: datetime) -> list[ProposedAmount]:
    """Propose what a neighbour's pages tell for amounts that this town has not said.

    `wanted` are the keys that it may say, with what it has said. What is proposed already stays. By-law and day are
    this town's own: they are left open.
    """
    taken = set(ProposedAmount.objects.values_list("key", flat=True))
    missing = {key for key, amount in wanted.items() if amount is None} - taken
    made = [
        ProposedAmount(key=key, amount=amount, copied_from=town.full_name, entered_by=by, entered_at=now)
        for key, amount in public_amounts(town).items()
        if key in missing
    ]
    return ProposedAmount.objects.bulk_create(made)


def public_amounts(town: Town) -> dict[str, Decimal]:
    """What the pages of another town tell that things cost there today (EUR, gross); of one that is not online nothing.

    The wall lets a town see nothing of another one but what this function of the database gives: keys and amounts.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, amount FROM tenants_public_amounts(%s)", [town.slug])
        return dict(cursor.fetchall())
