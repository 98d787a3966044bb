from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalogue.current import NotReleased, released_catalogue
from catalogue.evaluation import QueriesRefused, evaluate, read_queries, recall


class Command(BaseCommand):
    help = "Measures the search with a file of queries and the services that answer them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="tab-separated: query, service keys with commas, kind")

    def handle(self, *, file: Path, **_options: Any) -> None:
        try:
            results = evaluate(released_catalogue(), read_queries(file))
        except NotReleased:
            raise CommandError(_("Es ist noch kein Katalog freigegeben: manage.py import_library")) from None
        except QueriesRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(_("%(count)s Suchen") % {"count": len(results)})
        for first in (1, 3, 5):
            share = f"{recall(results, among_first=first):.1%}".replace(".", ",")
            self.stdout.write(_("richtig unter den ersten %(first)s: %(share)s") % {"first": first, "share": share})
        for missed in (result for result in results if not result.place or result.place > 3):
            self.stdout.write(
                _("nicht gefunden: %(query)s (%(kind)s) – erwartet %(answers)s, gefunden %(hits)s")
                % {
                    "query": missed.query.text,
                    "kind": missed.query.kind,
                    "answers": ", ".join(sorted(missed.query.answers)),
                    "hits": ", ".join(missed.hits[:3]) or _("nichts"),
                }
            )
