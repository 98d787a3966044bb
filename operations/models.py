from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from templates.components import german_date
from tenants.host_check import Finding, Verdict, explanation
from tenants.models import Host, Town, readable_host

LONGEST_TEXT = 500  # characters of an event
EXPORTS_KEPT = timedelta(days=7)
ENDS_SOON = timedelta(days=14)  # a certificate should have been renewed by then


class EventKind(models.TextChoices):
    """What the operator can do to a town."""

    CREATED = "created", _("Angelegt")
    SUSPENDED = "suspended", _("Angehalten")
    RESUMED = "resumed", _("Online gestellt")
    LEAVING = "leaving", _("Abschied begonnen")
    LEFT = "left", _("Beendet")
    EXPORT_ASKED = "export_asked", _("Paket bestellt")
    EXPORTED = "exported", _("Exportiert")
    EXPORT_FETCHED = "export_fetched", _("Paket heruntergeladen")
    IMPORTED = "imported", _("Importiert")
    RESTORED = "restored", _("Aus Sicherung zurückgeholt")
    HOST_WAITS = "host_waits", _("Adresse vorgemerkt")
    HOST_ADDED = "host_added", _("Adresse hinzugefügt")
    HOST_REMOVED = "host_removed", _("Adresse entfernt")
    SIZE_CHANGED = "size_changed", _("Aufgaben geändert")
    TICKED = "ticked", _("Erledigt")
    UNTICKED = "unticked", _("Wieder offen")
    LIVE_UNREADY = "live_unready", _("Beim Start noch offen")
    INVITED = "invited", _("Einladung verschickt")
    DELETION_ASKED = "deletion_asked", _("Löschung beantragt")
    DELETION_WITHDRAWN = "deletion_withdrawn", _("Löschung zurückgenommen")
    DELETION_CONFIRMED = "deletion_confirmed", _("Löschung bestätigt")
    DELETION_REFUSED = "deletion_refused", _("Nicht gelöscht")
    ACCESS_ASKED = "access_asked", _("Um Zugriff gebeten")
    ACCESS_GRANTED = "access_granted", _("Zugriff erlaubt")
    ACCESS_REFUSED = "access_refused", _("Zugriff abgelehnt")
    ACCESS_USED = "access_used", _("Rathaus betreten")
    ACCESS_ENDED = "access_ended", _("Zugriff beendet")
    ACCESS_GIVEN_UP = "access_given_up", _("Zugriff zurückgegeben")
    JOBS_RETRIED = "jobs_retried", _("Aufträge noch einmal gestartet")
    JOBS_DISCARDED = "jobs_discarded", _("Aufträge verworfen")


# What the town itself has noted, by a function that may write nothing else (migration 0008).
NOTED_BY_TOWN = frozenset(
    {EventKind.ACCESS_GRANTED, EventKind.ACCESS_REFUSED, EventKind.ACCESS_USED, EventKind.ACCESS_ENDED}
)


class TownEvent(models.Model):
    """One thing that the operator did to a town. Rows are added, never changed."""

    # None: about a job that belongs to no town
    town = models.ForeignKey(Town, on_delete=models.CASCADE, null=True, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: a command
    kind = models.CharField(max_length=20, choices=EventKind)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True)  # such as the reason; for the operator's eyes only

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.town_id}: {self.kind}"

    @property
    def who(self) -> str:
        """Whose doing it was, for a list."""
        if self.by:
            return self.by.name
        return translate("Rathaus") if self.kind in NOTED_BY_TOWN else translate("Befehl auf dem Server")


class Onboarding(models.Model):
    """What the operator plans and notes about how a town comes to us."""

    town = models.OneToOneField(Town, on_delete=models.CASCADE, primary_key=True, related_name="onboarding")
    starts_on = models.DateField(null=True)  # when it is to go online
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.town_id}: {self.starts_on}"


class Tick(models.Model):
    """An item of a town's checklist (`operations.checklist`) that the operator knows to be done."""

    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="ticks")
    key = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["town", "key"], name="item_ticked_once"),)

    def __str__(self) -> str:
        return f"{self.town_id}: {self.key}"


