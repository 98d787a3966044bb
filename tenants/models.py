from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from tenants.municipalities import Municipality, municipality


class TownState(models.TextChoices):
    LIVE = "live", _("online")
    SUSPENDED = "suspended", _("angehalten")


class Town(TenantMixin):  # type: ignore[misc]  # django-tenants has no types
    """A tenant: one town with a schema of its own. Everything else about a town lives in that schema."""

    slug = models.SlugField(max_length=50, unique=True)  # host label, such as `bad-salzuflen`
    name = models.CharField(max_length=100)
    ars = models.CharField(max_length=12, unique=True, validators=[RegexValidator(r"^\d{12}$")])
    state = models.CharField(max_length=20, choices=TownState, default=TownState.LIVE)
    created_at = models.DateTimeField()

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
    def is_live(self) -> bool:
        """Whether people can use it."""
        return self.state == TownState.LIVE

    @property
    def number_prefix(self) -> str:
        """What submission numbers begin with, such as `LAGE`."""
        return self.slug.replace("-", "").upper()

    @property
    def url(self) -> str:
        """The address at which people find the town, without a slash at the end."""
        return self.urls[0]

    @property
    def urls(self) -> list[str]:
        """All addresses at which the town answers, the primary one first, without a slash at the end."""
        hosts = sorted(self.hosts.all(), key=lambda host: (not host.is_primary, host.domain))
        return [host.url for host in hosts] or [_address(f"{self.slug}.{settings.BASE_HOST}")]


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
