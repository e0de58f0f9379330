"""Erasing a person, and keeping them from being erased; each command reads, decides and appends in one commit."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from adapters.ledger.transaction import Transaction
from application.commands.command import Command
from domain import recipient
from domain.errors import Conflict
from domain.identity import KEYS_STREAM
from domain.ledger_life import KEYS_A_DESTRUCTION_MAX, DestroyedCause, KeysDestroyed
from domain.recipient import RecipientErasureRequested

RECORDED_MEANWHILE_MAX = 20_000


class ListedTooEarly(Conflict):
    """Something of a person was recorded after it was listed what belongs to them: it has to be listed anew."""


def erase_person(
    streams: Sequence[str],
    calls: int,
    keys: Mapping[str, str],
    of_streams: int,
    reason: str | None,
    *,
    listed_at: int,
    seen: Collection[str],
    by_two: tuple[str | None, Collection[str]] | None,
) -> Command[RecipientErasureRequested | None]:
    """Erase the person behind these streams, by destroying `keys`, of so many streams; what was recorded if a second person has to ask, too.

    `listed_at` is the position at which it was listed what is theirs, and `seen` all streams that were looked at. `by_two`, where it takes two people: who asks, None where that is not known, and the names of all other operators. Raises
    `Conflict` where a legal hold stands, `ListedTooEarly` where one of those streams went on, with a new attempt for one,
    and `NeedsSecondPerson`.
    """

    def decide(tx: Transaction) -> RecipientErasureRequested | None:
        changed = tx.streams_since(listed_at, RECORDED_MEANWHILE_MAX)
        if changed is None or not changed.isdisjoint(seen):
            raise ListedTooEarly("something is being recorded of this person just now; nothing was erased: try again")
        spelled = [tx.recipient(stream) for stream in streams]
        recipient.require_no_hold(spelled)
        if not keys and all(one.erasure.erased_at is not None for one in spelled):
            return None  # nothing came since
        if by_two is not None:
            asked = recipient.ask_second_person(spelled, *by_two, tx.now, reason)
            if asked is not None:
                tx.append(streams[0], [asked])
                return asked
        for stream in streams:
            tx.append(stream, [recipient.erased(calls, stream, streams, reason)])
        destroy_keys(tx, keys, "erasure", of_streams, reason)
        return None

    return decide


def destroy_keys(
    tx: Transaction, keys: Mapping[str, str], cause: DestroyedCause, of_streams: int, reason: str | None
) -> None:
    """List keys as destroyed, so many an event: once that is on disk, whoever has the store destroys them."""
    tx.read_destroyed_keys()
    left = iter(keys.items())
    while some := dict(islice(left, KEYS_A_DESTRUCTION_MAX)):
        event = KeysDestroyed(
            keys=tuple(some), cause=cause, kinds=Counter(some.values()), streams=of_streams, reason=reason
        )
        tx.append(KEYS_STREAM, [event])


def hold_person(streams: Sequence[str], reason: str | None) -> Command[bool]:
    """Let nobody erase the person behind these streams; whether that is new."""

    def decide(tx: Transaction) -> bool:
        events = {stream: recipient.hold(tx.recipient(stream), reason) for stream in streams}
        for stream, some in events.items():
            tx.append(stream, some)
        return any(events.values())

    return decide


def unhold_person(streams: Sequence[str], reason: str | None) -> Command[bool]:
    """Let them be erased again; whether that is new."""

    def decide(tx: Transaction) -> bool:
        events = {stream: recipient.unhold(tx.recipient(stream), reason) for stream in streams}
        for stream, some in events.items():
            tx.append(stream, some)
        return any(events.values())

    return decide
