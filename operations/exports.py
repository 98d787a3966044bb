"""The bundles that are made at the desk: where they lie, and for how long.

The folder is nobody's but ours: no address leads there, only the desk opens its files. Web server and worker share it.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from operations.models import EXPORTS_KEPT, ExportState, TownExport
from operations.moving.export import export_town, unfinished_of
from tenants.context import at_operator

logger = logging.getLogger(__name__)

STRAY_AFTER = timedelta(days=1)  # files that nobody knows


def folder() -> Path:
    """Where bundles lie. No town's files can be there: schemas begin with a letter."""
    found = Path(settings.EXPORTS_ROOT or Path(settings.MEDIA_ROOT) / "_exports")
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def path_of(export: TownExport) -> Path:
    """Where a bundle lies, or will."""
    return folder() / export.file


def bytes_so_far(export: TownExport) -> int:
    """How much of it is written."""
    try:
        return unfinished_of(path_of(export)).stat().st_size
    except FileNotFoundError:
        return 0


def make(*, pk: int) -> None:
    """Pack a bundle that was asked for. What fails is told at the desk and raised: the worker tries again."""
    with at_operator():
        export = TownExport.objects.select_related("town").get(pk=pk)
        if export.town is None or not (export.is_under_way or export.state == ExportState.FAILED):
            return
        TownExport.objects.filter(pk=pk).update(state=ExportState.RUNNING, begun_at=timezone.now())
    path = path_of(export)
    for left_over in (path, unfinished_of(path)):  # of an attempt whose worker died
        left_over.unlink(missing_ok=True)
    try:
        digest = export_town(town=export.town, path=path, now=timezone.now())
    except Exception:
        with at_operator():
            TownExport.objects.filter(pk=pk).update(state=ExportState.FAILED)
        raise
    with at_operator():
        TownExport.objects.filter(pk=pk).update(
            state=ExportState.READY, done_at=timezone.now(), bytes=path.stat().st_size, digest=digest
        )


def remove_file(export: TownExport) -> None:
    """Remove a bundle. Does no harm twice."""
    path_of(export).unlink(missing_ok=True)
    TownExport.objects.filter(pk=export.pk).update(state=ExportState.GONE)


def remove_old(*, now: datetime) -> None:
    """Remove bundles that were kept long enough, and files that nobody knows."""
    for export in TownExport.objects.filter(state=ExportState.READY, done_at__lte=now - EXPORTS_KEPT):
        remove_file(export)
        logger.info("bundle %s removed", export.pk)
    known = set(TownExport.objects.exclude(state=ExportState.GONE).values_list("file", flat=True))
    for file in folder().iterdir():
        is_old = file.stat().st_mtime < (now - STRAY_AFTER).timestamp()
        if is_old and file.name.removesuffix(".part") not in known:
            file.unlink(missing_ok=True)
