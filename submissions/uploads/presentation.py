"""Files as pages show them."""

from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from submissions.models import Transfer, Upload
from submissions.uploads.states import Change, Scan
from templates.widgets import KeptFile

Address = Callable[[Upload], str]


def kept_files(
    uploads: Iterable[Upload], transfers: Iterable[Transfer], *, file: Address, picture: Address
) -> Iterator[KeptFile]:
    """Files that can still be removed, for the person who has uploaded them. `file` and `picture` give addresses."""
    for upload in uploads:
        yield KeptFile(
            key=upload.pk,
            name=upload.name,
            size=upload.size,
            url="" if upload.is_infected else file(upload),
            picture=picture(upload) if upload.preview and not upload.is_infected else "",
            remark=", ".join(_remarks(upload)),
            problem=infected_sentence(upload) if upload.is_infected else "",
            is_waiting=_is_waiting(upload),
        )
    for transfer in transfers:
        arrived = min(99, 100 * transfer.received // transfer.length)
        yield KeptFile(transfer.pk, transfer.name, transfer.length, arrived=arrived)


def infected_sentence(upload: Upload) -> str:
    return _(
        "In „%(name)s“ wurde ein Virus gefunden. Wir haben die Datei gesperrt. Bitte entfernen Sie sie und fügen Sie "
        "eine andere hinzu, am besten von einem anderen Gerät."
    ) % {"name": upload.name}


def _remarks(upload: Upload) -> Iterator[str]:
    for change in upload.changes:
        yield str(Change(change).label)
    if _is_waiting(upload):
        yield _("wird auf Viren geprüft")


def _is_waiting(upload: Upload) -> bool:
    """Whether the scanner is about to look at it. What is sealed nobody can look at yet."""
    return upload.scan == Scan.UNSCANNED and not upload.is_sealed and bool(settings.CLAMAV_URL)
