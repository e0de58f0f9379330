"""Which of the user's own systems take nothing, or are told nothing: what an alert tells of."""

import sqlite3
from collections.abc import Iterator

from application.actor import Actor
from application.installation import Installation
from application.queries.subscriptions import SubscriptionShown, subscriptions_page
from application.subscriber_trouble import SubscriberTrouble
from domain.counted import counted
from domain.errors import NotReady

ANYBODY = Actor("attention", "viewer")
BY_PEOPLE = "operator"


def troubles_of_subscribers(parts: Installation) -> list[SubscriberTrouble]:
    """Those that were paused by nobody, and those that deliveries were given up for. Raises `NotReady`.

    One that fails and is tried again is none yet.
    """
    if parts.subscriptions is None:
        return []
    try:
        found = subscriptions_page(parts, ANYBODY).items
    except (OSError, sqlite3.Error) as error:
        raise NotReady(f"the outbox could not be read: {error}") from None
    return [trouble for one in found for trouble in _troubles(one)]


def _troubles(one: SubscriptionShown) -> Iterator[SubscriberTrouble]:
    """At most one: what keeps it from being told anything, before what was given up."""
    failing = one.failing
    if one.pause is not None and one.pause.cause != BY_PEOPLE:
        yield SubscriberTrouble(
            subscription_id=one.id,
            since=one.pause.at,
            says=f"subscription {one.id} is paused: {one.pause.reason or one.pause.cause}",
            what_to_do=f"mend it, then: dialtrail subscriptions resume {one.id}",
        )
    elif one.dead:
        given_up = f"{counted(one.dead, 'delivery', 'deliveries')} to subscription {one.id} given up after three days"
        yield SubscriberTrouble(
            subscription_id=one.id,
            since=None if failing is None else failing.since,
            says=given_up if failing is None else f"{given_up}, and it takes nothing: {failing.last}",
            what_to_do=f"mend it, then: dialtrail subscriptions resend {one.id} --all",
        )
