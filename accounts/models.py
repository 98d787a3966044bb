import hashlib

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    CITIZEN = "citizen", _("Bürgerin oder Bürger")
    STAFF = "staff", _("Mitarbeitende der Stadt")
    OPERATOR = "operator", _("Mitarbeitende des Betriebs")


class Role(models.TextChoices):
    """What staff of a town may do. One person may have several roles."""

    CASE_WORKER = "case_worker", _("Sachbearbeitung")
    TEAM_LEAD = "team_lead", _("Teamleitung")
    CASH_OFFICE = "cash_office", _("Kasse")
    ADMINISTRATOR = "administrator", _("Verwaltung des Portals")


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(login=(username or "").lower())


class User(AbstractBaseUser):
    """A person in one town (or, in `public`, at the operator). Nobody exists in two towns with one row.

    Citizens have no password here: the identity provider knows them by issuer and subject.
    """

    kind = models.CharField(max_length=10, choices=Kind)
    login = models.CharField(max_length=254, unique=True)  # staff: the mail address, in lower case
    issuer = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    email = models.EmailField(blank=True)
    given_name = models.CharField(max_length=150, blank=True)
    family_name = models.CharField(max_length=150, blank=True)
    # What the provider said at the last sign-in, as form fields know it: street, house_number, postal_code, …
    attributes = models.JSONField(default=dict, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    # Of case workers and team leads: keys of the catalogue's units whose cases they see; empty means all.
    units = ArrayField(models.CharField(max_length=60), default=list, blank=True, db_default=[])
    columns = ArrayField(models.CharField(max_length=20), null=True, blank=True)  # of her inbox, if she has chosen
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    failed_sign_ins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    link_asked_at = models.DateTimeField(null=True, blank=True)  # a link for a new password, by mail
    link_sent_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["issuer", "subject"], condition=models.Q(kind=Kind.CITIZEN), name="citizen_known_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=Kind.CITIZEN) | (~models.Q(subject="") & ~models.Q(issuer="")),
                name="citizen_comes_from_the_provider",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=Kind.CITIZEN) | ~models.Q(email=""), name="staff_has_a_mail_address"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=Kind.STAFF) | models.Q(roles=[]), name="only_staff_has_roles"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def initials(self) -> str:
        return (self.given_name[:1] + self.family_name[:1]).upper()

    @property
    def is_citizen(self) -> bool:
        return self.kind == Kind.CITIZEN

    def has_role(self, *roles: Role) -> bool:
        """Whether she has one of them."""
        return any(role in self.roles for role in roles)


class Absence(models.Model):
    """Somebody of the town hall is away, and somebody else does her work meanwhile."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()
    substitute = models.ForeignKey(User, on_delete=models.CASCADE, related_name="stands_in")

    class Meta:
        ordering = ("first_day", "pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(first_day__lte=models.F("last_day")), name="absence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=~models.Q(user=models.F("substitute")), name="nobody_stands_in_for_herself"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.first_day} to {self.last_day}"


def citizen_login(issuer: str, subject: str) -> str:
    """The login of a citizen: the same person at two providers is two people, and no login can be guessed."""
    return "citizen:" + hashlib.sha256(f"{issuer}|{subject}".encode()).hexdigest()
