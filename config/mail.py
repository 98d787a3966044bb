"""Counts mails on their way to the mail server."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from tenants.log_context import work_at_hand
from tenants.metrics import count_mails


class CountedMail(BaseEmailBackend):
    """Gives mails to the backend that EMAIL_URL names, and counts which of them it took."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self._transport = get_connection(settings.MAIL_TRANSPORT, fail_silently=fail_silently, **options)

    def open(self) -> bool | None:
        return self._transport.open()

    def close(self) -> None:
        self._transport.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Raises what the transport raises, unless it shall fail silently."""
        town, sent = work_at_hand().town, 0
        try:
            sent = self._transport.send_messages(email_messages) or 0
        finally:
            count_mails(town=town, outcome="sent", number=sent)
            count_mails(town=town, outcome="failed", number=len(email_messages) - sent)
        return sent
