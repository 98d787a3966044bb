"""The numbers that a town tells the operator. The wall lets nothing else through."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone

from accounts.models import Kind, User
from billing.models import Payment
from billing.states import COUNTING, PaymentState
from catalogue.models import FormVersion
from operations.figures import figures_for_the_operator
from submissions.handover.queries import count_failed
from submissions.models import Submission, Upload
from submissions.states import OPEN
from tenants.jobs import mail_jobs
from townhall.models import Offer, OfferState

LATELY = timedelta(days=30)
WEEK = timedelta(days=7)
Number = int | Decimal | datetime | dict[str, int] | None


def keep_summary(*, now: datetime) -> None:
    """Count what goes on in the town at work and write it where the operator sees it (TownSummary)."""
    with connection.cursor() as cursor:  # a named function: in `public` a town writes nothing by itself
        told = {**_numbers(now), "mail_jobs": mail_jobs()}  # the function counts what failed among the town's jobs
        cursor.execute("SELECT operations_keep_summary(%s)", [DjangoJSONEncoder().encode(told)])


def _numbers(now: datetime) -> dict[str, Number]:
    figures = figures_for_the_operator(today=timezone.localdate(now))
    return {"at": now, "online": _online(), **_submissions(now), **_payments(now), **_rest(), "figures": figures}


def _online() -> int:
    forms = FormVersion.objects.values_list("key", flat=True)
    return Offer.objects.filter(state=OfferState.ONLINE, service_key__in=sorted(set(forms))).count()


def _submissions(now: datetime) -> dict[str, Number]:
    return Submission.objects.aggregate(
        received=Count("received_at"),
        received_lately=Count("pk", filter=Q(received_at__gte=now - LATELY)),
        received_this_week=Count("pk", filter=Q(received_at__gte=now - WEEK)),
        open_cases=Count("pk", filter=Q(state__in=OPEN)),
    )


def _payments(now: datetime) -> dict[str, Number]:
    month = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    of_month = Q(state__in=COUNTING, is_surplus=False, paid_at__gte=month)
    return Payment.objects.aggregate(
        paid=Count("pk", filter=of_month),
        paid_sum=Sum("amount", filter=of_month, default=Decimal("0.00")),
        failed_payments=Count("pk", filter=Q(state=PaymentState.FAILED, created_at__gte=now - WEEK)),
    )


def _rest() -> dict[str, Number]:
    return {
        "failed_handovers": count_failed(),
        **Upload.objects.aggregate(stored_bytes=Sum("size", default=0)),
        **User.objects.filter(kind=Kind.STAFF).aggregate(staff_seen_at=Max("last_login")),
    }
