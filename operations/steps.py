"""The steps that the operator takes with a town, in words: what each means for people and the town hall."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from operations.models import EventKind
from tenants.models import Town, TownState

Words = str | Promise


@dataclass(frozen=True)
class Step:
    """The way to a state. Sentences may hold `%(town)s`."""

    state: TownState
    kind: EventKind
    name: str  # of its URL
    path: str  # its place in the address
    button: Words
    question: Words
    means: tuple[Words, ...]  # what is different then
    done: Words


STEPS: dict[TownState, Step] = {
    step.state: step
    for step in (
        Step(
            TownState.LIVE,
            EventKind.RESUMED,
            "resume",
            "fortsetzen",
            _("Online stellen"),
            _("Soll die %(town)s online gehen?"),
            (
                _("Alle können das Portal der Stadt benutzen: Anträge stellen, bezahlen, sich anmelden."),
                _("Was vorher da war, ist noch da."),
            ),
            _("%(town)s ist online."),
        ),
        Step(
            TownState.SUSPENDED,
            EventKind.SUSPENDED,
            "suspend",
            "anhalten",
            _("Anhalten"),
            _("Soll die %(town)s angehalten werden?"),
            (
                _("Unter allen ihren Adressen steht dann, dass das Portal gerade nicht da ist."),
                _("Niemand kann Anträge stellen oder sich anmelden, auch nicht im Rathaus."),
                _("Nichts geht verloren: Entwürfe, Anträge und Konten bleiben, wie sie sind."),
                _("Zahlungen, die schon laufen, werden trotzdem gebucht."),
            ),
            _("%(town)s ist angehalten."),
        ),
        Step(
            TownState.LEAVING,
            EventKind.LEAVING,
            "begin_leaving",
            "verabschieden",
            _("Abschied beginnen"),
            _("Soll sich die %(town)s verabschieden?"),
            (
                _("Niemand kann mehr einen neuen Antrag stellen."),
                _("Auf jeder Seite steht, dass das Portal eingestellt wird."),
                _("Wer schon einen Antrag gestellt hat, kann ihn weiter verfolgen, Fragen beantworten und bezahlen."),
                _("Das Rathaus kann alles zu Ende bearbeiten."),
            ),
            _("%(town)s verabschiedet sich."),
        ),
        Step(
            TownState.LEFT,
            EventKind.LEFT,
            "end",
            "beenden",
            _("Beenden"),
            _("Soll das Portal der %(town)s beendet werden?"),
            (
                _("Unter allen ihren Adressen steht dann, dass es dieses Portal nicht mehr gibt."),
                _("Niemand kann sich mehr anmelden, auch nicht im Rathaus."),
                _("Die Daten sind noch da. Erst danach können Sie die Stadt löschen."),
            ),
            _("Das Portal der %(town)s ist beendet."),
        ),
    )
}


def next_steps(town: Town) -> list[Step]:
    """What can be done with the town now."""
    return [step for step in STEPS.values() if town.may_become(step.state)]
