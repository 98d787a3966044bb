"""Mails to the people who administrate a town: what waits where, without personal data."""

from enum import StrEnum

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from tenants.context import at_operator, current_town, in_town
from tenants.jobs import Urgency, job, town_job
from tenants.models import Announcement, Town


@town_job(label=gettext_lazy("E-Mail über eine Bitte um Zugriff schicken"), urgency=Urgency.WAITED_FOR, sends_mail=True)
def tell_of_access(*, user_pk: int) -> None:
    """Somebody of the operator asks for access: tell somebody who can grant it."""
    town = current_town()
    link = town.url + reverse("access:requests", urlconf=settings.ROOT_URLCONF)
    text = render_to_string("operations/mail/access.txt", {"town": town, "link": link})
    subject = _("Der Betrieb bittet um Zugriff – %(town)s") % {"town": town.full_name}
    send_mail(subject, text, None, [User.objects.get(pk=user_pk).email])


class Notice(StrEnum):
    """What there is to say about an announcement."""

    ANNOUNCED = "announced"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


_SUBJECTS = {
    Notice.ANNOUNCED: gettext_lazy("Wartung: %(when)s – %(town)s"),
    Notice.CHANGED: gettext_lazy("Wartung geändert: %(when)s – %(town)s"),
    Notice.WITHDRAWN: gettext_lazy("Wartung abgesagt: %(when)s – %(town)s"),
}


@job(label=gettext_lazy("Städten eine Wartung ankündigen"))
@transaction.atomic
def tell_towns(*, announcement: int, notice: str, towns: list[int]) -> None:
    """Let each of the towns tell its administrators."""
    for town in Town.objects.filter(pk__in=towns):
        if town.is_reachable:
            with in_town(town):
                for user_pk in administrators():
                    tell_of_maintenance.queue(announcement=announcement, notice=notice, user_pk=user_pk)


@town_job(label=gettext_lazy("E-Mail über eine Wartung schicken"), urgency=Urgency.WHEN_QUIET, sends_mail=True)
def tell_of_maintenance(*, announcement: int, notice: str, user_pk: int) -> None:
    """Tell somebody who administrates a town what the operator has announced, as it is now."""
    town = current_town()
    with at_operator():
        about = Announcement.objects.get(pk=announcement)
    if about.withdrawn_at and notice != Notice.WITHDRAWN:
        return  # another mail says so
    names = {"when": about.when, "town": town.full_name}
    text = render_to_string(f"operations/mail/maintenance_{Notice(notice)}.txt", {"about": about, "town": town})
    send_mail(_SUBJECTS[Notice(notice)] % names, text, None, [User.objects.get(pk=user_pk).email])


def administrators() -> list[int]:
    """The keys of those who administrate the town at work."""
    return list(User.objects.administrators().order_by("pk").values_list("pk", flat=True))
