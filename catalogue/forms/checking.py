"""What would make no sense in a form: refused when a library is read, with place and reason, before anybody sees it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent, Path
from catalogue.fees import FeeRule, FeeRuleLine, PayAt
from catalogue.forms.choices import SettingKind
from catalogue.forms.conditions import Condition
from catalogue.forms.days import Day
from catalogue.forms.definition import RESERVED, FormDefinition, Group, Page
from catalogue.forms.fields import CHOOSING, NUMBERS, TICKED, WORDS, Field, Kind, Suggested, Way
from catalogue.forms.formulas import Formula
from catalogue.forms.patterns import PATTERNS
from catalogue.forms.reachability import Solver
from catalogue.forms.texts import places_in
from catalogue.forms.walking import computed_for, named_settings, texts_of, walk

Problems = Iterator[InvalidContent]
DAYS = frozenset({Kind.DATE})
CLOCKS = frozenset({Kind.TIME})


def check_form(definition: FormDefinition) -> None:
    """Refuse a form that makes no sense. Raises InvalidContent with the first thing found."""
    for find in _FINDERS:
        for problem in find(definition):
            raise problem


# --- Fields, each by itself -------------------------------------------------------------------------------


def _fields(definition: FormDefinition) -> Problems:
    seen: set[str] = set()
    keys: set[Path] = set()
    for at, node in walk(definition):
        if isinstance(node, Page | Group):
            if (*at[:-1], node.key) in keys:
                yield _refused(_("Eine Seite „%(key)s“ gibt es schon.") % {"key": node.key}, *at, "key")
            keys.add((*at[:-1], node.key))
            if len(at) == 2 and node.key in RESERVED:
                reason = _("„%(key)s“ heißt eine Seite des Portals. Nehmen Sie ein anderes Wort.") % {"key": node.key}
                yield _refused(reason, *at, "key")
        if isinstance(node, Field):
            if node.id in seen:
                reason = _(
                    "Das Feld „%(id)s“ gibt es schon. Steht ein Block zweimal im Formular, "
                    "braucht einer einen Vorsatz (prefix)."
                )
                yield _refused(reason % {"id": node.id}, *at, "id")
            seen.add(node.id)
            yield from _field(node, at)


def _field(one: Field, at: Path) -> Problems:
    if (
        not one.id.replace("_", "").isalnum()
        or not one.id.isascii()
        or not one.id[0].isalpha()
        or one.id != one.id.lower()
    ):
        yield _refused(_("„%(id)s“ geht nicht: nur a bis z, Ziffern und Unterstriche.") % {"id": one.id}, *at, "id")
    if one.kind == Kind.DECLARATION and not one.label:
        yield _refused(_("Eine Erklärung braucht einen Text (label): Was wird bestätigt?"), *at)
    elif one.kind == Kind.INFO and not (one.text or one.links):
        yield _refused(_("Ein Hinweis braucht einen Text (text)."), *at)
    elif one.asks and not one.label:
        yield _refused(_("Es fehlt die Beschriftung (label)."), *at)
    if one.pattern not in {"", *PATTERNS}:
        yield _refused(_("Ein Muster „%(pattern)s“ gibt es nicht.") % {"pattern": one.pattern}, *at, "pattern")
    if (one.kind in CHOOSING) is not bool(one.choices or one.town_list):
        reason = _("Eine Auswahl (choices, list) gehört zu radio, select, multi und counts und nur dorthin.")
        yield _refused(reason, *at)
    for name, kinds in _ONLY_FOR.items():
        if getattr(one, _ATTRIBUTES.get(name, name)) and one.kind not in kinds:
            reason = _("„%(name)s“ gibt es nur bei: %(kinds)s.") % {"name": name, "kinds": ", ".join(sorted(kinds))}
            yield _refused(reason, *at, name)
    values = [choice.value for choice in one.choices]
    for number, choice in enumerate(one.choices):
        if choice.year is not None:
            continue
        if not (choice.value and choice.label):
            yield _refused(_("Eine Auswahl braucht „value“ und „label“."), *at, "choices", number)
        elif choice.value in values[:number]:
            reason = _("Den Wert „%(value)s“ gibt es hier zweimal.") % {"value": choice.value}
            yield _refused(reason, *at, "choices", number)


_ONLY_FOR: dict[str, frozenset[Kind]] = {
    "min": NUMBERS | {Kind.TEXT, Kind.TEXTAREA, Kind.COUNTS, Kind.MULTI},
    "max": NUMBERS | {Kind.TEXT, Kind.TEXTAREA, Kind.TEL, Kind.COUNTS},
    "most": frozenset({Kind.TEXT, Kind.MULTI, Kind.FILE, Kind.COUNTS}),
    "past": DAYS,
    "months": DAYS,
    "zeros": DAYS,
    "from": DAYS | CLOCKS,
    "to": DAYS | CLOCKS,
    "pattern": frozenset({Kind.TEXT}),
    "formats": frozenset({Kind.TEXT}),
    "refers_to": frozenset({Kind.TEXT}),
    "searchable": frozenset({Kind.SELECT}),
    "later": frozenset({Kind.FILE}),
    "keeps_location": frozenset({Kind.FILE}),
    "suggestions": frozenset({Kind.TEXT}),
    "preselect": frozenset({Kind.RADIO, Kind.SELECT}),
    "for": frozenset({Kind.SLOT}),
    "persons": frozenset({Kind.SLOT}),
    "at": frozenset({Kind.SLOT}),
}
_ATTRIBUTES = {"from": "earliest", "to": "latest", "for": "matter", "at": "place"}


# --- What looks at what -----------------------------------------------------------------------------------


def _references(definition: FormDefinition) -> Problems:
    """Each condition, limit and text looks only at what was asked before it."""
    order = {one.id: number for number, one in enumerate(definition.all_fields())}
    solver = Solver(definition)
    known: set[str] = set()
    for number, step in enumerate(definition.steps):
        at: Path = ("steps", number)
        scope = _Scope(definition, order, frozenset(known))
        yield from scope.step(step, at)
        if isinstance(step, Group):
            own = {one.id for page in step.pages for one in page.fields}
            known |= {step.key} | {f"{step.key}/{name}" for name in own}
            for missing in sorted(set(step.names) - own):
                yield _no_field(missing, *at, "names")
        else:
            known |= {one.id for one in step.fields}
    whole = _Scope(definition, order, frozenset(known))
    for name in definition.applicant:
        if name not in known:
            yield _no_field(name, "applicant")
    for number, flag in enumerate(definition.flags):
        yield from whole.looks_at(flag.condition, ("flags", number, "if"))
    yield from _same_place(definition, whole)
    for number, estimate in enumerate(definition.estimates):
        yield from _rule(estimate.rule, ("estimates", number), whole, solver)
    if definition.fee:
        yield from _rule(definition.fee, ("fee",), whole, solver)


def _same_place(definition: FormDefinition, whole: "_Scope") -> Problems:
    found = definition.same_place
    if found is None:
        return
    place = definition.field(found.place)
    if place is None or place.kind != Kind.MAP_POINT:
        yield _refused(_("Hier gehört ein Feld der Art map_point hin."), "same_place", "place")
    for number, name in enumerate(found.same):
        if name not in whole.known:
            yield _no_field(name, "same_place", "same", number)
    for name, least in (("metres", found.metres), ("days", found.days)):
        if least < 1:
            yield _refused(_("Hier gehört eine Zahl ab 1 hin."), "same_place", name)
    if found.unless:
        yield from whole.looks_at(found.unless, ("same_place", "unless"))


class _Scope:
    """What can be looked at from one place of the form."""

    def __init__(self, definition: FormDefinition, order: dict[str, int], known: frozenset[str]) -> None:
        self.definition = definition
        self.order = order
        self.known = known

    def step(self, step: Page | Group, at: Path) -> Problems:
        if step.condition:
            yield from self.looks_at(step.condition, (*at, "if"))
        yield from self._texts(step, at)
        if isinstance(step, Page):
            yield from self.page(step, at)
            return
        inside: set[str] = set()
        for number, page in enumerate(step.pages):
            place = (*at, "pages", number)
            scope = _Scope(self.definition, self.order, self.known | inside)
            if page.condition:
                yield from scope.looks_at(page.condition, (*place, "if"))
            yield from scope._texts(page, place)
            yield from scope.page(page, place)
            inside |= {one.id for one in page.fields}

    def page(self, page: Page, at: Path) -> Problems:
        earlier = self.known
        here: set[str] = set()
        for number, one in enumerate(page.fields):
            place = (*at, "fields", number)
            scope = _Scope(self.definition, self.order, earlier | here)
            yield from scope.field(one, place)
            for position, choice in enumerate(one.choices):
                if choice.condition:
                    yield from self.looks_at(choice.condition, (*place, "choices", position, "if"))
            here.add(one.id)
        yield from self._slots(page, at)
        scope = _Scope(self.definition, self.order, earlier | here)
        for number, check in enumerate(page.checks):
            place = (*at, "checks", number)
            yield from scope.looks_at(check.condition, (*place, "if"))
            if check.field not in here:
                yield _no_field(check.field, *place, "field")
            yield from scope._texts(check, place)
        for name in ("ways", "document"):
            for below, node in walk(getattr(page, name)):
                yield from scope._texts(node, (*at, name, *below))

    def _slots(self, page: Page, at: Path) -> Problems:
        """An appointment has a page of its own; what it is about was said before."""
        for number, one in enumerate(page.fields):
            if one.kind != Kind.SLOT:
                continue
            place = (*at, "fields", number)
            if sum(other.asks for other in page.fields) > 1 or len(at) != 2:
                yield _refused(_("Ein Termin (slot) steht allein auf seiner Seite und in keiner Gruppe."), *place)
            if not one.matter:
                yield _refused(_("Ein Termin (slot) braucht sein Anliegen (for)."), *place)
            for name, other, kinds in (
                ("for", one.matter, CHOOSING - {Kind.MULTI, Kind.COUNTS}),
                ("persons", one.persons, {Kind.INT}),
                ("at", one.place, CHOOSING - {Kind.MULTI, Kind.COUNTS}),
            ):
                yield from self.knows(iter((other,) if other else ()), (*place, name))
                found = self.definition.field(other)
                if found and found.kind not in kinds:
                    reason = _("„%(name)s“ nennt ein Feld dieser Art: %(kinds)s.")
                    yield _refused(reason % {"name": name, "kinds": ", ".join(sorted(kinds))}, *place, name)

    def field(self, one: Field, at: Path) -> Problems:
        if one.condition:
            yield from self.looks_at(one.condition, (*at, "if"))
        for name, limit in (("from", one.earliest), ("to", one.latest), ("min", one.min), ("max", one.max)):
            if isinstance(limit, Day | Formula):
                yield from self.knows(limit.named_fields(), (*at, name))
            is_clock = isinstance(limit, str)
            if (is_clock and one.kind != Kind.TIME) or (isinstance(limit, Day) and one.kind != Kind.DATE):
                reason = _("Grenzen einer Uhrzeit sind Uhrzeiten, Grenzen eines Datums sind Tage.")
                yield _refused(reason, *at, name)
        for name, computed in one.computed.items():
            yield from self.knows(computed.expression.named_fields(), (*at, "with", name))
        for number, preselection in enumerate(one.preselect):
            place = (*at, "preselect", number)
            if preselection.condition:
                yield from self.looks_at(preselection.condition, (*place, "if"))
            if preselection.words_with:
                yield from self.knows(iter((preselection.words_with,)), (*place, "words_with"))
            if preselection.value and not one.town_list:
                yield from _offers(one, preselection.value, (*place, "value"))
        for node in (one, *one.links):
            yield from self._texts(node, at)

    def looks_at(self, condition: Condition, at: Path) -> Problems:
        """What is wrong with a condition at this place."""
        yield from self.knows(condition.named_fields(), at)
        for _group, part in condition.walk():
            if part.field:
                yield from _fits(part, self.definition, at)

    def knows(self, names: Iterator[str], at: Path) -> Problems:
        for name in names:
            last = name.rpartition("/")[2]
            if name not in self.known and last not in self.known:
                yield self._unknown(last, at)

    def _unknown(self, name: str, at: Path) -> InvalidContent:
        if name not in self.order and all(step.key != name for step in self.definition.steps):
            return _no_field(name, *at)
        circle = self._circle(name, at)
        if circle:
            return _refused(_("Diese Bedingung dreht sich im Kreis: %(way)s.") % {"way": " → ".join(circle)}, *at)
        reason = _("Das schaut auf „%(id)s“. Das wird hier nicht oder erst später gefragt.")
        return _refused(reason % {"id": name}, *at)

    def _circle(self, name: str, at: Path) -> list[str]:
        """The way from the field at this place over the field it looks at back to itself, if there is one."""
        here = self._field_at(at)
        if here is None:
            return []
        way = [here.id, name]
        seen = {name}
        while way[-1] != here.id:
            one = self.definition.field(way[-1])
            following = [other.rpartition("/")[2] for other in (one.dependencies() if one else ())]
            wanted = here.id if here.id in following else next((other for other in following if other not in seen), "")
            if not wanted:
                return []
            seen.add(wanted)
            way.append(wanted)
        return way

    def _field_at(self, at: Path) -> Field | None:
        node: Any = self.definition
        found = None
        for step in at:
            node = node[step] if isinstance(step, int) else getattr(node, _ATTRIBUTES.get(step, step), None)
            if isinstance(node, Field):
                found = node
            if node is None:
                break
        return found

    def _texts(self, node: Any, at: Path) -> Problems:
        for name, text in texts_of(node):
            for place in places_in(text):
                match place.name, place.about:
                    case ("town" | "full_town", "") | ("town", _):
                        continue
                    case "answer", about:
                        yield from self.knows(iter((about,)), (*at, name))
                    case unknown, "" if unknown in computed_for(node):
                        continue
                    case unknown, _:
                        reason = _("Den Platzhalter „%(name)s“ gibt es hier nicht.") % {"name": unknown}
                        yield _refused(reason, *at, name)


_NEEDS: dict[str, tuple[frozenset[Kind], Callable[[], str]]] = {
    "in": (CHOOSING | TICKED | {Kind.TEXT, Kind.INT}, lambda: _("eine Auswahl")),
    "marked": (CHOOSING, lambda: _("eine Auswahl")),
    "at_least": (NUMBERS | CHOOSING, lambda: _("eine Zahl")),
    "at_most": (NUMBERS | CHOOSING, lambda: _("eine Zahl")),
    "from": (DAYS | CLOCKS, lambda: _("ein Datum oder eine Uhrzeit")),
    "to": (DAYS | CLOCKS, lambda: _("ein Datum oder eine Uhrzeit")),
    "age_at_least": (DAYS, lambda: _("ein Datum")),
    "age_below": (DAYS, lambda: _("ein Datum")),
    "in_town": (WORDS, lambda: _("ein Text")),
    "known_in": (WORDS, lambda: _("ein Text")),
}


def _fits(part: Condition, definition: FormDefinition, at: Path) -> Problems:
    """Whether a test can be made with the answers that a field takes."""
    one = definition.field(part.field)
    if one is None:
        return
    kinds, what = _NEEDS.get(part.operation, (frozenset(Kind), lambda: ""))
    if one.kind not in kinds:
        reason = _("„%(test)s“ geht hier nicht: „%(id)s“ ist nicht %(what)s.")
        yield _refused(reason % {"test": part.operation, "id": one.id, "what": what()}, *at)
    elif part.operation in ("from", "to") and isinstance(part.operand, str) is not (one.kind == Kind.TIME):
        yield _refused(_("Eine Uhrzeit wird mit Uhrzeiten verglichen, ein Datum mit Tagen."), *at)
    elif part.operation == "in":
        for value in part.operand:
            yield from _offers(one, value, at)
    elif part.operation == "marked":
        yield from _is_marked(one, part.operand, definition, at)


def _offers(one: Field, value: Any, at: Path) -> Problems:
    if one.town_list:
        reason = _("Die Liste von „%(id)s“ gehört der Stadt: Fragen Sie nach einer Marke (marked).")
        yield _refused(reason % {"id": one.id}, *at)
    elif one.kind in CHOOSING and value not in {choice.value for choice in one.choices}:
        if not any(choice.year is not None for choice in one.choices):
            reason = _("„%(id)s“ hat keine Auswahl „%(value)s“.") % {"id": one.id, "value": value}
            yield _refused(reason, *at)
    elif one.kind in TICKED and not isinstance(value, bool):
        yield _refused(_("„%(id)s“ ist angekreuzt oder nicht: true oder false.") % {"id": one.id}, *at)


def _is_marked(one: Field, mark: str, definition: FormDefinition, at: Path) -> Problems:
    setting = definition.settings.get(one.town_list)
    known = set(setting.marks) if setting else {found for choice in one.choices for found in choice.marks}
    if mark not in known:
        reason = _("Keine Auswahl von „%(field)s“ ist mit „%(mark)s“ markiert.")
        yield _refused(reason % {"field": one.id, "mark": mark}, *at)


# --- Money ------------------------------------------------------------------------------------------------


def _rule(rule: FeeRule, at: Path, scope: _Scope, solver: Solver) -> Problems:
    for name, condition in (("decision_if", rule.decision_if), ("exempt_if", rule.exempt_if)):
        if condition:
            yield from scope.looks_at(condition, (*at, name))
    for number, reduction in enumerate(rule.reduce_if):
        yield from scope.looks_at(reduction.condition, (*at, "reduce_if", number, "if"))
    yield from scope._texts(rule, at)
    for number, line in enumerate(rule.lines):
        yield from _line(line, (*at, "lines", number), scope, solver)


def _line(line: FeeRuleLine, at: Path, scope: _Scope, solver: Solver) -> Problems:
    grouped = {name.split("/")[1] for name in scope.known if name.startswith(f"{line.for_each}/")}
    own = _Scope(scope.definition, scope.order, scope.known | grouped) if line.for_each else scope
    entered = scope.definition.field(line.for_each)
    is_group = any(isinstance(step, Group) and step.key == line.for_each for step in scope.definition.steps)
    if line.for_each and not is_group and (entered is None or entered.kind != Kind.COUNTS):
        yield _no_field(line.for_each, *at, "for_each")
    for condition in line.conditions:
        yield from own.looks_at(condition, at)
        if not solver.can_be((condition, True)):
            yield _refused(_("Dieser Posten kann nie anfallen: Seine Bedingung gilt nie."), *at)
    for formula in line.formulas:
        yield from own.knows(formula.named_fields(), at)
    for name, kinds in (("choice", CHOOSING), ("external", frozenset({Kind.MONEY})), ("same", frozenset(Kind))):
        named = getattr(line, name)
        if not named:
            continue
        yield from own.knows(iter((named,)), (*at, name))
        one = scope.definition.field(named)
        if one and one.kind not in kinds:
            yield _refused(_("„%(id)s“ passt hier nicht.") % {"id": named}, *at, name)
    if line.choice and not (line.priced_by or line.priced_by_town):
        reason = _("Keine Auswahl von „%(id)s“ nennt einen Betrag (amount).") % {"id": line.choice}
        yield _refused(reason, *at, "choice")
    yield from own._texts(line, at)


def _paid(definition: FormDefinition) -> Problems:
    if definition.fee and definition.fee.pay == PayAt.NEVER:
        yield _refused(_("Wann wird bezahlt (pay)? submission oder decision."), "fee", "pay")


# --- What the town says -----------------------------------------------------------------------------------

_SETTING_FOR = {
    "town_list": SettingKind.LIST,
    "formats": SettingKind.FORMATS,
    "later": SettingKind.SWITCH,
    "suggestions": SettingKind.LINES,
}


def _settings(definition: FormDefinition) -> Problems:
    for at, key in named_settings(definition):
        if key not in definition.settings:
            yield _refused(_("„%(key)s“ steht in keiner Datei unter settings/.") % {"key": key}, *at)
    for at, node in walk(definition):
        if isinstance(node, Field):
            for name, kind in _SETTING_FOR.items():
                key = getattr(node, name)
                if isinstance(key, str) and key and key not in set(Suggested):
                    yield from _is_of_kind(definition, key, {kind}, (*at, name))
        elif isinstance(node, Way) and node.town:
            yield from _is_of_kind(definition, node.town, {SettingKind.ADDRESS}, (*at, "town"))
        elif isinstance(node, Condition):
            for _group, part in node.walk():
                if part.operation == "town":
                    yield from _is_of_kind(definition, part.operand, {SettingKind.SWITCH}, at)
                elif part.operation == "known_in":
                    yield from _is_of_kind(definition, part.operand, {SettingKind.LIST}, at)
                else:
                    for key in part.own_settings():
                        yield from _is_of_kind(definition, key, {SettingKind.NUMBER}, at)
        elif isinstance(node, Formula | Day):
            for key in node.named_settings():
                yield from _is_of_kind(definition, key, {SettingKind.NUMBER}, at)
        for name, text in texts_of(node):
            for place in places_in(text):
                if place.name == "town" and place.about:
                    kinds = {SettingKind.TEXT, SettingKind.NUMBER}
                    yield from _is_of_kind(definition, place.about, kinds, (*at, name))


def _is_of_kind(definition: FormDefinition, key: str, kinds: set[SettingKind], at: Path) -> Problems:
    kind = definition.settings[key].kind
    if kind not in kinds:
        reason = _("„%(key)s“ ist %(kind)s. Hier wird %(wanted)s gebraucht.")
        yield _refused(reason % {"key": key, "kind": kind, "wanted": "/".join(sorted(kinds))}, *at)


# --- Ways through -----------------------------------------------------------------------------------------


def _ways(definition: FormDefinition) -> Problems:
    """Every page can be reached, and none is a dead end."""
    solver = Solver(definition)
    ended = ""
    if not definition.steps:
        yield _refused(_("Ein Formular braucht mindestens eine Seite."), "steps")
    for number, step in enumerate(definition.steps):
        at: Path = ("steps", number)
        if ended:
            reason = _("Diese Seite kann nie erreicht werden: „%(key)s“ beendet das Formular vorher immer.")
            yield _refused(reason % {"key": ended}, *at)
        yield from _reached(solver, step, None, at)
        if isinstance(step, Group):
            for position, page in enumerate(step.pages):
                place = (*at, "pages", position)
                yield from _reached(solver, page, step, place)
                if page.stop:
                    yield _refused(_("Eine Seite mit „stop“ kann nicht in einer Gruppe stehen."), *place, "stop")
            if step.pages and step.pages[0].condition:
                yield _refused(_("Die erste Seite einer Gruppe hat keine Bedingung."), *at, "pages", 0, "if")
        elif step.stop:
            if not step.related and all(way.town for way in step.ways):  # a town may have no address to name
                reason = _("Hier endet das Formular ohne einen Weg weiter. Nennen Sie „related“ oder „ways“.")
                yield _refused(reason, *at, "stop")
            ended = "" if step.condition else step.key
        if isinstance(step, Page) and step.document:
            keys = {one.key for one in definition.steps}
            for missing in (key for key in step.document.pages if key not in keys):
                reason = _("Eine Seite „%(key)s“ gibt es nicht.") % {"key": missing}
                yield _refused(reason, *at, "document", "pages")


def _reached(solver: Solver, step: Page | Group, inside: Group | None, at: Path) -> Problems:
    way = solver.on_the_way_to(step, inside)
    if not solver.can_be(*way):
        yield _refused(_("Diese Seite kann nie erreicht werden: Ihre Bedingung gilt nie."), *at, "if")
    elif isinstance(step, Page):
        for number, one in enumerate(step.fields):
            if one.condition and not solver.can_be(*way, (one.condition, True)):
                reason = _("Dieses Feld wird nie gefragt: Seine Bedingung gilt nie.")
                yield _refused(reason, *at, "fields", number, "if")


def _refused(reason: str, *at: str | int) -> InvalidContent:
    return InvalidContent(reason, at=at)


def _no_field(name: str, *at: str | int) -> InvalidContent:
    return _refused(_("Ein Feld „%(id)s“ gibt es hier nicht.") % {"id": name}, *at)


_FINDERS: tuple[Callable[[FormDefinition], Problems], ...] = (_fields, _settings, _references, _paid, _ways)
