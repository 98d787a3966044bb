"""Everybody there can be at a town's pages: each role alone, and all who have none."""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from accounts.models import Role, User
from operations import access as guests
from submissions.models import BulkItem, BulkRun, Submission
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.matrix.answers import Answer
from tests.matrix.world import OTHER_UNITS, OWN_UNITS, World, let_in
from tests.people import MONDAY, TownClient, make_citizen, make_staff

# Who works for some units only. The other roles see all of their town.
BY_UNIT = (Role.CASE_WORKER, Role.TEAM_LEAD)


@dataclass
class Person:
    """Somebody with a browser, and all that decides what she may."""

    name: str
    browser: TownClient
    roles: frozenset[Role] = frozenset()
    stops_at: Answer | None = None  # where the guard of the town hall sends her
    has_units: bool = True  # works for the units of which there is something in Lage
    is_far: bool = False  # at home in another town
    is_citizen: bool = False
    is_owner: bool = False  # Anna, whose applications they are
    only_reads: bool = False
    begun: BulkRun | None = None  # what she does with many cases


def cast_of(world: World) -> list[Person]:
    """All of them, signed in."""
    lage, detmold, outside = world.lage, world.detmold, Answer.SENDS_TO_SIGN_IN
    with in_town(lage):
        anna, oemer = User.objects.get(subject="anna"), make_citizen("oemer", "Ömer", "Şahin")
        people = [
            Person("nobody", TownClient(lage), stops_at=outside),
            Person("owner", TownClient(lage).sign_in(anna), stops_at=outside, is_citizen=True, is_owner=True),
            Person("other_citizen", TownClient(lage).sign_in(oemer), stops_at=outside, is_citizen=True),
            Person("locked_out", _locked_out(lage), stops_at=outside),
            Person("password_only", _with_password_only(lage), stops_at=Answer.SENDS_TO_CODE),
            Person("no_role", TownClient(lage).sign_in(make_staff("ohne", "Olaf", "Ohne"))),
            *(_with_role(lage, role, OWN_UNITS) for role in Role),
            *(_with_role(lage, role, OTHER_UNITS) for role in BY_UNIT),
            Person("guest", _guest(lage), frozenset(Role), only_reads=True),
        ]
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_staff("clara", "Clara", "Clausmeier", *Role))
        citizen = TownClient(detmold).sign_in(make_citizen("dieter", "Dieter", "Dorn"))
    return [
        *people,
        Person("other_town", clara, frozenset(Role), is_far=True),
        Person("other_towns_citizen", citizen, stops_at=outside, is_citizen=True, is_far=True),
        Person("other_towns_session", _with_the_cookies_of(clara, lage), stops_at=outside),
    ]


def _with_role(town: Town, role: Role, units: tuple[str, ...]) -> Person:
    has_units = units == OWN_UNITS
    name = role.value if has_units else f"{role.value}_of_other_units"
    user = make_staff(name, "Rita", "Rolle", role, units=units if role in BY_UNIT else ())
    run = None
    if has_units and role in BY_UNIT:
        run = BulkRun.objects.create(step="take", by=user, created_at=MONDAY)
        BulkItem.objects.create(run=run, submission=Submission.objects.order_by("number")[0])
    return Person(name, TownClient(town).sign_in(user), frozenset({role}), has_units=has_units, begun=run)


def _locked_out(town: Town) -> TownClient:
    """She was at work, when an administrator took her access away."""
    user = make_staff("fort", "Frieda", "Fort", *Role)
    browser = TownClient(town).sign_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    return browser


def _with_password_only(town: Town) -> TownClient:
    """Her app has not told her a code yet."""
    browser = TownClient(town)
    browser.force_login(make_staff("halb", "Hanna", "Halb", *Role), backend="accounts.staff.StaffBackend")
    return browser


def _guest(town: Town) -> TownClient:
    """Somebody of the operator whom the town lets in."""
    access, operator = let_in(town)
    with at_operator():
        link = guests.make_link(town=town, access=access, by=operator, now=MONDAY)
    browser = TownClient(town)
    browser.get(urlsplit(link).path)
    return browser


def _with_the_cookies_of(other: TownClient, town: Town) -> TownClient:
    browser = TownClient(town)
    browser.cookies = SimpleCookie(other.cookies.output(header=""))
    return browser
