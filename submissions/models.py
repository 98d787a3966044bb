import uuid
from copy import deepcopy
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.trust import TrustLevel
from catalogue.fees import Fee, FeeLine
from submissions.content import Content
from submissions.states import OPEN, TRANSITIONS, Outcome, State, Way
from submissions.uploads.states import Change, Scan
from tenants.context import current_town

CONTENT = ("answers", "typed", "done", "saves", "news", "left_over", "amounts")  # fields of a draft


class Draft(models.Model):
    """Answers that have not been handed in. One per service and person.

    Of a signed-in citizen the answers are kept as they are. Of anybody else they are sealed with a key that only the
    browser holds (`sealed`); nobody here can read them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service_key = models.CharField(max_length=80)
    form_version = models.PositiveIntegerField()
    citizen = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="drafts")
    answers = models.JSONField(default=dict)
    typed = models.JSONField(default=dict)  # by page: what was typed there and could not be taken over yet
    done = models.JSONField(default=list)  # pages answered without error
    saves = models.JSONField(
        default=dict, db_default={}
    )  # by page: which copy of it saved last, see submissions.content
    news = models.JSONField(default=list, db_default=[])  # fields that a newer version of the form has brought
    left_over = models.JSONField(default=list, db_default=[])  # answers that it has no place for
    amounts = models.JSONField(default=dict, db_default={})  # EUR by key, as the person has seen them
    sealed = models.BinaryField(null=True)  # all of the above, when there is no citizen
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ("-edited_at",)
        constraints = (
            models.UniqueConstraint(fields=["citizen", "service_key"], name="draft_one_per_service_and_citizen"),
            models.CheckConstraint(
                condition=models.Q(citizen__isnull=False, sealed__isnull=True)
                | models.Q(citizen__isnull=True, sealed__isnull=False, answers={}, typed={}, done=[]),
                name="draft_is_somebodys_or_sealed",
            ),
            models.CheckConstraint(
                condition=models.Q(citizen__isnull=False) | models.Q(saves={}, news=[], left_over=[], amounts={}),
                name="draft_of_nobody_says_nothing_more",
            ),
        )

    def __str__(self) -> str:
        return f"draft {self.pk}"

    @property
    def content(self) -> Content:
        """What it holds, to be changed freely; of a draft in an account."""
        return Content.of({name: deepcopy(getattr(self, name)) for name in CONTENT})

    @content.setter
    def content(self, content: Content) -> None:
        for name in CONTENT:
            setattr(self, name, content.plain()[name])


class Attempt(models.Model):
    """How far a draft has got, for the figures: which pages, never what was typed there. Goes once it is counted."""

    draft_id = models.UUIDField(primary_key=True)  # the draft may be gone
    service_key = models.CharField(max_length=80)
    steps = ArrayField(models.CharField(max_length=80))  # keys of those that were reached, in order
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    is_counted = models.BooleanField(default=False)  # as begun

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class Submission(models.Model):
    """An application as it was handed in. Answers, form version and fee never change; a trigger sees to it.

    Once it is purged it has no answers, and belongs to nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=40, unique=True)  # LAGE-2026-000123
    draft_id = models.UUIDField(db_index=True)
    service_key = models.CharField(max_length=80)
    service_title = models.CharField(max_length=200)
    unit = models.CharField(max_length=60)  # the catalogue's standard office that works on it
    form_version = models.PositiveIntegerField()
    # Nobody: handed in without an account, see submissions.links.
    citizen = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="submissions")
    applicant = models.CharField(max_length=200)  # the name in lists
    email = models.EmailField(blank=True)  # where notices go
    trust_level = models.PositiveSmallIntegerField(choices=[(level.value, level.name) for level in TrustLevel])
    answers = models.JSONField()
    surroundings = models.JSONField(db_default={})  # what the town said in the form then, to show it for ever like that
    verified = ArrayField(models.CharField(max_length=80), default=list)  # answers that the provider vouches for
    flags = ArrayField(models.CharField(max_length=60), default=list)
    fee_is_due = models.CharField(max_length=12, blank=True)  # "submission", "decision" or nothing
    fee_lines = models.JSONField(default=list)
    fee_total = models.DecimalField(max_digits=9, decimal_places=2)  # EUR, gross
    frozen_at = models.DateTimeField()

    state = models.CharField(max_length=20, choices=State)
    received_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)  # the town wants to have decided by then
    act_by = models.DateField(null=True, blank=True)  # until then somebody has to take the next step; see steps.move
    # What the inbox is searched for, in lower case.
    searched = models.GeneratedField(
        expression=Lower(Concat("number", Value(" "), "applicant", Value(" "), "service_title")),
        output_field=models.TextField(),
        db_persist=True,
    )
    is_protected = models.BooleanField(default=False, db_default=False)  # Auskunftssperre (§ 51 BMG)
    case_worker = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases")
    remind_on = models.DateField(null=True, blank=True)  # somebody of the town hall wants to look at it again then
    remind_of = models.CharField(max_length=300, blank=True, db_default="")  # what she wants to do then
    closed_at = models.DateTimeField(null=True, blank=True)
    is_rated = models.BooleanField(default=False, db_default=False)  # by the citizen; how is not known
    seconded = models.PositiveIntegerField(default=0, db_default=0)  # so many others mean the same; who is not known

    class Meta:
        ordering = ("-frozen_at",)
        indexes = (
            # Whatever the inbox filters, sorts and counts by: of a year's cases it reads this and 25 rows.
            models.Index(
                fields=["act_by", "frozen_at", "number"],
                include=["id", "state", "case_worker", "unit", "service_key", "remind_on"],
                condition=models.Q(state__in=sorted(OPEN)),
                name="submission_inbox",
            ),
            models.Index(
                fields=["unit", "service_key"], condition=~models.Q(state=State.PURGED), name="submission_filters"
            ),
            # The class of operators stands in `public`, which migrations of a town do not see.
            GinIndex(fields=["searched"], opclasses=["public.gin_trgm_ops"], name="submission_searched"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["draft_id"],
                condition=~models.Q(state=State.SUPERSEDED),
                name="draft_handed_in_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[State.AWAITING_PAYMENT, State.SUPERSEDED, State.PURGED])
                | models.Q(received_at__isnull=False),
                name="submission_has_a_time_once_received",
            ),
            models.CheckConstraint(condition=models.Q(fee_total__gte=0), name="submission_fee_not_negative"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def fee(self) -> Fee:
        return Fee(tuple(FeeLine.from_plain(line) for line in self.fee_lines))

    @property
    def is_paid_first(self) -> bool:
        """Whether it counts only once the fee has been paid."""
        return self.fee_is_due == "submission" and self.fee_total > 0

    def says(self, *, answers: dict[str, Any], surroundings: dict[str, Any], fee: Fee, form_version: int) -> bool:
        """Whether handing in these would give the same submission again."""
        mine = (self.answers, self.surroundings, self.fee, self.form_version)
        return mine == (answers, surroundings, fee, form_version)

    @property
    def is_open(self) -> bool:
        return State(self.state) in OPEN

    @property
    def open_question(self) -> "InformationRequest | None":
        """What the town hall is waiting for."""
        return next((one for one in self.information_requests.all() if one.answered_at is None), None)

    @property
    def decision(self) -> "Decision | None":
        return next(iter(self.decisions.all()), None)

    def may_become(self, state: State) -> bool:
        return state in TRANSITIONS[State(self.state)]


class Event(models.Model):
    """One step in the history of a submission. Rows are added, never changed; a trigger sees to it."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: the system
    title = models.CharField(max_length=200)  # what happened, in German
    text = models.TextField(blank=True)
    is_public = models.BooleanField(default=True)  # the citizen sees it
    old_state = models.CharField(max_length=20, choices=State, blank=True)
    new_state = models.CharField(max_length=20, choices=State, blank=True)

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(fields=["at"], condition=~models.Q(new_state=""), name="submission_steps_by_time"),)

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.old_state} → {self.new_state}"


class InformationRequest(models.Model):
    """Something that the town hall needs to know or see, with a date, and the answer."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="information_requests")
    question = models.TextField()
    due_on = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)  # of the date, by mail

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["submission"],
                condition=models.Q(answered_at__isnull=True),
                name="submission_one_open_question",
            ),
        )

    def __str__(self) -> str:
        return f"question {self.pk}"


