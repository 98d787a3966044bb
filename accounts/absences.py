"""Who is away from the town hall, and who does her work meanwhile."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Absence, User
from templates.components import german_date


class AbsenceRefused(Exception):
    """An absence cannot be entered like that; the message says why, in German."""


def hands_of(user: User, *, today: date) -> frozenset[int]:
    """The keys of those whose work is hers today: her own, and of colleagues for whom she stands in."""
    away = Absence.objects.filter(substitute=user, first_day__lte=today, last_day__gte=today)
    return frozenset({user.pk, *away.values_list("user_id", flat=True)})


@transaction.atomic
def plan_absence(*, user: User, first_day: date, last_day: date, substitute: User, today: date) -> Absence:
    """Somebody will be away, and a colleague does her work. Raises AbsenceRefused."""
    if last_day < first_day:
        raise AbsenceRefused(_("Der letzte Tag liegt vor dem ersten."))
    if last_day < today:
        raise AbsenceRefused(_("Diese Tage sind schon vorbei."))
    if substitute == user:
        raise AbsenceRefused(_("Wählen Sie eine andere Person für die Vertretung."))
    User.objects.select_for_update().get(pk=user.pk)  # two at once would both find the days free
    other = user.absences.filter(first_day__lte=last_day, last_day__gte=first_day).first()
    if other:
        days = {"first": german_date(other.first_day), "last": german_date(other.last_day)}
        raise AbsenceRefused(_("Für %(first)s bis %(last)s ist schon eine Abwesenheit eingetragen.") % days)
    return Absence.objects.create(user=user, first_day=first_day, last_day=last_day, substitute=substitute)


@transaction.atomic
def end_absence(*, absence: Absence) -> None:
    """She is back, or does not leave after all."""
    absence.delete()
