"""What must be done before a town goes live, and how far it is: some of it the town shows, some the operator knows.

What belongs on the list: what the towns of North Rhine-Westphalia had to hand in for the Kommunalportal.NRW
(KDN, OZG-Datenbank-NRW, MIT licence; see NOTICE), without what no longer exists (giropay, paydirekt,
Servicekonto.NRW) and what Stadttor does itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Role, User
from operations.models import Contact, ContactTask, Tick, WaitingHost
from operations.queries import Administrator, administrators
from templates.components import german_date
from tenants.context import in_town
from tenants.models import Town
from townhall.models import Letters
from townhall.offering import ApplicationState, Obstacle, application_state
from townhall.shopfront import Shopfront, shopfront

Words = str | Promise
REVIEWED_EACH = timedelta(days=366)  # the accessibility statement (§ 10b Abs. 3 BGG NRW in the annex of 2018/1523)


@dataclass(frozen=True)
class Facts:
    """What is known of a town without asking anybody: settings only, no cases."""

    town: Town
    front: Shopfront
    today: date
    administrators: list[Administrator]
    case_workers: int
    has_letters: bool  # somebody has looked at what stands in them
    states: list[ApplicationState]  # of services that only wait for amounts or a payment account, or for nothing
    contacts: list[Contact]
    waiting_hosts: list[WaitingHost]


@dataclass(frozen=True)
class Answer:
    """Whether it is done, and what is missing or there."""

    is_done: bool
    text: str


@dataclass(frozen=True)
class Item:
    """One thing to do."""

    key: str
    title: Words
    help: Words
    look: Callable[[Facts], Answer] | None = None  # None: the operator ticks it
    is_necessary: bool = True  # before people use the portal
    page: str = ""  # name of the page where the town's administrators see to it

    @property
    def is_known(self) -> bool:
        """Whether the town shows it itself: nobody ticks it then."""
        return self.look is not None


@dataclass(frozen=True)
class Group:
    """What belongs together."""

    title: Words
    items: tuple[Item, ...]


# --- What the town shows --------------------------------------------------------------------------------------


def _base_data(facts: Facts) -> Answer:
    profile = facts.front.profile
    return _all_there(
        {
            _("Straße"): profile.street,
            _("Postleitzahl"): profile.postal_code,
            _("Ort"): profile.city,
            _("Telefon"): profile.phone,
            _("E-Mail-Adresse"): profile.email,
        }
    )


def _imprint(facts: Facts) -> Answer:
    return _all_there({_("Vertretung"): facts.front.profile.mayor})


def _privacy(facts: Facts) -> Answer:
    return _all_there({_("Kontakt der oder des Datenschutzbeauftragten"): facts.front.profile.data_protection_contact})


def _accessibility(facts: Facts) -> Answer:
    reviewed = facts.front.profile.accessibility_reviewed_on
    if reviewed is None:
        return Answer(False, _("Die Stadt hat sie noch nicht geprüft."))
    if reviewed + REVIEWED_EACH < facts.today:
        return Answer(
            False, _("Zuletzt geprüft am %(day)s. Das ist über ein Jahr her.") % {"day": german_date(reviewed)}
        )
    return Answer(True, _("Geprüft."))


def _crest(facts: Facts) -> Answer:
    there = bool(facts.front.profile.crest)
    return Answer(there, _("Das Wappen ist da.") if there else _("So lange steht dort ein gezeichneter Schild."))


def _hours(facts: Facts) -> Answer:
    main = facts.front.main_office
    without = [office.name for office in facts.front.offices if not office.week.is_known]
    if not without:
        return Answer(True, _("Alle Stellen haben Öffnungszeiten."))
    text = _("Noch ohne: %(offices)s.") % {"offices": ", ".join(without)}
    return Answer(main is not None and main.week.is_known, text)


def _administrator(facts: Facts) -> Answer:
    ready = [one.user.name for one in facts.administrators if one.is_ready]
    if ready:
        return Answer(True, ", ".join(ready))
    if facts.administrators:
        return Answer(False, _("Noch hat sich niemand angemeldet."))
    return Answer(False, _("Es ist noch niemand eingeladen."))


def _case_workers(facts: Facts) -> Answer:
    number = facts.case_workers
    if not number:
        return Answer(False, _("Noch niemand hat diese Aufgabe."))
    return Answer(True, ngettext("%(number)d Person.", "%(number)d Personen.", number) % {"number": number})


def _letters(facts: Facts) -> Answer:
    missing = _("Die Rechtsbehelfsbelehrung ist noch nicht geprüft.")
    return Answer(facts.has_letters, _("Geprüft.") if facts.has_letters else missing)


def _contacts(facts: Facts) -> Answer:
    covered = {task for contact in facts.contacts for task in contact.tasks}
    missing = [str(task.label) for task in ContactTask if task not in covered]
    if not missing:
        return Answer(True, _("Für jede Aufgabe ist jemand genannt."))
    return Answer(False, _("Noch niemand für: %(tasks)s.") % {"tasks": ", ".join(missing)})


def _services(facts: Facts) -> Answer:
    ready = sum(state.is_open for state in facts.states)
    text = _("%(ready)d von %(prepared)d vorbereiteten Anträgen kann man heute online stellen.")
    return Answer(ready > 0, text % {"ready": ready, "prepared": len(facts.states)})


def _fees(facts: Facts) -> Answer:
    missing = len({key for state in facts.states for key in state.missing_amounts})
    if not missing:
        return Answer(True, _("Alle Beträge sind da."))
    text = ngettext("Es fehlt ein Betrag.", "Es fehlen %(number)d Beträge.", missing)
    return Answer(False, text % {"number": missing})


def _payment(facts: Facts) -> Answer:
    methods = facts.front.profile.payment_methods
    without = _("Ohne Konto sind nur gebührenfreie Anträge online möglich.")
    return Answer(bool(methods), ", ".join(methods) or without)


def _hosts(facts: Facts) -> Answer:
    if facts.waiting_hosts:
        names = ", ".join(waiting.label for waiting in facts.waiting_hosts)
        return Answer(False, _("Der DNS-Eintrag fehlt noch für: %(hosts)s.") % {"hosts": names})
    return Answer(True, ", ".join(sorted(host.label for host in facts.town.hosts.all())))


def _all_there(details: Mapping[str, str]) -> Answer:
    missing = [name for name, value in details.items() if not value]
    if not missing:
        return Answer(True, _("Alle Angaben sind da."))
    return Answer(False, _("Es fehlt: %(details)s.") % {"details": ", ".join(missing)})


# --- The list -------------------------------------------------------------------------------------------------

GROUPS: tuple[Group, ...] = (
    Group(
        gettext_lazy("Vertrag und Menschen"),
        (
            Item(
                "avv",
                gettext_lazy("Vertrag zur Auftragsverarbeitung"),
                gettext_lazy(
                    "Beide Seiten haben ihn unterschrieben (Artikel 28 DSGVO). Vorher dürfen wir keine Daten annehmen."
                ),
            ),
            Item(
                "contacts",
                gettext_lazy("Ansprechpersonen"),
                gettext_lazy("Für jede Aufgabe ist jemand im Rathaus genannt."),
                _contacts,
            ),
            Item(
                "administrator",
                gettext_lazy("Verwaltung meldet sich an"),
                gettext_lazy("Mindestens eine Person hat Passwort und App eingerichtet."),
                _administrator,
                page="administration:staff",
            ),
            Item(
                "case_workers",
                gettext_lazy("Sachbearbeitung"),
                gettext_lazy("Jemand bearbeitet, was Menschen abschicken."),
                _case_workers,
                page="administration:staff",
            ),
            Item(
                "training",
                gettext_lazy("Einweisung"),
                gettext_lazy("Mindestens eine Person der Verwaltung kennt sich mit dem Portal aus."),
            ),
        ),
    ),
    Group(
        gettext_lazy("Inhalte"),
        (
            Item(
                "base_data",
                gettext_lazy("Anschrift und Kontakt"),
                gettext_lazy("Stehen auf jeder Seite."),
                _base_data,
                page="administration:looks",
            ),
            Item(
                "imprint",
                gettext_lazy("Impressum"),
                gettext_lazy("Nennt, wer die Stadt vertritt."),
                _imprint,
                page="administration:looks",
            ),
            Item(
                "privacy",
                gettext_lazy("Datenschutzerklärung"),
                gettext_lazy("Nennt, wen man in der Stadt zum Datenschutz fragen kann."),
                _privacy,
                page="administration:looks",
            ),
            Item(
                "accessibility",
                gettext_lazy("Erklärung zur Barrierefreiheit"),
                gettext_lazy("Die Stadt hat sie geprüft und ergänzt, was noch nicht barrierefrei ist."),
                _accessibility,
                page="administration:looks",
            ),
            Item(
                "crest",
                gettext_lazy("Wappen"),
                gettext_lazy("Steht oben auf jeder Seite."),
                _crest,
                is_necessary=False,
                page="administration:looks",
            ),
            Item(
                "hours",
                gettext_lazy("Öffnungszeiten"),
                gettext_lazy("Mindestens die Stelle auf der Startseite hat welche."),
                _hours,
                page="administration:offices",
            ),
            Item(
                "letters",
                gettext_lazy("Briefe"),
                gettext_lazy("Jemand hat geprüft, was unter jedem Bescheid steht."),
                _letters,
                is_necessary=False,
                page="administration:letters",
            ),
        ),
    ),
    Group(
        gettext_lazy("Leistungen und Geld"),
        (
            Item(
                "services",
                gettext_lazy("Leistungen"),
                gettext_lazy("Etwas lässt sich online erledigen."),
                _services,
                page="administration:services",
            ),
            Item(
                "fees",
                gettext_lazy("Gebühren"),
                gettext_lazy("Die Beträge der Stadt sind eingetragen."),
                _fees,
                page="administration:amounts",
            ),
            Item(
                "payment",
                gettext_lazy("Konto für Zahlungen"),
                gettext_lazy("Die Stadt hat ihr Konto beim Zahlungsanbieter verbunden."),
                _payment,
                page="payment_account:settings",
            ),
            Item(
                "payment_test",
                gettext_lazy("Zahlung geprüft"),
                gettext_lazy(
                    "Ein kleiner Betrag (1 Cent) ist vom Zahlungsanbieter auf dem Konto der Stadt angekommen, und die "
                    "Kasse hat ihn erkannt."
                ),
            ),
            Item(
                "treasury",
                gettext_lazy("Mit der Kasse abgestimmt"),
                gettext_lazy("Kassenzeichen, Buchungsstelle und Mahnverfahren sind besprochen."),
                is_necessary=False,
            ),
        ),
    ),
    Group(
        gettext_lazy("Technik"),
        (
            Item(
                "hosts",
                gettext_lazy("Adressen"),
                gettext_lazy("Die DNS-Einträge der eigenen Adressen sind da."),
                _hosts,
            ),
            Item(
                "mailboxes",
                gettext_lazy("Postfächer"),
                gettext_lazy("Eine Probe-Mail kam in den Postfächern der Stellen an, und jemand liest sie."),
            ),
        ),
    ),
    Group(
        gettext_lazy("Start"),
        (
            Item(
                "approval",
                gettext_lazy("Zustimmung der Stadt"),
                gettext_lazy("Die Stadt hat das Portal gesehen und dem Start zugestimmt."),
            ),
        ),
    ),
)
ITEMS: dict[str, Item] = {item.key: item for group in GROUPS for item in group.items}


# --- How far a town is ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """An item of a town's list."""

    item: Item
    answer: Answer
    tick: Tick | None  # who knows it, if the operator does

    @property
    def is_done(self) -> bool:
        return self.answer.is_done


