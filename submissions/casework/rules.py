"""What a case worker may do with a case. The actions check the same again, under a lock."""

from accounts.models import User
from submissions.models import Submission
from submissions.states import State


def has_in_hand(user: User, submission: Submission) -> bool:
    """Whether it is hers to go on with."""
    return submission.is_open and submission.case_worker_id == user.pk


def may_take(user: User, submission: Submission) -> bool:
    """Whether she may begin with it, or take it from a colleague."""
    return submission.is_open and submission.case_worker_id != user.pk


def may_ask_back(user: User, submission: Submission) -> bool:
    return has_in_hand(user, submission) and submission.may_become(State.NEEDS_INFO)


def may_go_on_without_answer(user: User, submission: Submission) -> bool:
    return has_in_hand(user, submission) and submission.state == State.NEEDS_INFO


def may_decide(user: User, submission: Submission) -> bool:
    return has_in_hand(user, submission) and submission.may_become(State.DECIDED)


def may_close(user: User, submission: Submission) -> bool:
    return has_in_hand(user, submission) and submission.may_become(State.CLOSED)


def may_reopen(submission: Submission) -> bool:
    return submission.state == State.CLOSED