class DecisionContent(models.Model):
    """What a decision says."""

    outcome = models.CharField(max_length=30, choices=Outcome)
    text = models.TextField()  # what the citizen reads
    obligations = models.TextField(blank=True, db_default="")  # under which it is granted (Auflagen)
    reasons = models.TextField(blank=True, db_default="")  # why it is rejected (Begründung)
    authority = models.CharField(max_length=500, blank=True, db_default="")  # who is responsible instead
    authority_ars = models.CharField(max_length=12, blank=True, db_default="")  # its key, if it is a town

    class Meta:
        abstract = True


class Proposal(DecisionContent):
    """A decision that waits for the signature of a second person. One at a time."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="proposal")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"proposal {self.pk}: {self.outcome}"


class Decision(DecisionContent):
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="decisions")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-decided_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(signed_by__isnull=True) | ~models.Q(signed_by=models.F("decided_by")),
                name="decision_is_signed_by_another_person",
            ),
        )

    def __str__(self) -> str:
        return f"decision {self.pk}: {self.outcome}"

    @property
    def is_formal(self) -> bool:
        return Outcome(self.outcome).is_formal


class Delivery(models.Model):
    """How a decision reaches the person, and when it counts as announced (Bekanntgabe); see casework.delivery."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="delivery")
    way = models.CharField(max_length=10, choices=Way)
    letter = models.JSONField()  # what stands around the decision in its document, as it was when it was decided
    ready_at = models.DateTimeField()  # it is there, and the mail that says so goes out
    retrieved_at = models.DateTimeField(null=True)  # by the person, in the portal
    lapsed_at = models.DateTimeField(null=True)  # nobody retrieved it in time
    posted_on = models.DateField(null=True)
    posted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    delivered_on = models.DateField(null=True)  # it counts as announced from this day on

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(posted_on__isnull=True) | models.Q(way=Way.POST), name="posted_by_post"
            ),
            models.CheckConstraint(
                condition=models.Q(posted_on__isnull=True) | models.Q(delivered_on__gte=models.F("posted_on")),
                name="posted_before_it_is_announced",
            ),
        )
        indexes = (models.Index(fields=["way"], condition=models.Q(delivered_on=None), name="delivery_waiting"),)

    def __str__(self) -> str:
        return f"delivery {self.pk}: {self.way}"

    @property
    def is_sealed(self) -> bool:
        """Whether the person has to open it, which is written down, before she reads it."""
        return self.way == Way.ONLINE and self.decision.is_formal and self.retrieved_at is None

    @property
    def waits_for_post(self) -> bool:
        return self.way == Way.POST and self.posted_on is None


