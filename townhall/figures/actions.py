"""Every write of figures. Sums only: there is never a row for something that one person did."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tenants.context import current_town
from townhall.figures.measures import WEEK, Measure, week_of
from townhall.models import CountedUntil, Figure, FruitlessSearch, Remark

SEARCHES_KEPT_FOR = timedelta(days=90)  # after the last time
DAYS_UNTIL_KEPT = 3  # on so many different days somebody must have searched for it before its words are kept
MOST_SEARCHES = 5_000  # of a town, those that are only a fingerprint among them
REMARKS_KEPT_FOR = timedelta(days=365)


class Key(NamedTuple):
    """What is counted together: one figure."""

    week: date  # its Monday
    measure: Measure
    service_key: str = ""
    detail: str = ""


class Address(NamedTuple):
    """A short address by which somebody came, and when (`townhall.models.AddressVisits`)."""

    day: date
    word: str
    letter: str


# --- Sums ------------------------------------------------------------------------------------------------


def add(counts: Mapping[Key, int]) -> None:
    """Add to figures, in one statement."""
    _add(_ADD, counts)


def add_visits(counts: Mapping[Address, int]) -> None:
    """Add to the visits by short addresses, in one statement."""
    _add(_ADD_VISITS, counts)


def _add(statement: str, counts: Mapping[Any, int]) -> None:
    """Several processes may do so at once: all take rows in the same order."""
    rows = sorted((*key, number) for key, number in counts.items() if number)
    if rows:
        with connection.cursor() as cursor:  # bulk_create can only put a number in the place of another
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


_ADD = """
INSERT INTO townhall_figure (week, measure, service_key, detail, number)
SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (week, measure, service_key, detail) DO UPDATE SET number = townhall_figure.number + excluded.number
"""
_ADD_VISITS = """
INSERT INTO townhall_addressvisits (day, word, letter, count)
SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (day, word, letter) DO UPDATE SET count = townhall_addressvisits.count + excluded.count
"""


def set_to(counts: Mapping[Key, int]) -> None:
    """Write figures that were counted anew; others stay as they are."""
    rows = [Figure(**key._asdict(), number=number) for key, number in sorted(counts.items())]
    Figure.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["week", "measure", "service_key", "detail"],
        update_fields=["number"],
        batch_size=5_000,
    )


@transaction.atomic
def count_anew(*, room: str, count: Callable[[date | None], Mapping[Key, int]], now: datetime) -> None:
    """Write down what a room counts in its own tables, of the weeks in which something may have changed.

    `count` gets the Monday from which on it must count (None: everything) and is asked for whole weeks. Those are
    the week in which it was last asked, the one before (what began on a Sunday night may end on Monday), and all
    since. What lies before stays as it was counted then, whatever becomes of the cases.
    """
    CountedUntil.objects.get_or_create(room=room)
    done = CountedUntil.objects.select_for_update().get(room=room)  # nobody else counts for this room meanwhile
    set_to(count(done.week and done.week - WEEK))
    done.week = week_of(timezone.localdate(now))
    done.save(update_fields=["week"])


# --- Searches --------------------------------------------------------------------------------------------


def keep_fruitless_searches(searches: Iterable[tuple[str, int]], *, on: date) -> None:
    """Remember what people searched for in vain on a day: text (made plain before) and how often.

    The words themselves are kept once it happened on `DAYS_UNTIL_KEPT` days: a name, typed by one person several times
    in a row, is not.
    """
    has_room = FruitlessSearch.objects.count() < MOST_SEARCHES
    for text, number in sorted(searches):
        found = FruitlessSearch.objects.select_for_update().filter(fingerprint=_fingerprint(text)).first()
        if found is None:
            if has_room:
                FruitlessSearch.objects.bulk_create(
                    [FruitlessSearch(fingerprint=_fingerprint(text), days=1, number=number, last_on=on)],
                    ignore_conflicts=True,  # another process was quicker; a search may be lost
                )
            continue
        found.days += found.last_on < on
        found.number += number
        found.last_on = max(found.last_on, on)
        if found.days >= DAYS_UNTIL_KEPT:
            found.text = text
        found.save()


def _fingerprint(text: str) -> str:
    """Tells whether two searches are the same, to nobody without our secret key, and in no other town."""
    value = f"{current_town().schema_name} {text}"
    return salted_hmac("townhall.figures.searches", value, algorithm="sha256").hexdigest()


# --- Ratings ---------------------------------------------------------------------------------------------


@transaction.atomic
def rate(*, service_key: str, grade: int, remark: str, now: datetime) -> None:
    """Count a grade (1 to 5) that somebody gave, and keep her sentence if she wrote one. Not whose it was."""
    today = timezone.localdate(now)
    add({Key(week_of(today), Measure.RATED, service_key, str(grade)): 1})
    if remark:
        Remark.objects.create(service_key=service_key, text=remark, month=today.replace(day=1))


@transaction.atomic
def remove_remark(*, remark: Remark) -> None:
    """Take a sentence away, such as one that names somebody."""
    remark.delete()


@transaction.atomic
def delete_old(*, today: date) -> None:
    """Searches and sentences go when their time is over; sums stay."""
    FruitlessSearch.objects.filter(last_on__lt=today - SEARCHES_KEPT_FOR).delete()
    Remark.objects.filter(month__lt=(today - REMARKS_KEPT_FOR).replace(day=1)).delete()
