from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit_chain, registration
from accounts.models import User
from accounts.staff import password_link
from accounts.staff_openid import may_use_password, working_provider
from tenants.context import current_town, has_town
from tenants.jobs import Urgency, job, periodic_at_operator, periodic_in_every_town, town_job


@job(label=gettext_lazy("Link für ein neues Passwort schicken"), urgency=Urgency.WAITED_FOR, sends_mail=True)
def send_password_link(*, user_pk: int) -> None:
    """Mail the link with which a member of staff, of a town or of the operator, chooses a password."""
    user = User.objects.get(pk=user_pk)
    if has_town():
        place = _("Serviceportal der %(town)s") % {"town": current_town().full_name}
    else:
        place = _("Stadttor Betrieb")
    provider, has_password = working_provider(), may_use_password(user)
    context = {
        "place": place,
        "link": password_link(user) if has_password else current_town().url + reverse("staff:sign_in"),
        "has_password": has_password,
        "label": provider.label if provider else "",
        "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60),
        "is_new": not user.has_usable_password(),
    }
    text = render_to_string("accounts/mail/password_link.txt", context)
    send_mail(_("Ihr Zugang: %(place)s") % {"place": place}, text, None, [user.email])
    User.objects.filter(pk=user.pk).update(link_sent_at=timezone.now())


@town_job(label=gettext_lazy("Adressen beim Konto-Anbieter eintragen"))
def register_return_addresses() -> None:
    """Tell the identity provider to which addresses of a new town it may send people back."""
    registration.add_town(current_town().urls)


@periodic_in_every_town(label=gettext_lazy("Altes Protokoll löschen"), cron="37 1 * * *", spread=timedelta(hours=2))
def delete_old_audit_entries() -> None:
    """What somebody did or saw more than 24 months ago."""
    audit_chain.delete_old_entries(now=timezone.now())


@periodic_at_operator(label=gettext_lazy("Altes Protokoll des Betriebs löschen"), cron="37 1 * * *")
def delete_old_audit_entries_of_the_operator() -> None:
    """The same of the operator's own people."""
    audit_chain.delete_old_entries(now=timezone.now())
