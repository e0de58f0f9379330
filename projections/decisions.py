"""The verdicts that calls were placed by, beside those that the ledger gives for the moment just before each."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.dialing import Verdict
from domain.events import Recorded
from domain.probe import as_if_resumed
from domain.recipient import AttemptStarted
from projections.changes import ReadStreams
from projections.judged import RecipientStreams

ReadFeed = Callable[[int, int], Sequence[Recorded]]


class DecisionDifference(Struct, frozen=True, kw_only=True):
    """One part of one attempt's verdict that comes out otherwise."""

    position: Annotated[int, Meta(ge=0)]
    attempt_id: str
    campaign_id: str
    field: str
    stored: Any
    recomputed: Any


class DecisionsCompared(Struct, frozen=True, kw_only=True):
    """What came of one step over the ledger: how many verdicts it met, and the position to go on from, None at the end."""

    verdicts: int
    differences: list[DecisionDifference]
    following: int | None


def compare_decisions(
    read_feed: ReadFeed,
    read_streams: ReadStreams,
    fingerprint: str | None,
    after: int,
    events_max: int,
    end: int,
    campaign_id: str | None = None,
) -> DecisionsCompared:
    """Recompute the verdict of each attempt among the next `events_max` events after a position, up to `end`.

    With a `campaign_id`, of that campaign's attempts only.

    It is judged by the ledger as it was just before the attempt, at the instant that the stored verdict names. Which
    numbers DIALTRAIL_ONLY_NUMBERS had then, the ledger does not say: that rule is left out.
    """
    batch = [recorded for recorded in read_feed(after, events_max) if recorded.position <= end]
    last = batch[-1].position if batch else end
    begun = list(_begun(batch, campaign_id))
    streams = RecipientStreams(
        read_streams, [(event.campaign_id, one.stream) for one, event in begun], fingerprint, last
    )
    differences = [
        DecisionDifference(
            position=recorded.position,
            attempt_id=event.attempt_id,
            campaign_id=event.campaign_id,
            field=field,
            stored=stored,
            recomputed=recomputed,
        )
        for recorded, event in begun
        for field, stored, recomputed in _differences(streams, recorded, event)
    ]
    return DecisionsCompared(
        verdicts=len(begun), differences=differences, following=last if last < end and batch else None
    )


def _begun(batch: Sequence[Recorded], campaign_id: str | None) -> Iterator[tuple[Recorded, AttemptStarted]]:
    for recorded in batch:
        event = recorded.event
        if isinstance(event, AttemptStarted) and campaign_id in {None, event.campaign_id}:
            yield recorded, event


def _differences(streams: RecipientStreams, recorded: Recorded, event: AttemptStarted) -> list[tuple[str, Any, Any]]:
    try:
        stored = msgspec.json.decode(event.verdict, type=Verdict)
    except msgspec.DecodeError:
        return [("verdict", "unreadable", None)]
    known = streams.known(event.campaign_id, recorded.stream, recorded.position - 1)
    if known is None:
        return [("campaign", event.campaign_id, None)]
    if event.probe:
        campaign, account = as_if_resumed(known.campaign, known.account)
        known = replace(known, campaign=campaign, account=account)
    recomputed = known.verdict(stored.judged_at, None)
    pairs = [
        ("may_dial", stored.may_dial, recomputed.may_dial),
        ("attempts_counted", stored.attempts_counted, recomputed.attempts_counted),
        ("attempts_max", stored.attempts_max, recomputed.attempts_max),
        ("reasons", [one.rule for one in stored.reasons], [one.rule for one in recomputed.reasons]),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]
