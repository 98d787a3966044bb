"""What somebody may see of the town's cases and do with them. The actions check the same again, under a lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from accounts.absences import hands_of
from accounts.models import Role, User
from submissions.casework.delivery import open_delivery
from submissions.models import Submission
from submissions.states import State


@dataclass(frozen=True)
class Desk:
    """Somebody at work on a day. `hands` are the keys of those whose cases are hers to go on with."""

    user: User
    hands: Collection[int]

    @classmethod
    def of(cls, user: User, *, today: date) -> "Desk":
        return cls(user, hands_of(user, today=today))

    @property
    def leads(self) -> bool:
        """Whether she shares out work among others."""
        return self.user.has_role(Role.TEAM_LEAD)


def works_on(user: User, unit: str) -> bool:
    """Whether somebody works on the cases of a unit of the catalogue."""
    return user.has_role(Role.CASE_WORKER, Role.TEAM_LEAD) and (not user.units or unit in user.units)


def has_in_hand(desk: Desk, submission: Submission) -> bool:
    """Whether it is hers to go on with."""
    return submission.is_open and submission.case_worker_id in desk.hands


def may_take(desk: Desk, submission: Submission) -> bool:
    """Whether she may begin with it, or take it from a colleague."""
    return submission.is_open and (submission.case_worker_id != desk.user.pk or submission.state == State.RECEIVED)


def may_assign(desk: Desk, submission: Submission) -> bool:
    """Whether she may give it to somebody."""
    return desk.leads and submission.is_open


def may_forward(desk: Desk, submission: Submission) -> bool:
    """Whether she may give it to another unit: what nobody has begun with, or what she has."""
    return submission.is_open and (submission.case_worker_id is None or has_in_hand(desk, submission) or desk.leads)


def may_ask_back(desk: Desk, submission: Submission) -> bool:
    return has_in_hand(desk, submission) and submission.may_become(State.NEEDS_INFO)


def may_go_on_without_answer(desk: Desk, submission: Submission) -> bool:
    return has_in_hand(desk, submission) and submission.state == State.NEEDS_INFO


def may_decide(desk: Desk, submission: Submission) -> bool:
    return has_in_hand(desk, submission) and submission.may_become(State.DECIDED)


def may_sign(desk: Desk, submission: Submission, *, proposed_by: User | None) -> bool:
    """Whether she may sign as the second person: who leads, and has not decided it herself."""
    return desk.leads and submission.state == State.TO_SIGN and proposed_by != desk.user


def may_take_back(desk: Desk, submission: Submission) -> bool:
    """Whether she may take back what waits for a signature."""
    return has_in_hand(desk, submission) and submission.state == State.TO_SIGN


def may_close(desk: Desk, submission: Submission) -> bool:
    return has_in_hand(desk, submission) and submission.may_become(State.CLOSED) and not open_delivery(submission)


def may_send_by_post(desk: Desk, submission: Submission) -> bool:
    """Whether she may send on paper what the person has not opened yet."""
    delivery = open_delivery(submission)
    return delivery is not None and delivery.is_sealed and has_in_hand(desk, submission)


def may_reopen(submission: Submission) -> bool:
    return submission.state == State.CLOSED