class ContactTask(models.TextChoices):
    """For what somebody in the town hall is there for the operator."""

    PROJECT = "project", _("Einführung des Portals")
    CONTENT = "content", _("Texte und Leistungen")
    CASES = "cases", _("Sachbearbeitung")
    CASH = "cash", _("Kasse und Zahlungen")
    IT = "it", _("Technik: DNS und Postfächer")
    DATA_PROTECTION = "data_protection", _("Datenschutz")


class Contact(models.Model):
    """Somebody in a town hall whom the operator may call or write to. No account: that is something else."""

    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=150)
    tasks = ArrayField(models.CharField(max_length=20, choices=ContactTask))
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.CheckConstraint(condition=~models.Q(tasks=[]), name="contact_is_there_for_something"),
            models.CheckConstraint(condition=~(models.Q(email="") & models.Q(phone="")), name="contact_can_be_reached"),
        )

    def __str__(self) -> str:
        return f"{self.town_id}: contact {self.pk}"

    @property
    def task_labels(self) -> list[str]:
        return [str(ContactTask(task).label) for task in self.tasks]


class WaitingHost(models.Model):
    """A host that a town wants and that DNS does not lead to us yet. Until then nothing answers there."""

    town = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="waiting_hosts")
    domain = models.CharField(max_length=253, unique=True)
    since = models.DateTimeField()
    looked_up_at = models.DateTimeField()
    verdict = models.CharField(max_length=20, choices=Verdict)  # what DNS said then
    seen = models.CharField(max_length=255, blank=True)  # where it led to

    class Meta:
        ordering = ("domain",)

    def __str__(self) -> str:
        return self.domain

    @property
    def label(self) -> str:
        """The host as people write it."""
        return readable_host(self.domain)

    @property
    def explanation(self) -> str:
        """What is wrong and which entry mends it, in German."""
        finding = Finding(Verdict(self.verdict), self.seen)
        return explanation(finding, self.domain, target=self.town.host_with_us)


class CertificateProblem(models.TextChoices):
    """Why browsers do not trust what they are shown at a host."""

    MISSING = "missing", _("Es gibt kein Zertifikat.")
    EXPIRED = "expired", _("Das Zertifikat ist abgelaufen.")
    OTHER_HOST = "other_host", _("Das Zertifikat gilt für eine andere Adresse.")
    UNTRUSTED = "untrusted", _("Das Zertifikat kommt von keiner anerkannten Stelle.")


class HostCertificate(models.Model):
    """The certificate that browsers were shown at a host when we last looked (`operations.certificates`)."""

    host = models.OneToOneField(Host, on_delete=models.CASCADE, primary_key=True, related_name="certificate")
    looked_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # None: there is none
    problem = models.CharField(max_length=20, choices=CertificateProblem, blank=True)

    def __str__(self) -> str:
        return f"{self.host_id}: {self.problem or self.ends_at}"

    @staticmethod
    def worrying(*, now: datetime) -> models.Q:
        """Those that have a `worry`, for queries."""
        return ~models.Q(problem="") | models.Q(ends_at__lte=now + ENDS_SOON)

    def worry(self, *, now: datetime) -> str:
        """Why somebody should look at it, in German; nothing if nobody needs to."""
        if self.problem:
            return str(CertificateProblem(self.problem).label)
        if self.ends_at and self.ends_at - now <= ENDS_SOON:
            return _("Das Zertifikat endet am %(day)s.") % {"day": german_date(self.ends_at)}
        return ""


