from datetime import date

from dateutil.relativedelta import relativedelta
from django.db import models

from accounts.models import User
from submissions.found.states import KEPT, TRANSITIONS, ItemState
from submissions.models import Submission

KEPT_FOR = relativedelta(months=6)  # § 973 (1) BGB, from the day on which the find was reported


class FoundItem(models.Model):
    """Something that somebody has found. Everybody may see kind, description, day and rough place; nothing else."""

    number = models.CharField(max_length=20, unique=True)  # F-2026-0012
    category = models.CharField(max_length=60)  # of the list `fundsachen`
    description = models.TextField()  # public: nothing by which only its owner knows it
    place = models.CharField(max_length=200)  # public: where roughly it was found
    found_on = models.DateField()
    reported_on = models.DateField()
    marks = models.TextField(blank=True)  # by which only its owner knows it
    kept_at = models.CharField(max_length=200, blank=True)
    finder = models.TextField(blank=True)  # who found it and how to reach her, where there is no report online
    finder_claims = models.BooleanField(default=False)  # wants it, if nobody comes
    report = models.ForeignKey(Submission, on_delete=models.SET_NULL, null=True, related_name="+")

    state = models.CharField(max_length=20, choices=ItemState, default=ItemState.KEPT)
    handed_to = models.ForeignKey(Submission, on_delete=models.SET_NULL, null=True, related_name="+")  # the claim
    reason = models.CharField(max_length=300, blank=True)  # why it did not wait for the six months
    closed_on = models.DateField(null=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: a claim came
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-found_on", "-pk")
        indexes = (models.Index(fields=["state", "-found_on"], name="found_list"),)
        constraints = (
            models.UniqueConstraint(fields=["report"], name="report_entered_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=sorted(KEPT), closed_on=None)
                | (~models.Q(state__in=sorted(KEPT)) & models.Q(closed_on__isnull=False)),
                name="item_is_kept_or_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(reported_on__gte=models.F("found_on")), name="item_found_before_reported"
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def kept_until(self) -> date:
        """The last day on which it belongs to whoever lost it (§§ 973, 974 BGB)."""
        last_day: date = self.reported_on + KEPT_FOR
        return last_day

    @property
    def is_kept(self) -> bool:
        return ItemState(self.state) in KEPT

    def may_become(self, state: ItemState) -> bool:
        return state in TRANSITIONS[ItemState(self.state)]


class ItemRange(models.Model):
    """How many numbers of found items were given out in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