@dataclass(frozen=True)
class Checklist:
    """How far a town is."""

    groups: list[tuple[Group, list[Entry]]]
    administrators: list[Administrator]
    ready: int  # services that people can apply for online
    prepared: int  # those, and those that only wait for amounts or a payment account
    shown: int  # all services that the town shows

    @property
    def entries(self) -> list[Entry]:
        return [entry for _group, entries in self.groups for entry in entries]

    @property
    def necessary(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.item.is_necessary]

    @property
    def missing(self) -> list[Entry]:
        """What is necessary and not done."""
        return [entry for entry in self.necessary if not entry.is_done]

    @property
    def done(self) -> int:
        """How many of the necessary ones are done."""
        return len(self.necessary) - len(self.missing)

    @property
    def is_ready(self) -> bool:
        return not self.missing


def checklist_of(town: Town, *, today: date) -> Checklist:
    """Reads settings of the town, no cases."""
    ticks = {tick.key: tick for tick in Tick.objects.filter(town=town).select_related("by")}
    facts = _facts(town, today)
    return _checklist(
        facts, [(group, [_entry(item, facts, ticks.get(item.key)) for item in group.items]) for group in GROUPS]
    )


def _entry(item: Item, facts: Facts, tick: Tick | None) -> Entry:
    if item.look:
        return Entry(item, item.look(facts), None)
    return Entry(item, Answer(tick is not None, tick.note if tick else str(item.help)), tick)