class TownSummary(models.Model):
    """What goes on in a town, in numbers only: kept by the town's own job, so that nobody looks into its tables."""

    town = models.OneToOneField(Town, on_delete=models.CASCADE, primary_key=True, related_name="summary")
    at = models.DateTimeField()  # when it was counted
    online = models.PositiveIntegerField()  # services with a form that the town offers online
    received = models.PositiveIntegerField()  # submissions, ever
    received_lately = models.PositiveIntegerField()  # in the last 30 days
    received_this_week = models.PositiveIntegerField()  # in the last 7 days
    open_cases = models.PositiveIntegerField()
    paid = models.PositiveIntegerField()  # payments of this month
    paid_sum = models.DecimalField(max_digits=12, decimal_places=2)  # EUR
    failed_payments = models.PositiveIntegerField()  # begun in the last 7 days
    failed_jobs = models.PositiveIntegerField(default=0, db_default=0)  # for good, and nobody has decided on them
    failed_mails = models.PositiveIntegerField(default=0, db_default=0)  # among those
    stored_bytes = models.PositiveBigIntegerField()  # of all uploads
    staff_seen_at = models.DateTimeField(null=True)  # the last sign-in of anybody in the town hall
    failed_handovers = models.PositiveIntegerField(null=True)  # not told by versions that did not know of them
    figures = models.JSONField(null=True)  # of 52 whole weeks: a number by measure (operations.figures)

    def __str__(self) -> str:
        return f"{self.town_id}: {self.received} received"


class ExportState(models.TextChoices):
    """How far a bundle is."""

    ASKED = "asked", _("bestellt")
    RUNNING = "running", _("wird gepackt")
    READY = "ready", _("fertig")
    FAILED = "failed", _("nicht gelungen")
    GONE = "gone", _("abgelaufen")


class TownExport(models.Model):
    """A bundle of a town that was made at the desk, and can be fetched there for a while (`operations.exports`)."""

    town = models.ForeignKey(Town, on_delete=models.SET_NULL, null=True, related_name="exports")  # None: deleted
    file = models.CharField(max_length=120, unique=True)  # its name in the folder of bundles
    state = models.CharField(max_length=20, choices=ExportState, default=ExportState.ASKED)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    bytes = models.PositiveBigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of its checksums
    fetched_at = models.DateTimeField(null=True)  # the last time

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["town"], condition=models.Q(state__in=["asked", "running"]), name="town_one_export_at_a_time"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ready") | (models.Q(done_at__isnull=False) & ~models.Q(digest="")),
                name="export_that_is_ready_has_a_digest",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file}: {self.state}"

    @property
    def is_ready(self) -> bool:
        return self.state == ExportState.READY

    @property
    def is_under_way(self) -> bool:
        return self.state in (ExportState.ASKED, ExportState.RUNNING)

    @property
    def kept_until(self) -> datetime | None:
        """When the file goes."""
        return self.done_at and self.done_at + EXPORTS_KEPT


class DeletionRequest(models.Model):
    """Somebody wants a town to be deleted, and somebody else must confirm it. Goes when that is settled."""

    town = models.OneToOneField(Town, on_delete=models.CASCADE, primary_key=True, related_name="deletion_request")
    export = models.ForeignKey(TownExport, on_delete=models.PROTECT, related_name="+")  # what was handed over
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(confirmed_by=models.F("asked_by")), name="deletion_confirmed_by_somebody_else"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="deletion_confirmed_by_somebody_at_some_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.town_id}: {self.asked_at}"

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None


class Deletion(models.Model):
    """What stays of a town that was deleted: what it was, who removed it and why. Rows are added, never changed."""

    name = models.CharField(max_length=120)  # "Stadt Lage"
    ars = models.CharField(max_length=12)
    schema = models.CharField(max_length=63)
    hosts = models.JSONField()  # all addresses at which it answered
    created_at = models.DateTimeField()  # when it came to us
    history = models.JSONField()  # its events: when, what, text, by whom
    rows = models.JSONField()  # by table
    files = models.PositiveIntegerField()
    export_digest = models.CharField(max_length=64)  # SHA-256 of the checksums of its last export
    exported_at = models.DateTimeField()
    by = models.CharField(max_length=200)  # a name: people leave, too
    confirmed_by = models.CharField(max_length=200, blank=True, db_default="")  # a second one; nobody: a command
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.name} ({self.ars})"
