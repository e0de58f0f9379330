"""How many calls are under way after each event of a ledger, counted one by one."""

from collections.abc import Sequence
from datetime import datetime

from domain import call, recipient
from domain.events import Recorded
from domain.recipient import RecipientState


def under_way(feed: Sequence[Recorded], campaign_id: str) -> list[tuple[datetime, int, int]]:
    """Each change of how many calls are under way: its minute, the greater of before and after, and after it."""
    people: dict[str, RecipientState] = {}
    calls: dict[str, call.CallHistory] = {}
    moves, before = [], 0
    for one in feed:
        if isinstance(one.event, recipient.RecipientEvent):
            person = people.get(one.stream, recipient.INITIAL)
            people[one.stream] = recipient.evolve(person, one.event, one.counts_from)
        elif isinstance(one.event, call.CallEvent):
            call_id = one.stream.partition(":")[2]
            calls[call_id] = call.evolve(calls.get(call_id, call.INITIAL), one.event, one.counts_from)
        else:
            continue
        attempts = [a for person in people.values() for a in person.attempts_in(campaign_id)]
        after = sum(a.holds_slot(calls.get(a.call_id or "", call.INITIAL).state) for a in attempts)
        if after != before:
            moves.append((one.counts_from.replace(second=0, microsecond=0), max(before, after), after))
        before = after
    return moves


def left_open(moves: Sequence[tuple[datetime, int, int]], minute: datetime) -> int:
    """How many were under way when a minute was over."""
    return next((after for at, _, after in reversed(moves) if at <= minute), 0)
