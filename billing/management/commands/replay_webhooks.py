"""Hear again what payment providers have told."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from billing import jobs
from billing.webhooks.models import WebhookEvent
from tenants.context import at_operator


class Command(BaseCommand):
    """Queues stored events once more; what they say is asked for again, and booked once."""

    help = "Verarbeitet gespeicherte Meldungen von Zahlungsanbietern noch einmal. Es schadet nie."

    def add_arguments(self, parser: ArgumentParser) -> None:
        chosen = parser.add_mutually_exclusive_group(required=True)
        chosen.add_argument("--event", help="nur diese, etwa evt_1abc")
        chosen.add_argument("--since", type=datetime.fromisoformat, help="alle seit diesem Tag, etwa 2026-11-27")
        chosen.add_argument("--unprocessed", action="store_true", help="alle, die noch nicht verarbeitet sind")

    def handle(self, *_args: Any, **options: Any) -> None:
        with at_operator(), transaction.atomic():
            events = WebhookEvent.objects.order_by("pk")
            if options["event"]:
                events = events.filter(event_id=options["event"])
                if not events:
                    raise CommandError(f"Eine Meldung {options['event']} gibt es nicht.")
            elif options["since"]:
                since = options["since"]
                events = events.filter(received_at__gte=since if since.tzinfo else timezone.make_aware(since))
            else:
                events = events.filter(processed_at=None)
            for event in events.only("pk"):
                jobs.process_event.queue(event=event.pk)
            self.stdout.write(f"{events.count()} Meldungen werden noch einmal verarbeitet.")
