"""Addresses of a form's pages, and which page comes next."""

from django.urls import reverse

from catalogue.forms.definition import Group, Page
from submissions.drafts import OpenDraft
from submissions.journey import Place
from submissions.links import secret_of
from submissions.models import Submission
from submissions.states import State

CHANGE = "?pruefen"  # added where somebody changes an answer and wants to go back to the review


def review_address(draft: OpenDraft) -> str:
    return reverse("submissions:review", args=[draft.service_key])


def address(service_key: str, step: Page | Group) -> str:
    return reverse("submissions:step", args=[service_key, step.key])


def entry_address(service_key: str, group: Group, number: int, page: Page) -> str:
    return reverse("submissions:entry", args=[service_key, group.key, number, page.key])


def place_address(service_key: str, place: Place) -> str:
    if place.group:
        return entry_address(service_key, place.group, place.number, place.page)
    return address(service_key, place.page)


def next_address(draft: OpenDraft, place: Place, *, is_change: bool) -> str:
    """After a page: the next one of the entry, the list, the next step.

    After a change: to the page that it has opened, else back to the review.
    """
    journey = draft.journey()
    if is_change and journey.first_open() is None:
        return review_address(draft)
    if place.group is None:
        return step_after(draft, place.page)
    entry = [one for one in journey.places_of(place.group) if one.entry_id == place.entry_id]
    here = next((one for one in entry if one.key == place.key), None)
    if is_change or here is None:
        following = next((one for one in entry if one.key not in journey.done), None)
    else:
        following = journey.next_in_entry(here)
    if following:
        return place_address(draft.service_key, following) + (CHANGE if is_change else "")
    return address(draft.service_key, place.group)


def step_after(draft: OpenDraft, step: Page | Group) -> str:
    following = draft.journey().next_step(step)
    if following:
        return address(draft.service_key, following)
    return review_address(draft)


def step_before(draft: OpenDraft, step: Page | Group) -> str:
    before = draft.journey().previous_step(step)
    return address(draft.service_key, before) if before else reverse("townhall:service", args=[draft.service_key])


def back_address(draft: OpenDraft, place: Place) -> str:
    if place.group is None:
        return step_before(draft, place.page)
    journey = draft.journey()
    is_saved = place.number <= len(journey.entries(place.group))
    before = journey.previous_in_entry(place) if is_saved else None
    if before:
        return place_address(draft.service_key, before)
    return address(draft.service_key, place.group) if journey.entries(place.group) else step_before(draft, place.group)


def missing_address(draft: OpenDraft, step: Page | Group) -> str:
    """Where something is still missing."""
    return unfinished_entry(draft, step) if isinstance(step, Group) else address(draft.service_key, step)


def unfinished_entry(draft: OpenDraft, group: Group) -> str:
    journey = draft.journey()
    for place in journey.places_of(group):
        if place.key not in journey.done:
            return place_address(draft.service_key, place)
    return address(draft.service_key, group)


def where_it_stopped(draft: OpenDraft) -> str:
    missing = draft.journey().first_open()
    return missing_address(draft, missing) if missing else review_address(draft)


def after_handing_in(submission: Submission) -> str:
    """Where a person goes with what she has handed in: to pay, or to the receipt."""
    if submission.state == State.AWAITING_PAYMENT:
        return reverse("billing:pay", args=[submission.number])
    if submission.citizen_id is None:
        return reverse("submissions:link_receipt", args=[secret_of(submission)])
    return reverse("submissions:receipt", args=[submission.number])
