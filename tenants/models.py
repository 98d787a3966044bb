from datetime import datetime

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from templates.components import clock, german_date, german_datetime
from tenants.municipalities import Municipality, TownSize, municipality


class TownState(models.TextChoices):
    """Where a town is in its life with us."""

    TEST = "test", _("im Probebetrieb")
    LIVE = "live", _("online")
    SUSPENDED = "suspended", _("angehalten")
    LEAVING = "leaving", _("verabschiedet sich")
    LEFT = "left", _("beendet")


# The whole life of a town. What is not listed here cannot happen. Nothing becomes a trial again: it may hold cases.
TRANSITIONS: dict[TownState, frozenset[TownState]] = {
    TownState.TEST: frozenset({TownState.LIVE, TownState.LEFT}),
    TownState.LIVE: frozenset({TownState.SUSPENDED, TownState.LEAVING}),
    TownState.SUSPENDED: frozenset({TownState.LIVE, TownState.LEAVING, TownState.LEFT}),
    TownState.LEAVING: frozenset({TownState.LIVE, TownState.SUSPENDED, TownState.LEFT}),
    TownState.LEFT: frozenset({TownState.SUSPENDED}),
}
REACHABLE = frozenset({TownState.TEST, TownState.LIVE, TownState.LEAVING})


