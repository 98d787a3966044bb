from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts import registration
from accounts.models import User
from accounts.staff import password_path
from tenants.context import current_town
from tenants.jobs import town_job


@town_job
def send_password_link(*, user_pk: int) -> None:
    """Mail the link with which a member of staff chooses a password."""
    town = current_town()
    user = User.objects.get(pk=user_pk)
    link = town.url + password_path(user, "/rathaus")
    send_mail(
        _("Ihr Zugang zum Serviceportal %(town)s") % {"town": town.full_name},
        render_to_string("accounts/mail/password_link.txt", {"town": town, "link": link}),
        None,
        [user.email],
    )


@town_job
def register_return_addresses() -> None:
    """Tell the identity provider to which addresses of a new town it may send people back."""
    registration.add_town(current_town().url)
