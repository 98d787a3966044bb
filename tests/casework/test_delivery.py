"""A decision reaches the person, online or by post, and counts as announced on a day that the law names."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Role, User
from submissions.casework import actions as casework
from submissions.casework import delivery as delivering
from submissions.casework.actions import Ruling
from submissions.casework.jobs import look_after_deliveries
from submissions.models import Delivery, Event, Submission
from submissions.states import Outcome, State, Way
from submissions.steps import SubmissionRefused
from tenants.context import current_town, in_town
from tenants.models import Town
from tests.conftest import Clock
from tests.desk import errors_of, make_clara_of_all_trades
from tests.factories import DOG_ANSWERS, make_submission
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_oemer, make_staff
from tests.printed import Pdf
from tests.threads import at_once
from townhall.letters import confirm_letters
from townhall.models import Letters

YES = Ruling(Outcome.GRANTED_WITH_CONDITIONS, "Sie dürfen ein Fest feiern.", obligations="Um 22 Uhr ist Schluss.")
NO = Ruling(Outcome.REJECTED, "Das geht leider nicht.", reasons="Der Platz ist belegt.")
DONE = Ruling(Outcome.RECORDED, "Ihr Hund ist angemeldet.")
REMEDIES = "Klage beim Verwaltungsgericht Minden, Königswall 8, 32423 Minden."
POST_LIST = "/rathaus/post/"
DAY = {"posted_on_day": "17", "posted_on_month": "11", "posted_on_year": "2026"}
TUESDAY = date(2026, 11, 17)


@pytest.fixture
def letters(bernd_himself: User) -> None:
    """Somebody has confirmed what stands in all letters."""
    confirm_letters(remedies=REMEDIES, closing="Freundliche Grüße", note="Rathaus", by=bernd_himself, now=MONDAY)


def decided(anna: User, by: User, ruling: Ruling, chosen: str = "", **values: Any) -> Submission:
    """A case that Bernd has decided on Monday; `chosen` is how Anna wants to have the answer."""
    answers = DOG_ANSWERS | ({"bekanntgabe": chosen} if chosen else {})
    case = make_submission(anna, answers=answers, **values)
    casework.take(submission=case, by=by, now=MONDAY)
    casework.decide(submission=case, ruling=ruling, by=by, now=MONDAY)
    return Submission.objects.get(pk=case.pk)


def way_of(case: Submission) -> tuple[str, date | None]:
    delivery = Delivery.objects.get(decision__submission=case)
    return delivery.way, delivery.delivered_on


def status_page(case: Submission) -> str:
    return f"/meine-antraege/{case.number}/"


# --- Which way ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ruling", "chosen", "email", "way", "is_there"),
    [
        (YES, "online", "anna@post.example", Way.ONLINE, False),
        (NO, "online", "anna@post.example", Way.ONLINE, False),
        (NO, "post", "anna@post.example", Way.POST, False),
        (NO, "", "anna@post.example", Way.POST, False),  # nobody has agreed to anything
        (NO, "online", "", Way.POST, False),  # nobody could tell her that it is there
        (DONE, "online", "anna@post.example", Way.ONLINE, True),
        (DONE, "", "", Way.ONLINE, True),
        (DONE, "post", "anna@post.example", Way.POST, False),
    ],
)
def test_it_goes_online_only_to_those_who_agreed_and_can_be_told(
    anna: User, bernd_himself: User, ruling: Ruling, chosen: str, email: str, way: Way, is_there: bool
) -> None:
    case = decided(anna, bernd_himself, ruling, chosen, email=email)

    assert way_of(case) == (way, date(2026, 11, 16) if is_there else None)


# --- Online -------------------------------------------------------------------------------------------------


@pytest.fixture
def sealed(anna: User, bernd_himself: User, letters: None) -> Submission:
    """Anna's application is rejected; the decision waits for her in the portal."""
    return decided(anna, bernd_himself, NO, "online")


@pytest.fixture
def her(lage: Town, anna: User) -> TownClient:
    """Anna, signed in."""
    return TownClient(lage).sign_in(anna)


def test_until_she_opens_it_she_reads_only_that_it_is_there(her: TownClient, sealed: Submission) -> None:
    page = text_of(her.get(status_page(sealed)))

    assert "Ihr Bescheid ist da" in page
    assert "bis 26. November 2026" in page
    assert "Das geht leider nicht" not in page
    assert "Abgelehnt" not in page
    assert her.get(f"{status_page(sealed)}entscheidung.pdf").status_code == 302


