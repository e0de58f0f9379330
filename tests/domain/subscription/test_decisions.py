import pytest

from domain import subscription
from domain.errors import Conflict, NotFound
from domain.subscription import (
    SubscriptionChanged,
    SubscriptionCreated,
    SubscriptionDead,
    SubscriptionEvent,
    SubscriptionPaused,
    SubscriptionResumed,
    Wanted,
)
from domain.subscription.state import Subscription
from tests.domain.given import at

CRM = Wanted(url="https://crm.example.org/calls")
OTHER = Wanted(url="https://crm.example.org/other", events=("call.completed",), campaigns=("spring",), role="auditor")
CREATED = SubscriptionCreated(subscription_id="crm", wanted=CRM)


def after(*events: SubscriptionEvent) -> Subscription:
    state = subscription.INITIAL
    for seconds, event in enumerate((CREATED, *events)):
        state = subscription.evolve(state, event, at(seconds))
    assert state is not None
    return state


def test_it_is_created_once_and_not_in_two_ways() -> None:
    assert subscription.create(None, "crm", CRM) == [CREATED]
    assert subscription.create(after(), "crm", CRM) == []
    with pytest.raises(Conflict):
        subscription.create(after(), "crm", OTHER)


def test_what_changes_nothing_is_no_event_and_a_new_secret_is_one() -> None:
    assert subscription.change(after(), CRM, has_new_secret=False) == []
    assert subscription.change(after(), CRM, has_new_secret=True) == [
        SubscriptionChanged(wanted=CRM, has_new_secret=True)
    ]
    assert after(*subscription.change(after(), OTHER, has_new_secret=False)).wanted == OTHER


def test_it_is_paused_and_resumed_each_once_and_the_first_cause_stays() -> None:
    paused = after(*subscription.pause(after(), "gone", "answered 410"))

    assert (paused.phase, paused.pause) == ("paused", subscription.SubscriptionPause("gone", at(1), "answered 410"))
    assert subscription.pause(paused, "operator") == []
    assert subscription.resume(paused) == [SubscriptionResumed()]
    assert after(SubscriptionPaused(cause="operator"), SubscriptionResumed()).phase == "running"
    assert subscription.resume(after()) == []


def test_an_ended_one_is_not_found_and_may_be_created_anew() -> None:
    ended = after(*subscription.end(after()))

    assert ended.phase == "ended"
    with pytest.raises(NotFound, match="no subscription crm"):
        subscription.existing(ended, "crm")
    with pytest.raises(NotFound):
        subscription.existing(None, "crm")
    assert subscription.create(ended, "crm", OTHER) == [SubscriptionCreated(subscription_id="crm", wanted=OTHER)]
    assert subscription.note_dead(ended, 1, 2, 3, None, None) == []


def test_what_was_given_up_is_counted() -> None:
    some = SubscriptionDead(deliveries=3, first_position=4, last_position=9, status=500, why="answered 500")

    assert subscription.note_dead(after(), 3, 4, 9, 500, "answered 500") == [some]
    assert after(some, some).dead == 6


def test_nothing_comes_of_events_before_it_was_created() -> None:
    assert subscription.evolve(None, SubscriptionResumed(), at(0)) is None