class Removal(models.Model):
    """A case that has ended is to be deleted, or was, or is kept for a while; see submissions.retention."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="removal")
    ended_on = models.DateField()
    marked_at = models.DateTimeField()
    delete_on = models.DateField()  # nothing happens before that day
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # who has stopped it
    kept_at = models.DateTimeField(null=True)
    kept_reason = models.CharField(max_length=500, blank=True)
    kept_until = models.DateField(null=True)  # then it is marked again
    purged_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=30, choices=Outcome, blank=True)  # of the decision, which has gone
    files = models.PositiveIntegerField(default=0)  # how many went with it

    class Meta:
        ordering = ("delete_on", "pk")
        indexes = (models.Index(fields=["delete_on"], condition=models.Q(purged_at=None), name="removal_waiting"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kept_by=None, kept_at=None, kept_until=None, kept_reason="")
                | (models.Q(kept_at__isnull=False, kept_until__isnull=False) & ~models.Q(kept_reason="")),
                name="removal_is_stopped_for_a_reason_until_some_day",
            ),
            models.CheckConstraint(
                condition=models.Q(purged_at=None) | models.Q(kept_until=None), name="removal_is_stopped_or_done"
            ),
        )

    def __str__(self) -> str:
        return f"removal {self.pk}: {self.delete_on}"


class OrphanedFile(models.Model):
    """A file that nothing refers to any more, until it has gone from the storage: that knows no transactions."""

    name = models.CharField(max_length=200, primary_key=True)

    def __str__(self) -> str:
        return self.name


class TextBlock(models.Model):
    """Words that case workers need again and again."""

    title = models.CharField(max_length=100)
    text = models.TextField()
    unit = models.CharField(max_length=60, blank=True)  # whose it is; empty: of all units
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return self.title


class BulkRun(models.Model):
    """The same step with many cases, done one after the other by a job."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    step = models.CharField(max_length=20)  # see casework.bulk
    to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # who gets them
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.step} {self.pk}"