def test_opening_it_announces_it_the_day_after(her: TownClient, sealed: Submission, clock: Clock) -> None:
    clock(MONDAY + timedelta(days=1))
    page = text_of(her.post(f"{status_page(sealed)}bescheid/", follow=True))

    delivery = Delivery.objects.get()
    assert (delivery.retrieved_at, delivery.delivered_on) == (MONDAY + timedelta(days=1), date(2026, 11, 18))
    assert Submission.objects.get().state == State.DELIVERED
    assert delivering.contestable_until(delivery) == date(2026, 12, 18)
    for text in ("Abgelehnt", "Das geht leider nicht", "Der Platz ist belegt", REMEDIES):
        assert text in page
    assert Event.objects.filter(title="Bescheid geöffnet", by=sealed.citizen).count() == 1


def test_opening_it_again_changes_nothing(her: TownClient, sealed: Submission, clock: Clock) -> None:
    clock(MONDAY)
    her.post(f"{status_page(sealed)}bescheid/")
    clock(MONDAY + timedelta(days=3))
    her.post(f"{status_page(sealed)}bescheid/")

    assert Delivery.objects.get().retrieved_at == MONDAY


@pytest.mark.django_db(transaction=True)
def test_opening_it_in_three_windows_at_once_is_opening_it_once(lage: Town, sealed: Submission) -> None:
    assert sealed.citizen is not None
    windows = [TownClient(lage).sign_in(sealed.citizen) for _window in range(3)]

    answers = at_once(3, lambda: windows.pop().post(f"{status_page(sealed)}bescheid/").status_code)

    assert answers == [302, 302, 302]
    assert Event.objects.filter(title="Bescheid geöffnet").count() == 1


def test_somebody_elses_decision_is_not_there(lage: Town, her: TownClient, sealed: Submission, detmold: Town) -> None:
    stranger = TownClient(lage).sign_in(make_oemer())
    with in_town(detmold):
        elsewhere = TownClient(detmold).sign_in(make_oemer())

    for one in (stranger, elsewhere):
        assert one.post(f"{status_page(sealed)}bescheid/").status_code == 404
        assert one.get(f"{status_page(sealed)}entscheidung.pdf").status_code == 404
    assert Delivery.objects.get().retrieved_at is None


def test_looking_at_the_page_does_not_open_it(her: TownClient, sealed: Submission) -> None:
    assert her.get(f"{status_page(sealed)}bescheid/").status_code == 405
    assert Delivery.objects.get().retrieved_at is None


@pytest.mark.parametrize(("days", "way"), [(10, Way.ONLINE), (11, Way.POST)])
def test_what_is_not_opened_within_ten_days_goes_by_post(
    her: TownClient, sealed: Submission, clock: Clock, days: int, way: Way
) -> None:
    clock(MONDAY + timedelta(days=days))
    look_after_deliveries._task.func(town=current_town().schema_name)

    assert Delivery.objects.get().way == way
    if way == Way.POST:
        her.post(f"{status_page(sealed)}bescheid/")
        assert Delivery.objects.get().delivered_on is None  # opening it now announces nothing
        assert "Der Brief kommt mit der Post" in text_of(her.get(status_page(sealed)))


def test_a_case_worker_can_send_it_on_paper_instead(bernd: TownClient, sealed: Submission) -> None:
    page = text_of(bernd.post(f"/rathaus/vorgang/{sealed.number}/mit-der-post/", follow=True))

    assert "steht jetzt auf der Postliste" in page
    assert Delivery.objects.get().way == Way.POST


def test_nobody_else_sends_her_cases_on_paper(lage: Town, sealed: Submission) -> None:
    other = TownClient(lage).sign_in(make_staff("bea", "Bea", "Berg", Role.CASE_WORKER))

    answer = other.post(f"/rathaus/vorgang/{sealed.number}/mit-der-post/")

    assert answer.status_code == 422
    assert Delivery.objects.get().way == Way.ONLINE


# --- By post ------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(anna: User, bernd_himself: User, letters: None) -> Submission:
    """A letter waits for the post."""
    return decided(anna, bernd_himself, YES, "post")