def own_checklist_of(town: Town, *, today: date) -> Checklist:
    """What the town at work sees to itself, as its administrators see it. Reads nothing that is the operator's."""
    facts = _facts_within(town, today)
    own = [(group, [item for item in group.items if item.page]) for group in GROUPS]
    return _checklist(facts, [(group, [_entry(item, facts, None) for item in items]) for group, items in own if items])


def left_to_the_operator() -> list[Item]:
    """What the operator ticks, together with the town."""
    return [item for item in ITEMS.values() if not item.page]


def _checklist(facts: Facts, groups: list[tuple[Group, list[Entry]]]) -> Checklist:
    return Checklist(
        groups=groups,
        administrators=facts.administrators,
        ready=sum(state.is_open for state in facts.states),
        prepared=len(facts.states),
        shown=len(facts.front.services),
    )


def _facts(town: Town, today: date) -> Facts:
    with in_town(town):
        facts = _facts_within(town, today)
    contacts, hosts = Contact.objects.filter(town=town), WaitingHost.objects.filter(town=town)
    return replace(facts, contacts=list(contacts), waiting_hosts=list(hosts))


def _facts_within(town: Town, today: date) -> Facts:
    """What the town itself knows; it is at work."""
    front = shopfront()
    states = [application_state(front, service, today) for service in front.services.values()]
    return Facts(
        town=town,
        front=front,
        today=today,
        administrators=administrators(),
        case_workers=User.objects.staff_as(Role.CASE_WORKER).count(),
        has_letters=Letters.objects.exists(),
        states=[state for state in states if _is_in_reach(state)],
        contacts=[],
        waiting_hosts=[],
    )


def _is_in_reach(state: ApplicationState) -> bool:
    return set(state.obstacles) <= {Obstacle.MISSING_AMOUNT, Obstacle.NO_PAYMENT}