class BulkItem(models.Model):
    """One case of a bulk run. `problem` says why the step was not possible, in German."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    done_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["run", "submission"], name="case_once_in_a_bulk_run"),)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.submission_id}"


def _in_the_towns_folder(_upload: "Upload", name: str) -> str:
    return f"{current_town().schema_name}/uploads/{uuid.uuid4()}{PurePath(name).suffix.lower()}"


class Upload(models.Model):
    """A file that a citizen handed in, for a field of a form or for a question of the town hall.

    It belongs to a draft, and once that is handed in to a submission; or to a question (`request`), and once that is
    answered to its submission, too; or to the submission, in place of an infected one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.SET_NULL, null=True, related_name="uploads")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, null=True, related_name="uploads")
    request = models.ForeignKey(InformationRequest, on_delete=models.CASCADE, null=True, related_name="uploads")
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replaced_by")
    place = models.CharField(max_length=200)  # the field, such as `nachweis` or `hunde/k3x9/sachkunde`
    name = models.CharField(max_length=150)  # as the person called it, made safe
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64, blank=True, db_default="")  # SHA-256; none of what came before there were
    file = models.FileField(upload_to=_in_the_towns_folder, max_length=200)
    preview = models.FileField(upload_to=_in_the_towns_folder, max_length=200, blank=True, db_default="")  # small JPEG
    # What was sent, from which `file` was made.
    sent_size = models.PositiveIntegerField(null=True)  # bytes
    sent_digest = models.CharField(max_length=64, blank=True, db_default="")  # SHA-256
    changes = ArrayField(models.CharField(max_length=20, choices=Change), default=list, blank=True, db_default=[])
    uploaded_at = models.DateTimeField()

    # Of a draft without an account: file and preview can be read with the key of the browser only.
    is_sealed = models.BooleanField(default=False, db_default=False)
    scan = models.CharField(max_length=20, choices=Scan, default=Scan.UNSCANNED, db_default=Scan.UNSCANNED)
    scanned_at = models.DateTimeField(null=True)
    threat = models.CharField(max_length=200, blank=True, db_default="")  # what the scanner calls it

    class Meta:
        ordering = ("uploaded_at",)
        indexes = (
            models.Index(fields=["scan"], condition=~models.Q(scan=Scan.CLEAN), name="upload_not_clean"),
            models.Index(fields=["is_sealed"], condition=models.Q(is_sealed=True), name="upload_sealed"),
        )

    def __str__(self) -> str:
        return f"upload {self.pk}"

    @property
    def is_infected(self) -> bool:
        return self.scan == Scan.INFECTED

    @property
    def is_held_back(self) -> bool:
        """Whether nobody in the town hall may open it: a virus was found, or the scanner has not looked yet."""
        return self.is_infected or (self.scan == Scan.UNSCANNED and bool(settings.CLAMAV_URL))

    @property
    def remark(self) -> str:
        """What the town hall should know about it, in a few words."""
        changes = [str(Change(one).label) for one in self.changes]
        if self.is_infected:
            changes.append(_("gesperrt, weil ein Virus gefunden wurde"))
        elif self.is_held_back:
            changes.append(_("gesperrt, bis sie auf Viren geprüft ist"))
        elif self.scan == Scan.UNSCANNED:
            changes.append(str(Scan.UNSCANNED.label))
        return ", ".join(changes)


class Transfer(models.Model):
    """A file on its way, piece by piece. Once it has arrived whole it becomes an upload with the same number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="transfers")
    request = models.ForeignKey(InformationRequest, on_delete=models.CASCADE, null=True, related_name="transfers")
    place = models.CharField(max_length=200)
    name = models.CharField(max_length=150)
    length = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 that the sender says it has
    pieces = ArrayField(models.PositiveIntegerField(), default=list)  # bytes of each that has arrived
    is_sealed = models.BooleanField(default=False)
    begun_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ("begun_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(draft__isnull=False, request__isnull=True)
                | models.Q(draft__isnull=True, request__isnull=False),
                name="transfer_goes_to_a_draft_or_an_answer",
            ),
        )

    def __str__(self) -> str:
        return f"transfer {self.pk}"

    @property
    def received(self) -> int:
        """Bytes."""
        return sum(self.pieces)

    @property
    def is_whole(self) -> bool:
        return self.received == self.length


class Arrival(models.Model):
    """A draft that somebody has brought from another town, so that the same package opens once only."""

    package = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"arrival {self.pk}"


class NumberRange(models.Model):
    """How many submission numbers were given out in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
