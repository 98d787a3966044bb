import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.states import TRANSITIONS, AccessState


class Kind(models.TextChoices):
    CITIZEN = "citizen", _("Bürgerin oder Bürger")
    STAFF = "staff", _("Mitarbeitende der Stadt")
    OPERATOR = "operator", _("Mitarbeitende des Betriebs")
    GUEST = "guest", _("Betrieb zu Besuch im Rathaus")  # in a town: somebody of the operator, see OperatorAccess
    SYSTEM = "system", _("Anderes Programm der Stadt")  # see accounts.tokens


WITH_PASSWORD = (Kind.STAFF, Kind.OPERATOR)  # who signs in with us, with both factors


class Role(models.TextChoices):
    """What staff of a town may do. One person may have several roles."""

    CASE_WORKER = "case_worker", _("Sachbearbeitung")
    TEAM_LEAD = "team_lead", _("Teamleitung")
    CASH_OFFICE = "cash_office", _("Kasse")
    ADMINISTRATOR = "administrator", _("Verwaltung des Portals")
    DATA_PROTECTION = "data_protection", _("Datenschutz")
    CONTENT_EDITOR = "content_editor", _("Redaktion")


class OperatorRole(models.TextChoices):
    """What staff of the operator may do. One person may have several roles."""

    FLEET = "fleet", _("Städte")
    CATALOGUE = "catalogue", _("Leistungskatalog")
    SUPPORT = "support", _("Unterstützung der Städte")
    PEOPLE = "people", _("Mitarbeitende des Betriebs")


AnyRole = Role | OperatorRole


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(login=(username or "").lower())

    def staff_as(self, role: Role) -> "models.QuerySet[User]":
        """Those of the town at work who have a role and are not locked out."""
        return self.filter(kind=Kind.STAFF, is_active=True, roles__contains=[role])

    def administrators(self) -> "models.QuerySet[User]":
        """Those of the town at work who can see to things that nobody else may."""
        return self.staff_as(Role.ADMINISTRATOR)


class User(AbstractBaseUser):
    """A person in one town (or, in `public`, at the operator). Nobody exists in two towns with one row.

    Citizens have no password here: the identity provider knows them by issuer and subject. Staff have
    these if their town has a provider of its own.
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
    roles = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # Role; at the operator OperatorRole
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
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                condition=models.Q(kind=Kind.STAFF) & ~models.Q(subject=""),
                name="staff_known_once_at_the_provider",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=Kind.CITIZEN) | (~models.Q(subject="") & ~models.Q(issuer="")),
                name="citizen_comes_from_the_provider",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=Kind.CITIZEN) | ~models.Q(email=""), name="staff_has_a_mail_address"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=Kind.CITIZEN) | models.Q(roles=[]), name="citizen_has_no_roles"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def own_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def name(self) -> str:
        """Her own name; in a town hall that of a guest says where she comes from."""
        return translate("Betrieb: %(name)s") % {"name": self.own_name} if self.is_guest else self.own_name

    @property
    def initials(self) -> str:
        return (self.given_name[:1] + self.family_name[:1]).upper()

    @property
    def is_citizen(self) -> bool:
        return self.kind == Kind.CITIZEN

    @property
    def is_guest(self) -> bool:
        """Whether she works for the operator and only looks, as long as the town lets her."""
        return self.kind == Kind.GUEST

    @property
    def role_labels(self) -> list[str]:
        """Her roles in German."""
        labels = dict(OperatorRole.choices if self.kind == Kind.OPERATOR else Role.choices)
        return [str(labels.get(role, role)) for role in self.roles]

    def has_role(self, *roles: AnyRole) -> bool:
        """Whether she has one of them."""
        return any(role in self.roles for role in roles)


class SecondFactor(models.TextChoices):
    """Who makes sure that it is really she, after the town's own provider has said who signs in."""

    OURS = "ours", _("Das Portal fragt jedes Mal nach dem Code aus der App")
    AMR = "amr", _("Der Anbieter meldet „mfa“, „otp“ oder „hwk“ (amr)")
    ACR = "acr", _("Der Anbieter meldet eine bestimmte Stufe (acr)")


