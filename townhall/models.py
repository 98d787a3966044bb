"""One town's own side: who it is, its offices and hours, what it offers and what that costs there."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from townhall.figures.measures import Measure
from townhall.theme import FIRST_COLOUR


class Profile(models.Model):
    """The town itself: one row."""

    colour = models.CharField(max_length=7, default=FIRST_COLOUR, validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")])
    crest = models.BinaryField(null=True, blank=True)  # an uploaded coat of arms; else one is drawn
    crest_type = models.CharField(max_length=40, blank=True)  # its content type
    shows_federal_line = models.BooleanField(default=False)
    street = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=5, blank=True)
    city = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    mayor = models.CharField(max_length=120, blank=True)  # represents the town, for the imprint
    vat_id = models.CharField(max_length=20, blank=True)
    data_protection_contact = models.TextField(blank=True)
    accessibility_gaps = models.TextField(blank=True)  # what is not accessible yet, a line each
    accessibility_reviewed_on = models.DateField(null=True, blank=True)
    payment_methods = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # billing sets them
    welcome = models.CharField(max_length=200, blank=True, db_default="")  # a sentence on the home page
    shows_figures = models.BooleanField(default=False, db_default=False)  # to everybody, at /statistik/

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="town_has_one_profile"),)

    def __str__(self) -> str:
        return f"profile {self.pk}"


class Office(models.Model):
    """A place people can go to or call. `units` are the catalogue's standard offices that it stands for."""

    name = models.CharField(max_length=120)
    task = models.CharField(max_length=200, blank=True)
    units = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_main = models.BooleanField(default=False)  # shown on the home page
    street = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=5, blank=True)
    city = models.CharField(max_length=100, blank=True)
    room = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    access_note = models.CharField(max_length=300, blank=True)  # how to get in with a wheelchair
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "name")
        constraints = (
            models.UniqueConstraint(
                fields=["is_main"], condition=models.Q(is_main=True), name="town_has_one_main_office"
            ),
        )

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """One stretch of time on one weekday; an office may have two on a day."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()  # Monday is 0
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ("weekday", "opens")
        constraints = (
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="hours_on_a_weekday"),
            models.CheckConstraint(condition=models.Q(opens__lt=models.F("closes")), name="hours_open_before_close"),
            models.UniqueConstraint(fields=["office", "weekday", "opens"], name="hours_begin_once"),
        )

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"


class SpecialDay(models.Model):
    """A day that differs from the week: closed, or open at other hours."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="special_days")
    day = models.DateField()
    opens = models.TimeField(null=True, blank=True)  # both empty: closed
    closes = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("day",)
        constraints = (
            models.UniqueConstraint(fields=["office", "day"], name="special_day_once"),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True) | models.Q(opens__lt=models.F("closes")),
                name="special_day_open_before_close",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day}"


class OfferState(models.TextChoices):
    """How a town offers a service."""

    HIDDEN = "hidden", _("nicht angeboten")
    INFO = "info", _("nur Auskunft")
    ONLINE = "online", _("online")
    PAUSED = "paused", _("online, zurzeit angehalten")
    LINK = "link", _("online an anderer Adresse")


class Offer(models.Model):
    """A service of the catalogue as this town offers it."""

    service_key = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=10, choices=OfferState, default=OfferState.INFO)
    office = models.ForeignKey(Office, on_delete=models.SET_NULL, null=True, blank=True)  # else by the unit
    addition = models.TextField(blank=True)  # the town's own words, below the central text
    processing_time = models.CharField(max_length=120, blank=True)  # else the catalogue's
    pause_note = models.CharField(max_length=300, blank=True)
    needs_second_signature = models.BooleanField(default=False, db_default=False)  # on each decision
    drafts_until = models.DateField(null=True, blank=True)  # switched off: what was begun may be handed in so long
    link = models.URLField(blank=True, db_default="")  # of LINK: where it is done online instead

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state=OfferState.LINK) | ~models.Q(link=""), name="offer_leads_somewhere"
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_key} ({self.state})"


class PlannedSwitch(models.Model):
    """How a town will offer a service from a day on."""

    service_key = models.CharField(max_length=80, unique=True)
    starts_on = models.DateField()
    state = models.CharField(max_length=10, choices=OfferState)
    pause_note = models.CharField(max_length=300, blank=True)
    drafts_until = models.DateField(null=True, blank=True)
    link = models.URLField(blank=True)
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    trouble = models.CharField(max_length=1000, blank=True)  # why it did not happen on its day, in German

    class Meta:
        ordering = ("starts_on", "service_key")

    def __str__(self) -> str:
        return f"{self.service_key} ({self.state} from {self.starts_on})"