def test_letters_that_were_posted_are_announced_four_days_later(
    bernd: TownClient, waiting: Submission, clock: Clock
) -> None:
    clock(MONDAY + timedelta(days=1))
    delivery = Delivery.objects.get()
    page = bernd.get(POST_LIST)
    answer = bernd.post(f"{POST_LIST}briefe/", {"letter": [delivery.pk], **DAY}, follow=True)

    delivery.refresh_from_db()
    assert f"{waiting.number}, Bewilligt mit Auflagen am 16. November 2026" in text_of(page)
    assert "Ein Brief ist zur Post gegeben." in text_of(answer)
    assert (delivery.posted_on, delivery.delivered_on) == (TUESDAY, date(2026, 11, 21))
    assert delivering.contestable_until(delivery) == date(2026, 12, 21)
    assert Submission.objects.get().state == State.DELIVERED
    assert "Es gibt nichts zu verschicken" in text_of(answer)


@pytest.mark.parametrize(("posted_on", "days"), [(date(2024, 12, 31), 3), (date(2025, 1, 1), 4)])
def test_the_law_that_holds_on_that_day_says_how_many_days(posted_on: date, days: int) -> None:
    assert delivering.days_by_post(posted_on) == days


def test_the_letters_are_printed_as_one_document(
    bernd: TownClient, anna: User, bernd_himself: User, waiting: Submission
) -> None:
    decided(anna, bernd_himself, NO)
    keys = list(Delivery.objects.values_list("pk", flat=True))

    answer = bernd.post(f"{POST_LIST}briefe/", {"letter": keys, "print": "1", **DAY})

    printed = Pdf(answer.content)
    first, second = printed.texts
    assert printed.is_for_everybody
    assert printed.title == "Briefe zum Versenden"
    for text in ("Anna Schröder", "32791 Lage", "Bescheid: Hund anmelden", YES.text, YES.obligations, REMEDIES):
        assert text in first
    assert "Freundliche Grüße Bernd Brinkmann Rathaus" in first
    assert ("Begründung" in second, "Der Platz ist belegt." in second, "Auflagen" in second) == (True, True, False)
    assert set(Delivery.objects.values_list("posted_on", flat=True)) == {None}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"letter": []}, "Kreuzen Sie an, welche Briefe Sie meinen."),
        ({"posted_on_day": "18"}, "Dieser Tag kommt erst noch."),
        ({"posted_on_day": "15"}, "Entschieden wurde erst am 16.11.2026."),
        ({"posted_on_day": "99"}, "Dieses Datum gibt es nicht."),
    ],
)
def test_what_cannot_have_been_is_refused(
    bernd: TownClient, waiting: Submission, clock: Clock, sent: dict[str, Any], said: str
) -> None:
    clock(MONDAY + timedelta(days=1))
    answer = bernd.post(f"{POST_LIST}briefe/", {"letter": [Delivery.objects.get().pk], **DAY, **sent})

    assert answer.status_code == 422
    assert any(said in error for error in errors_of(answer))
    assert Delivery.objects.get().posted_on is None


def test_a_letter_of_another_unit_is_neither_shown_nor_posted(lage: Town, waiting: Submission) -> None:
    other = TownClient(lage).sign_in(make_staff("bea", "Bea", "Berg", Role.CASE_WORKER, units=["standesamt"]))

    assert waiting.number not in text_of(other.get(POST_LIST))
    assert other.post(f"{POST_LIST}briefe/", {"letter": [Delivery.objects.get().pk], **DAY}).status_code == 422
    assert Delivery.objects.get().posted_on is None


def test_another_town_has_other_letters(detmold: Town, waiting: Submission) -> None:
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())

    assert waiting.number not in text_of(clara.get(POST_LIST))
    assert clara.get(f"/rathaus/vorgang/{waiting.number}/entscheidung.pdf").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_who_posts_the_same_letters_at_once_posts_them_once(
    lage: Town, bernd_himself: User, waiting: Submission
) -> None:
    desks = [TownClient(lage).sign_in(bernd_himself) for _desk in range(3)]
    sent = {"letter": [Delivery.objects.get().pk], **DAY}

    at_once(3, lambda: desks.pop().post(f"{POST_LIST}briefe/", sent).status_code)

    assert Delivery.objects.get().posted_on == TUESDAY
    assert Event.objects.filter(title="Brief zur Post gegeben").count() == 1