class Town(TenantMixin):  # type: ignore[misc]  # django-tenants has no types
    """A tenant: one town with a schema of its own. Everything else about a town lives in that schema."""

    slug = models.SlugField(max_length=50, unique=True)  # host label, such as `bad-salzuflen`
    name = models.CharField(max_length=100)
    ars = models.CharField(max_length=12, unique=True, validators=[RegexValidator(r"^\d{12}$")])
    state = models.CharField(max_length=20, choices=TownState, default=TownState.LIVE)
    # Which tasks the law gives it; None: those that follow from its people. See `size`.
    chosen_size = models.PositiveSmallIntegerField(choices=TownSize, null=True)
    created_at = models.DateTimeField()
    # The last MigrationStep that its tables have seen.
    level = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    is_canary = models.BooleanField(default=False, db_default=False)  # migrates before all others

    auto_create_schema = False  # tenants.actions does it, in the same transaction as the row

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def municipality(self) -> Municipality:
        """The town's entry in the official list."""
        return municipality(self.ars)

    @property
    def full_name(self) -> str:
        """Such as "Stadt Lage" or "Gemeinde Augustdorf"."""
        return f"{self.municipality.kind} {self.name}"

    @property
    def size(self) -> TownSize:
        """Its class, which says what it does itself and what the county does for it."""
        return TownSize(self.chosen_size) if self.chosen_size else self.municipality.size

    @property
    def is_live(self) -> bool:
        """Whether it does for people all that it is there for."""
        return self.state == TownState.LIVE

    @property
    def is_reachable(self) -> bool:
        """Whether people see its pages."""
        return self.state in REACHABLE

    @property
    def is_trial(self) -> bool:
        """Whether people only try it out: nothing that they hand in or pay counts."""
        return self.state == TownState.TEST

    @property
    def is_leaving(self) -> bool:
        """Whether nothing new can be begun in it."""
        return self.state == TownState.LEAVING

    @property
    def has_left(self) -> bool:
        """Whether it is no longer with us; its data is still there."""
        return self.state == TownState.LEFT

    def may_become(self, state: TownState) -> bool:
        return state in TRANSITIONS[TownState(self.state)]

    @property
    def number_prefix(self) -> str:
        """What submission numbers begin with, such as `LAGE`."""
        return self.slug.replace("-", "").upper()

    @property
    def host_with_us(self) -> str:
        """The host that we gave the town, which it always has."""
        return host_of(self.slug)

    @property
    def url(self) -> str:
        """The address at which people find the town, without a slash at the end."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """All addresses at which the town answers, the primary one first, without a slash at the end."""
        hosts = sorted(self.hosts.all(), key=lambda host: (not host.is_primary, host.domain))
        return [host.url for host in hosts] or [_address(self.host_with_us)]


class Host(DomainMixin):  # type: ignore[misc]
    """A host name at which a town answers."""

    tenant = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="hosts")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(is_primary=True), name="host_one_primary_per_town"
            ),
        )

    def __str__(self) -> str:
        return str(self.domain)

    @property
    def label(self) -> str:
        """The host as people write it: `köln.de` for `xn--kln-sna.de`."""
        return readable_host(str(self.domain))

    @property
    def url(self) -> str:
        """The address of the host, without a slash at the end."""
        return _address(str(self.domain))


class Announcement(models.Model):
    """What the operator tells town halls beforehand, such as maintenance; citizens too, while it lasts, if wanted."""

    text = models.CharField(max_length=500)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    for_all = models.BooleanField()  # all towns, those that come later too
    towns = models.ManyToManyField(Town, related_name="announcements")  # else these
    for_citizens = models.BooleanField()
    announced_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")), name="announcement_ends_after_it_starts"
            ),
        )

    def __str__(self) -> str:
        return f"announcement {self.pk}"

    @property
    def when(self) -> str:
        """From when until when, in German."""
        first, last = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        names = {"day": german_date(first), "from": clock(first.time()), "until": clock(last.time())}
        if first.date() == last.date():
            return translate("%(day)s, %(from)s bis %(until)s Uhr") % names
        return translate("%(first)s bis %(last)s") % {"first": german_datetime(first), "last": german_datetime(last)}

    def is_over(self, now: datetime) -> bool:
        return self.withdrawn_at is not None or self.ends_at <= now


class PagesVersion(models.Model):
    """How often something has changed that people see of a town. A town counts it up itself (`tenants.actions`).

    Not in the town's own row: that one is held while its tables migrate.
    """

    town = models.OneToOneField(Town, on_delete=models.CASCADE, primary_key=True, related_name="pages")
    number = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.town_id}: {self.number}"


class MigrationStep(models.Model):
    """A migration that towns need, with what it said to PostgreSQL in the template. Rows are only ever added."""

    level = models.PositiveIntegerField(primary_key=True)  # 1, 2, 3 … in the order in which the template saw them
    app = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    sql = models.TextField(blank=True)  # for a town's schema as search path; empty if there is nothing to do
    is_python = models.BooleanField(default=False)  # Django runs it in each town; `sql` says nothing then
    new_tables = models.JSONField(default=list)  # their names; a town's role gets rights on them

    class Meta:
        constraints = (models.UniqueConstraint(fields=["app", "name"], name="migration_step_once"),)

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"


class Blueprint(models.Model):
    """The script that makes a town's schema, from the template as it is at `level`. The last one counts."""

    level = models.PositiveIntegerField(primary_key=True)
    script = models.TextField()
    tables = models.JSONField()  # names of those on which a town's role gets rights
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("level",)

    def __str__(self) -> str:
        return f"level {self.level}"


def host_of(slug: str) -> str:
    """The host that a town with this short name has with us, such as `lage.stadttor.example`."""
    return f"{slug}.{settings.BASE_HOST}"


def readable_host(host: str) -> str:
    """A host as people write it; as it is if it cannot be read."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def _address(host: str) -> str:
    return f"{settings.BASE_SCHEME}://{host}{settings.BASE_PORT}"


class JobFailure(models.Model):
    """With what the newest attempt of a job failed. Goes when the job goes."""

    job = models.OneToOneField(
        "procrastinate.ProcrastinateJob",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="failure",
        db_constraint=False,  # the constraint is in the migration: the database deletes, procrastinate knows nothing
    )
    error = models.CharField(max_length=200)  # class of the exception; not its words, which may tell of a person

    def __str__(self) -> str:
        return f"{self.job_id}: {self.error}"