class FeeAmount(models.Model):
    """What an amount of the fee table is from a day on. A change is a new row."""

    key = models.CharField(max_length=100)
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR, gross
    valid_from = models.DateField()
    by_law = models.CharField(max_length=200)
    by_law_url = models.URLField(blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # the second person
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("key", "-valid_from")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(released_by=None)
                | models.Q(entered_by=None)
                | ~models.Q(released_by=models.F("entered_by")),
                name="fee_amount_released_by_a_second_person",
            ),
            models.UniqueConstraint(fields=["key", "valid_from"], name="fee_amount_once_a_day"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="fee_amount_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.amount} from {self.valid_from}"


class ProposedAmount(models.Model):
    """What an amount is to be, until a second administrator releases it. It counts for nothing yet."""

    key = models.CharField(max_length=100, unique=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR, gross
    valid_from = models.DateField(null=True)  # not said yet: it was copied
    by_law = models.CharField(max_length=200, blank=True)
    by_law_url = models.URLField(blank=True)
    copied_from = models.CharField(max_length=100, blank=True)  # the town whose amount it is
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("key",)
        constraints = (models.CheckConstraint(condition=models.Q(amount__gte=0), name="proposed_amount_not_negative"),)

    def __str__(self) -> str:
        return f"{self.key} {self.amount} proposed"

    @property
    def is_complete(self) -> bool:
        """Whether it says from when it counts, and by which by-law."""
        return self.valid_from is not None and bool(self.by_law)

    @property
    def version(self) -> str:
        """Changes with every change, so that nobody releases what she has not seen."""
        return self.entered_at.isoformat()


class BudgetLine(models.Model):
    """Where the cash office books what an amount of the fee table brings in (Buchungsstelle). Also of federal amounts.

    A part of it may be a levy that the town only collects, such as the state's on fishing.
    """

    key = models.CharField(max_length=100, unique=True)  # of the amount
    number = models.CharField(max_length=40)  # such as 12.02.01.4311000
    levy = models.CharField(max_length=100, blank=True)  # whose part it is, such as "Fischereiabgabe Land"
    levy_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    levy_number = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ("key",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(levy="", levy_percent=0, levy_number="")
                | ~models.Q(levy="") & models.Q(levy_percent__gt=0, levy_percent__lte=100),
                name="levy_has_name_and_share",
            ),
        )

    def __str__(self) -> str:
        return f"{self.key}: {self.number}"


class AddressVisits(models.Model):
    """How many people came on a day by a short address, as on a printed card. A count, and nothing of any person."""

    day = models.DateField()
    word = models.CharField(max_length=100, blank=True)  # of the catalogue's permanent addresses; empty: the portal
    letter = models.CharField(max_length=1, blank=True)  # of the QR code that was scanned; empty: it was typed
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ("-day", "word", "letter")
        constraints = (models.UniqueConstraint(fields=["day", "word", "letter"], name="visits_once_a_day"),)

    def __str__(self) -> str:
        return f"{self.day} {self.word}/{self.letter}: {self.count}"


class Setting(models.Model):
    """What the town says in its forms instead of what the catalogue proposes: a list, a switch, a number, a text."""

    key = models.CharField(max_length=100, unique=True)  # catalogue/library/settings/
    value = models.JSONField()  # in the form of its kind, see catalogue.forms.choices.Setting
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Letters(models.Model):
    """What stands in all letters with which the town decides: one row, if somebody has confirmed the words."""

    remedies = models.TextField(blank=True)  # what somebody can do against a decision (Rechtsbehelfsbelehrung)
    closing = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)  # below everything else, in small letters
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="town_has_one_kind_of_letters"),)

    def __str__(self) -> str:
        return f"letters {self.pk}"


class BarrierReport(models.Model):
    """Somebody met a barrier and wrote to us. The town answers within four weeks."""

    text = models.TextField()
    page = models.CharField(max_length=300, blank=True)
    email = models.EmailField(blank=True)
    reported_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-reported_at",)

    def __str__(self) -> str:
        return f"barrier report {self.pk}"


# --- Figures: how often something happened, never who it was (townhall.figures) --------------------------------


class Figure(models.Model):
    """How often something happened in a week."""

    week = models.DateField()  # its Monday
    measure = models.CharField(max_length=20, choices=Measure)
    service_key = models.CharField(max_length=80, blank=True)  # empty: of no single service
    detail = models.CharField(max_length=120, blank=True)  # which page, which grade
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["week", "measure", "service_key", "detail"], name="figure_once_a_week"),
            models.CheckConstraint(condition=models.Q(week__iso_week_day=1), name="figure_begins_on_a_monday"),
        )

    def __str__(self) -> str:
        return f"{self.week} {self.measure} {self.service_key} {self.detail}: {self.number}"


class CountedUntil(models.Model):
    """How far a room has counted what it keeps itself."""

    room = models.CharField(max_length=20, primary_key=True)
    week = models.DateField(null=True)  # its Monday; None: never

    def __str__(self) -> str:
        return f"{self.room}: {self.week}"


class FruitlessSearch(models.Model):
    """Something that people searched for and did not find.

    What they typed may hold a name, so it is kept only once it was searched for on several days. Until then there is
    a fingerprint, from which it cannot be read.
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    text = models.CharField(max_length=40, blank=True)
    days = models.PositiveIntegerField()  # on how many it was searched for
    number = models.PositiveIntegerField()  # how often
    last_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.fingerprint[:8]}: {self.number}"


class Remark(models.Model):
    """A sentence that somebody wrote about the portal. Whose case it was is not kept."""

    service_key = models.CharField(max_length=80)
    text = models.CharField(max_length=300)
    month = models.DateField()  # its first day

    def __str__(self) -> str:
        return f"remark {self.pk}"
