"""Alerts as deliveries: what they say is in no event, so that a letter holds it until it was delivered."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from adapters.ledger import Ledger
from adapters.outbox import Outbox
from adapters.outbox_rows import Letter
from application.subscriptions.composing import WriteBody
from application.subscriptions.parts import GivenUp, PutLetters
from application.subscriptions.reading import all_subscriptions
from domain.alerting import AlertChange
from domain.instants import time_text
from domain.subscription import ALERT_OVER, ALERT_RAISED, Wanted

WAITING_MAX = 1_000
"""So many alerts wait for a subscription that is paused; what is older is given up, and can be sent again."""
GIVEN_UP = f"it was paused, and {WAITING_MAX:,} newer alerts wait for it"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def alert_letter(change: AlertChange, wanted: Wanted, write: WriteBody, position: int, nth: int) -> Letter | None:
    """What a subscription is told of an alert, the `nth` of those at this moment; None where it does not ask for it.

    All about one alert is in one lane. An alert that is of no campaign concerns each of them.
    """
    kind = ALERT_RAISED if change.kind == "raised" else ALERT_OVER
    condition = change.alert.condition
    is_of_others = wanted.campaigns is not None and condition.campaign_id not in {None, *wanted.campaigns}
    if kind not in wanted.events or is_of_others:
        return None
    at = change.alert.over_at or change.alert.raised_at or change.alert.seen_at
    lane = f"alert:{condition.key}"
    return Letter(
        position=position,
        nth=(at - EPOCH) // MICROSECOND + nth,  # no event has so many deliveries
        lane=lane,
        kind=kind,
        stream=lane,
        campaign_id=condition.campaign_id,
        event_id=_event_id(change),
        body=write(kind, at, change.alert, lane, wanted.role),
    )


def put_alerts(
    ledger: Ledger, outbox: Outbox, write: WriteBody, changes: Sequence[AlertChange], now: datetime
) -> list[PutLetters]:
    """Have in the outbox what is to be told of these, and give up what waits for too long; in a thread."""
    position, found = ledger.position, []
    for name, state in all_subscriptions(ledger).items():
        if state.ended:
            continue
        made = [alert_letter(change, state.wanted, write, position, n) for n, change in enumerate(changes)]
        letters = [letter for letter in made if letter is not None]
        if letters:
            outbox.put_letters(name, letters)
            is_served = state.phase == "running"
            found.append(PutLetters(name, letters, GivenUp() if is_served else give_up_oldest(outbox, name, now)))
    return found


def give_up_oldest(outbox: Outbox, subscription_id: str, now: datetime) -> GivenUp:
    """Of a subscription that nobody serves, keep the newest `WAITING_MAX` alerts waiting; what was given up."""
    waiting = [letter for letter in outbox.waiting(subscription_id) if letter.body is not None]
    oldest, given_up = waiting[:-WAITING_MAX], GivenUp()
    for letter in oldest:
        letter.first_at, letter.dead_at, letter.why = letter.first_at or now, now, GIVEN_UP
        given_up.add(letter)
    if oldest:
        outbox.put_letters(subscription_id, oldest)
        outbox.prune(subscription_id)
    return given_up


def _event_id(change: AlertChange) -> str:
    """The same whenever this is told, also where it is raised a second time because the first one was not remembered."""
    named = "\n".join((change.kind, change.alert.condition.key, time_text(change.alert.seen_at)))
    return f"alert-{hashlib.sha256(named.encode()).hexdigest()[:32]}"
