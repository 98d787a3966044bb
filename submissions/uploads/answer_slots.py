"""The files of an answer to the town hall, and the place of a file in which a virus was found."""

from uuid import UUID

from submissions.links import case_path
from submissions.models import InformationRequest, Submission, Upload
from submissions.uploads.presentation import kept_files
from submissions.uploads.slots import Slot
from submissions.uploads.states import Scan
from templates.widgets import AtOnce, KeptFile


def slot_of_answer(asked: InformationRequest) -> Slot:
    return Slot(f"antwort/{asked.pk}", request=asked)


def to_be_replaced(submission: Submission) -> list[Upload]:
    """The files that were handed in with a virus, for which no other one has come yet."""
    return list(
        submission.uploads.filter(scan=Scan.INFECTED).exclude(replaced_by__scan__in=[Scan.UNSCANNED, Scan.CLEAN])
    )


def kept_in_answer(asked: InformationRequest) -> list[KeptFile]:
    slot = slot_of_answer(asked)
    return list(
        kept_files(
            slot.uploads,
            slot.transfers,
            file=lambda upload: case_path(asked.submission, "upload", upload.pk),
            picture=lambda upload: case_path(asked.submission, "preview", upload.pk),
        )
    )


def at_once(asked: InformationRequest) -> AtOnce:
    """How a script sends files for an answer."""
    send_to = case_path(asked.submission, "answer_files")
    return AtOnce(send_to, send_to, {})


def transfer_address(asked: InformationRequest, number: UUID) -> str:
    return case_path(asked.submission, "answer_file", number)