PROVED_BY = frozenset({"mfa", "otp", "hwk"})  # values of `amr` (RFC 8176) that stand for a second factor


class StaffProvider(models.Model):
    """The town's own OpenID provider, where its staff may sign in. A town has one or none."""

    issuer = models.URLField(max_length=200)
    client_id = models.CharField(max_length=255)
    sealed_secret = models.TextField()  # see tenants.sealing
    label = models.CharField(max_length=60)  # of the button
    trusts_addresses = models.BooleanField(default=False)  # also those that it does not call verified
    second_factor = models.CharField(max_length=10, choices=SecondFactor, default=SecondFactor.OURS)
    acr = models.CharField(max_length=200, blank=True)  # that stands for a second factor
    allows_passwords = models.BooleanField(default=True)  # administrators always may
    is_on = models.BooleanField(default=False)
    probed_at = models.DateTimeField(null=True)
    probed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(pk=1), name="a_town_has_one_provider"),
            models.CheckConstraint(
                condition=models.Q(is_on=False) | models.Q(probed_at__isnull=False, probed_by__isnull=False),
                name="provider_was_tried_before_it_is_on",
            ),
            models.CheckConstraint(
                condition=~models.Q(second_factor=SecondFactor.ACR) | ~models.Q(acr=""), name="provider_level_is_named"
            ),
        )

    def __str__(self) -> str:
        return f"{self.issuer}: {'on' if self.is_on else 'off'}"

    def proves_second_factor(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claims of an id token say so, in the way that the town has set."""
        match self.second_factor:
            case SecondFactor.ACR:
                return bool(self.acr) and claims.get("acr") == self.acr
            case SecondFactor.AMR:
                told = claims.get("amr")
                return isinstance(told, list) and any(one in PROVED_BY for one in told if isinstance(one, str))
            case _ours:
                return False


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


MOST_HOURS_OF_ACCESS = 8
ACCESS_ASKED_FOR = timedelta(days=7)  # after that nobody can grant it any more


class OperatorAccess(models.Model):
    """Somebody of the operator wants to look into this town hall; the town says whether, and ends it when it likes.

    Each has a guest of its own, who can do nothing but read, and only while this is granted.
    """

    guest = models.OneToOneField(User, on_delete=models.PROTECT, related_name="access")
    operator = models.PositiveBigIntegerField()  # her key at the operator; no foreign key leaves a town
    reason = models.CharField(max_length=500)
    hours = models.PositiveSmallIntegerField()  # for how long, from the moment it is granted
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=AccessState, default=AccessState.ASKED)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: the system
    ended_at = models.DateTimeField(null=True)  # before its time
    ticket = models.CharField(max_length=64, blank=True)  # SHA-256 of the link that lets her in, until it is used
    ticket_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(hours__gte=1, hours__lte=MOST_HOURS_OF_ACCESS), name="access_lasts_some_hours"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[AccessState.GRANTED, AccessState.ENDED])
                | models.Q(decided_by__isnull=False, decided_at__isnull=False, ends_at__isnull=False),
                name="access_granted_by_somebody_until_some_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state=AccessState.GRANTED) | models.Q(ticket=""),
                name="only_granted_access_has_a_link",
            ),
        )

    def __str__(self) -> str:
        return f"access {self.pk}: {self.state}"

    def is_open(self, now: datetime) -> bool:
        """Whether the town has to decide."""
        return self.state == AccessState.ASKED and now < self.asked_at + ACCESS_ASKED_FOR

    def is_granted(self, now: datetime) -> bool:
        """Whether the guest may look now."""
        return self.state == AccessState.GRANTED and self.ends_at is not None and now < self.ends_at

    def may_become(self, state: AccessState) -> bool:
        return state in TRANSITIONS[AccessState(self.state)]


class AuditAction(models.TextChoices):
    """What is written down. What stands in a log is never renamed."""

    INVITED = "invited", _("Eingeladen")
    RIGHTS_CHANGED = "rights_changed", _("Zugang geändert")
    APP_FORGOTTEN = "app_forgotten", _("App zurückgesetzt")
    ACCESS_ASKED = "access_asked", _("Zugriff erbeten")
    ACCESS_WITHDRAWN = "access_withdrawn", _("Anfrage zurückgezogen")
    ACCESS_GRANTED = "access_granted", _("Zugriff erlaubt")
    ACCESS_REFUSED = "access_refused", _("Zugriff abgelehnt")
    ACCESS_USED = "access_used", _("Rathaus betreten")
    ACCESS_ENDED = "access_ended", _("Zugriff beendet")
    SEEN = "seen", _("Geöffnet")
    TOKEN_ISSUED = "token_issued", _("Schnittstelle freigegeben")
    TOKEN_WITHDRAWN = "token_withdrawn", _("Schnittstelle zurückgezogen")
    ANNOUNCED = "announced", _("Angekündigt")
    ANNOUNCEMENT_CHANGED = "announcement_changed", _("Ankündigung geändert")
    ANNOUNCEMENT_WITHDRAWN = "announcement_withdrawn", _("Ankündigung zurückgezogen")
    PROVIDER_CHANGED = "provider_changed", _("Eigene Anmeldung eingestellt")
    PROVIDER_TRIED = "provider_tried", _("Eigene Anmeldung ausprobiert")
    ACCOUNT_LINKED = "account_linked", _("Mit dem Konto der Stadt verbunden")
    ACCOUNT_UNLINKED = "account_unlinked", _("Vom Konto der Stadt gelöst")
    CASE_STEP = "case_step", _("Vorgang bearbeitet")
    CASE_MARKED = "case_marked", _("Zur Löschung vorgemerkt")
    CASE_KEPT = "case_kept", _("Löschung angehalten")
    CASE_PURGED = "case_purged", _("Inhalte gelöscht")


class AuditEntry(models.Model):
    """Who did or saw what, when, and what let her. Rows are only added and chained (AuditLink); triggers see to it.

    In a town of its people, in `public` of the operator's.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: the system
    action = models.CharField(max_length=30, choices=AuditAction)
    object_kind = models.CharField(max_length=60, blank=True)  # such as `user`; of a page the name of its view
    object_key = models.CharField(max_length=200, blank=True)  # such as the number of a case
    text = models.CharField(max_length=500, blank=True)
    via = models.ForeignKey(OperatorAccess, on_delete=models.PROTECT, null=True, related_name="entries")

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=["object_key", "object_kind"], name="audit_by_object"),)

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_key}"


class AuditLink(models.Model):
    """One link of the chain that shows whether the audit log was tampered with; see accounts.audit_chain.

    PostgreSQL adds one for each entry when its transaction ends, and refuses everything else. It outlives its entry.
    """

    position = models.PositiveBigIntegerField(primary_key=True)  # 1, 2, 3, … without gaps
    entry = models.BigIntegerField(unique=True)  # the key of an AuditEntry, which goes after 24 months
    at = models.DateTimeField()  # that of the entry
    content = models.CharField(max_length=64)  # SHA-256 of what the entry says
    previous = models.CharField(max_length=64)  # digest of the link before; of the first one empty
    digest = models.CharField(max_length=64)  # SHA-256 of all of the above

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.position}: {self.digest}"


def citizen_login(issuer: str, subject: str) -> str:
    """The login of a citizen: the same person at two providers is two people, and no login can be guessed."""
    return "citizen:" + hashlib.sha256(f"{issuer}|{subject}".encode()).hexdigest()
