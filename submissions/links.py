"""The address under which somebody without an account finds what she has handed in: whoever has it may look.

It holds a signature of ours, is kept nowhere, and is another one in each town. Logs name routes, never addresses.
"""

from uuid import UUID

from django.core import signing
from django.urls import reverse

from submissions.models import Submission
from tenants.context import current_town


def secret_of(submission: Submission) -> str:
    """What stands in the address of a submission that belongs to no account."""
    return _signer().sign(submission.pk.hex)


def opened_by(secret: str) -> UUID | None:
    """The key of the submission that a secret opens here, if it is one of ours."""
    try:
        return UUID(_signer().unsign(secret))
    except (signing.BadSignature, ValueError):
        return None


def status_path(submission: Submission) -> str:
    """Where its person sees how it stands."""
    return case_path(submission, "status")


def case_path(submission: Submission, page: str, *more: object) -> str:
    """One of the pages about it for its person: under her account, or under the address that only she has."""
    if submission.citizen_id is None:
        return reverse(f"submissions:link_{page}", args=[secret_of(submission), *more])
    return reverse(f"submissions:{page}", args=[submission.number, *more])


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=f"submissions.links.{current_town().schema_name}")
