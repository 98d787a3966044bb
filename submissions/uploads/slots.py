"""Where files may go, and whether there is room for one more."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from submissions.models import Draft, InformationRequest, Transfer, Upload
from submissions.sealing import BrowserKey
from submissions.uploads import limits
from submissions.uploads.intake import FileRefused
from submissions.uploads.states import Scan


@dataclass(frozen=True)
class Slot:
    """A field of a draft, the answer to a question, or the place of an infected file: one of the three."""

    place: str
    draft: Draft | None = None
    request: InformationRequest | None = None
    replaces: Upload | None = None
    key: BrowserKey | None = None  # of a draft without an account
    most: int = limits.MOST  # files in this place
    keeps_location: bool = False  # of photos

    @property
    def owner(self) -> dict[str, Any]:
        """Whose files and transfers they are, as columns."""
        return {"draft": self.draft, "request": self.request}

    @property
    def uploads(self) -> QuerySet[Upload]:
        """All files of the owner that can still change, also in other places."""
        if self.draft:
            return self.draft.uploads.all()
        if self.request:
            return self.request.uploads.filter(submission=None)
        return Upload.objects.filter(replaces=self.replaces)

    @property
    def transfers(self) -> QuerySet[Transfer]:
        return Transfer.objects.none() if self.replaces else Transfer.objects.filter(**self.owner)

    def lock(self) -> None:
        """Nobody else adds a file before the transaction ends. Raises FileRefused if it is too late."""
        if not list(self._still_open().select_for_update().values_list("pk")):
            raise FileRefused(
                _(
                    "Hier lässt sich nichts mehr hinzufügen. Vielleicht haben Sie in einem anderen Fenster schon etwas "
                    "abgeschickt. Bitte laden Sie die Seite neu."
                )
            )

    def _still_open(self) -> QuerySet[Any]:
        if self.draft:
            return Draft.objects.filter(pk=self.draft.pk)
        if self.request:
            return InformationRequest.objects.filter(pk=self.request.pk, answered_at=None)
        assert self.replaces is not None
        return Upload.objects.filter(pk=self.replaces.pk, scan=Scan.INFECTED)

    def refuse_if_full(self, size: int, name: str, *, besides: UUID | None = None) -> None:
        """Raises FileRefused if there is no room for `size` bytes more. The slot must be locked.

        `besides` is a transfer that becomes the file in question.
        """
        uploads, transfers = self.uploads.exclude(scan=Scan.INFECTED), self.transfers
        if besides:
            transfers = transfers.exclude(pk=besides)
        if uploads.filter(place=self.place).count() + transfers.filter(place=self.place).count() >= self.most:
            message = ngettext(
                "„%(name)s“ passt hier nicht mehr dazu: Möglich ist nur eine Datei. Entfernen Sie bitte zuerst die "
                "andere.",
                "„%(name)s“ passt hier nicht mehr dazu: Möglich sind höchstens %(most)d Dateien. Entfernen Sie bitte "
                "zuerst eine andere.",
                self.most,
            )
            raise FileRefused(message % {"name": name, "most": self.most})
        used = _sum(uploads, "size") + _sum(transfers, "length")
        if used + size > limits.LARGEST_TOGETHER:
            raise FileRefused(
                _(
                    "„%(name)s“ passt nicht mehr dazu: Alle Dateien zusammen dürfen höchstens %(limit)s MB haben. "
                    "Bitte entfernen Sie eine andere, oder wählen Sie eine kleinere Datei."
                )
                % {"name": name, "limit": limits.LARGEST_TOGETHER // limits.MB}
            )
        if self.key and not has_room_without_account(size):
            raise FileRefused(
                _("Zurzeit können wir Dateien nur von angemeldeten Personen annehmen. Bitte melden Sie sich an.")
            )


def has_room_without_account(size: int = 0) -> bool:
    """Whether `size` bytes more of people without an account fit into this town."""
    used = _sum(Upload.objects.filter(is_sealed=True), "size") + _sum(Transfer.objects.filter(is_sealed=True), "length")
    return used + size <= limits.SEALED_TOGETHER


def _sum(rows: Any, column: str) -> int:
    return int(rows.order_by().aggregate(sum=Sum(column, default=0))["sum"])
