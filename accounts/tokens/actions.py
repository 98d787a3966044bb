"""Letting other systems of the town hall in, and out again."""

import hashlib
import re
import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditAction, Kind, Role, User
from accounts.tokens.models import ApiToken, Call, Scope, Usage

LONGEST_LIFE = timedelta(days=2 * 366)
CALLS_KEPT_FOR = timedelta(days=7)

_WRITTEN = re.compile(r"stadttor_([0-9]{1,9})_([A-Za-z0-9_-]{43})")
_NOBODYS = hashlib.sha256(secrets.token_bytes(32)).hexdigest()  # compared with where there is no such token


class KeyUsed(Exception):
    """The key of a step was used before, for something else; the message says so, in German."""


@transaction.atomic
def issue(
    *,
    name: str,
    contact: str,
    scopes: Sequence[Scope],
    units: Sequence[str],
    services: Sequence[str],
    expires_on: date,
    by: User,
    now: datetime,
) -> tuple[ApiToken, str]:
    """Let a system in. Returns its token as a row and as it is written, which nobody can read again.

    `units` and `services` are keys of the catalogue, none means all; `contact` is the mail address of who looks
    after the system.
    """
    system = User(
        kind=Kind.SYSTEM,
        login=f"system:{uuid.uuid4().hex}",
        email=contact,
        given_name=name,
        roles=[Role.CASE_WORKER.value] if Scope.WRITE in scopes else [],
        units=list(units),
        created_at=now,
    )
    system.set_unusable_password()
    system.save()
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        system=system,
        digest=_digest(secret),
        scopes=[str(scope) for scope in scopes],
        services=list(services),
        expires_on=expires_on,
        created_by=by,
        created_at=now,
    )
    text = f"{name}: {', '.join(token.scopes)}"
    audit.record(AuditAction.TOKEN_ISSUED, by=by, now=now, about=token, text=text[:500])
    return token, f"stadttor_{token.pk}_{secret}"


@transaction.atomic
def withdraw(*, token: ApiToken, by: User, now: datetime) -> None:
    """From now on it opens nothing. Twice does no more than once."""
    if ApiToken.objects.filter(pk=token.pk, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by):
        User.objects.filter(pk=token.system_id).update(is_active=False)
        audit.record(AuditAction.TOKEN_WITHDRAWN, by=by, now=now, about=token, text=token.system.name)


def opened_by(written: str, *, today: date) -> ApiToken | None:
    """The token that is written like that, if it is good today. Takes as long for a wrong secret as for a right one."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    pk, secret = found.groups()
    token = ApiToken.objects.select_related("system").filter(pk=int(pk)).first()
    is_right = constant_time_compare(_digest(secret), token.digest if token else _NOBODYS)
    return token if token and is_right and token.is_valid(today) else None


def note_use(*, token: ApiToken, today: date) -> None:
    """Remember the day: written once a day."""
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)


@transaction.atomic
def once(*, token: ApiToken, key: str, sent: str, act: Callable[[], dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Take a step that a system sent under a key of its own, once: the same again gets the same answer.

    `sent` is all that makes it this step. What `act` refuses is not remembered. Raises KeyUsed.
    """
    digest = hashlib.sha256(sent.encode(errors="surrogatepass")).hexdigest()
    # Whoever comes with the same key at the same time waits here until the first one is through.
    call, is_new = Call.objects.get_or_create(token=token, key=key, defaults={"digest": digest, "at": now})
    if call.digest != digest:
        raise KeyUsed(_("Dieser Idempotency-Key wurde schon für etwas anderes benutzt. Nehmen Sie einen neuen."))
    if is_new:
        call.answer = act()
        call.save(update_fields=["answer"])
    assert call.answer is not None  # it was saved together with the key
    return dict(call.answer)


def forget_old(*, now: datetime) -> int:
    """Forget steps after a week, and how often was asked after a day. Returns how many steps."""
    Usage.objects.filter(minute__lt=int((now - timedelta(days=1)).timestamp()) // 60).delete()
    return Call.objects.filter(at__lt=now - CALLS_KEPT_FOR).delete()[0]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
