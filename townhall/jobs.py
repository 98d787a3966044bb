from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tenants.context import current_town
from tenants.jobs import periodic_in_every_town, town_job
from townhall import actions
from townhall.figures import actions as figures
from townhall.models import PlannedSwitch
from townhall.shopfront import shopfront


@periodic_in_every_town(label=_("Alte Suchen und Rückmeldungen löschen"), cron="27 1 * * *", spread=timedelta(hours=2))
def delete_old_words() -> None:
    """Each night: what people typed into search and feedback is kept for a while only."""
    figures.delete_old(today=timezone.localdate())


@periodic_in_every_town(
    label=_("Leistungen wie geplant umstellen"), cron="2 22,23,4,10 * * *", spread=timedelta(minutes=15)
)
def carry_out_planned_switches() -> None:
    """Right after midnight (in summer and winter), and twice later that day should nobody have been at work then."""
    today = timezone.localdate()
    for key in PlannedSwitch.objects.filter(starts_on__lte=today).values_list("service_key", flat=True):
        failed = actions.carry_out_planned_switch(service_key=key, front=shopfront(), today=today)
        for administrator in User.objects.administrators().exclude(email="") if failed else ():
            tell_of_failed_switch.queue(service_key=key, user=administrator.pk)


@town_job(label=_("E-Mail über eine gescheiterte Umstellung schicken"), sends_mail=True)
def tell_of_failed_switch(*, service_key: str, user: int) -> None:
    """A service could not be switched on its day. The mail says which, and where to see why."""
    town, service = current_town(), shopfront().catalogue.services[service_key]
    link = town.url + reverse("administration:service", args=[service_key], urlconf=settings.ROOT_URLCONF)
    context = {"town": town, "title": service.title, "link": link}
    text = render_to_string("administration/mail/failed_switch.txt", context)
    subject = gettext("Eine Leistung ließ sich nicht umstellen – %(town)s") % {"town": town.full_name}
    send_mail(subject, text, None, [User.objects.get(pk=user).email])
