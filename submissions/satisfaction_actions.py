from datetime import datetime

from django.db import transaction

from submissions.models import Submission
from townhall.figures import actions as figures


@transaction.atomic
def rate(*, submission: Submission, grade: int, remark: str, now: datetime) -> bool:
    """A citizen says how it went: a grade from 1 to 5, maybe with a sentence.

    With the submission is kept only that she has, so that it counts once. Returns False if she had before.
    """
    is_first = Submission.objects.filter(pk=submission.pk, is_rated=False).update(is_rated=True)
    if is_first:
        figures.rate(service_key=submission.service_key, grade=grade, remark=remark, now=now)
    return bool(is_first)