def test_where_an_address_is_protected_the_letter_is_printed_from_its_case(
    bernd: TownClient, waiting: Submission, bernd_himself: User, clock: Clock
) -> None:
    clock(MONDAY + timedelta(days=1))
    casework.protect(submission=waiting, is_protected=True, reason="Meldung", by=bernd_himself, now=MONDAY)
    delivery, address = Delivery.objects.get(), f"/rathaus/vorgang/{waiting.number}/"

    listed = bernd.get(POST_LIST)
    hidden = Pdf(bernd.get(f"{address}entscheidung.pdf").content).texts[0]
    bernd.post(f"{address}geschuetzte-angaben/", {"reason": "Brief drucken"})
    revealed = Pdf(bernd.get(f"{address}entscheidung.pdf").content).texts[0]
    together = bernd.post(f"{POST_LIST}briefe/", {"letter": [delivery.pk], **DAY}).status_code
    posted = text_of(bernd.post(f"{address}zur-post-gegeben/", DAY, follow=True))

    assert "Mit Auskunftssperre" in text_of(listed)
    assert ("Schröder" in hidden, "32791" in hidden.partition("Unser Zeichen")[0].partition("Anna")[2]) == (True, False)
    assert "32791" in revealed.partition("Anna")[2]
    assert together == 422
    assert "ist zur Post gegeben" in posted
    assert Delivery.objects.get().posted_on == TUESDAY


# --- Around it ----------------------------------------------------------------------------------------------


def test_a_case_is_closed_once_its_decision_has_reached_the_person(bernd_himself: User, waiting: Submission) -> None:
    with pytest.raises(SubmissionRefused, match="noch nicht erreicht"):
        casework.close(submission=waiting, by=bernd_himself, now=MONDAY)

    casework.hand_to_post(submission=waiting, posted_on=MONDAY.date(), by=bernd_himself, now=MONDAY)
    casework.close(submission=waiting, by=bernd_himself, now=MONDAY)

    assert Submission.objects.get().state == State.CLOSED


def test_what_has_no_legal_effect_can_be_closed_at_once(anna: User, bernd_himself: User) -> None:
    case = decided(anna, bernd_himself, DONE)

    casework.close(submission=case, by=bernd_himself, now=MONDAY)

    assert Submission.objects.get().state == State.CLOSED


def test_without_a_word_about_remedies_it_can_be_contested_for_a_year(
    bernd: TownClient, anna: User, bernd_himself: User
) -> None:
    case = decided(anna, bernd_himself, NO, "post")
    casework.hand_to_post(submission=case, posted_on=MONDAY.date(), by=bernd_himself, now=MONDAY)

    page = text_of(bernd.get(f"/rathaus/vorgang/{case.number}/"))

    assert "keine Rechtsbehelfsbelehrung" in page
    assert "anfechtbar bis 22. November 2027" in page  # the 20th is a Saturday


def test_a_letter_says_for_ever_what_it_said_when_it_was_written(
    bernd: TownClient, bernd_himself: User, waiting: Submission
) -> None:
    confirm_letters(remedies="Anders", closing="Tschüs", note="", by=bernd_himself, now=MONDAY)

    printed = Pdf(bernd.get(f"/rathaus/vorgang/{waiting.number}/entscheidung.pdf").content).texts[0]

    assert (REMEDIES in printed, "Freundliche Grüße" in printed, "Anders" in printed) == (True, True, False)


def test_the_navigation_says_how_many_letters_wait(bernd: TownClient, waiting: Submission) -> None:
    rooms = {room.title: room.count for room in bernd.get(POST_LIST).context["navigation"]}

    assert rooms["Post"] == 1


def test_a_case_that_is_taken_up_again_has_a_letter_of_its_own_each_time(
    anna: User, bernd_himself: User, clock: Clock
) -> None:
    case = decided(anna, bernd_himself, DONE)
    casework.close(submission=case, by=bernd_himself, now=MONDAY)
    later: datetime = MONDAY + timedelta(days=2)
    casework.reopen(submission=case, reason="Irrtum", by=bernd_himself, now=later)
    casework.decide(submission=case, ruling=NO, by=bernd_himself, now=later)

    assert Delivery.objects.count() == 2
    assert delivering.open_delivery(Submission.objects.get()) is not None
    assert Letters.objects.count() == 0
