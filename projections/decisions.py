"""The verdicts that calls were placed by, beside those that the ledger gives for the moment just before each."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.caller_pool import CallerChoice
from domain.dialing import RULES_NUMBER, Clocks, RuleData, Verdict, with_agents, with_caller
from domain.events import Recorded
from domain.probe import as_if_resumed
from domain.recipient import AttemptStarted, StreamOf
from projections.changes import ReadStreams
from projections.judged import CampaignAt, Known, RecipientStreams

ReadFeed = Callable[[int, int], Sequence[Recorded]]
Basis = Literal["same", "other rules", "other rule data"]
"""Whether a stored verdict was made by the rules and the data that it is recomputed by: only then does a difference say anything."""


class DecisionDifference(Struct, frozen=True, kw_only=True):
    """One part of one attempt's verdict that comes out otherwise; expected where it was made on another `basis`."""

    position: Annotated[int, Meta(ge=0)]
    attempt_id: str
    campaign_id: str
    basis: Basis
    field: str
    stored: Any
    recomputed: Any


class DecisionsCompared(Struct, frozen=True, kw_only=True):
    """What came of one step over the ledger: how many verdicts it met, and the position to go on from, None at the end.

    `other_rules` and `other_rule_data` count those among them that were made on another basis.
    """

    verdicts: int
    other_rules: int
    other_rule_data: int
    differences: list[DecisionDifference]
    following: int | None


def compare_decisions(
    read_feed: ReadFeed,
    read_streams: ReadStreams,
    stream_of: StreamOf,
    fingerprint: str | None,
    after: int,
    events_max: int,
    end: int,
    rule_data: RuleData,
    campaign_id: str | None = None,
    campaign_at: CampaignAt | None = None,
) -> DecisionsCompared:
    """Recompute the verdict of each attempt among the next `events_max` events after a position, up to `end`.

    With a `campaign_id`, of that campaign's attempts only.

    It is judged by the ledger as it was just before the attempt, at the instant that the stored verdict names. Which
    numbers DIALTRAIL_ONLY_NUMBERS had then, the ledger does not say: that rule is left out. `rule_data` are the versions
    by which it is recomputed, with the rules of today: a verdict that names others is recomputed all the same, and marked.
    """
    batch = [recorded for recorded in read_feed(after, events_max) if recorded.position <= end]
    last = batch[-1].position if batch else end
    begun = list(_begun(batch, campaign_id))
    recipients = [(event.campaign_id, one.stream) for one, event in begun]
    streams = RecipientStreams(read_streams, stream_of, recipients, fingerprint, last, campaign_at)
    bases: Counter[Basis] = Counter()
    differences: list[DecisionDifference] = []
    for recorded, event in begun:
        basis, found = _compared(streams, recorded, event, rule_data)
        bases[basis] += 1
        differences += found
    return DecisionsCompared(
        verdicts=len(begun),
        other_rules=bases["other rules"],
        other_rule_data=bases["other rule data"],
        differences=differences,
        following=last if last < end and batch else None,
    )


def _begun(batch: Sequence[Recorded], campaign_id: str | None) -> Iterator[tuple[Recorded, AttemptStarted]]:
    for recorded in batch:
        event = recorded.event
        if isinstance(event, AttemptStarted) and campaign_id in {None, event.campaign_id}:
            yield recorded, event


def _compared(
    streams: RecipientStreams, recorded: Recorded, event: AttemptStarted, rule_data: RuleData
) -> tuple[Basis, list[DecisionDifference]]:
    """One attempt's verdict: what it was made by, and what comes out otherwise."""
    verdict = stored_verdict(event)
    basis = basis_of(verdict, rule_data)
    return basis, [
        DecisionDifference(
            position=recorded.position,
            attempt_id=event.attempt_id,
            campaign_id=event.campaign_id,
            basis=basis,
            field=field,
            stored=stored,
            recomputed=recomputed,
        )
        for field, stored, recomputed in _differences(streams, recorded, event, verdict)
    ]


def stored_verdict(event: AttemptStarted) -> Verdict | None:
    """The verdict on disk; None if it cannot be read."""
    try:
        return msgspec.json.decode(event.verdict, type=Verdict)
    except msgspec.DecodeError:
        return None


def basis_of(verdict: Verdict | None, rule_data: RuleData) -> Basis:
    """What cannot be read is a finding, on whatever basis it was made."""
    if verdict is None:
        return "same"
    if verdict.rules != RULES_NUMBER:
        return "other rules"
    return "same" if verdict.rule_data == rule_data else "other rule data"


def _differences(
    streams: RecipientStreams, recorded: Recorded, event: AttemptStarted, stored: Verdict | None
) -> list[tuple[str, Any, Any]]:
    if stored is None:
        return [("verdict", "unreadable", None)]
    known = known_before(streams, recorded, event)
    if known is None:
        return [("campaign", event.campaign_id, None)]
    recomputed = judged_again(known, stored)
    pairs = [
        ("may_dial", stored.may_dial, recomputed.may_dial),
        ("attempts_counted", stored.attempts_counted, recomputed.attempts_counted),
        ("attempts_max", stored.attempts_max, recomputed.attempts_max),
        ("callback_at", stored.callback_at, recomputed.callback_at),
        ("consent_id", stored.consent_id, recomputed.consent_id),
        ("agents", stored.agents, recomputed.agents),
        ("reasons", [one.rule for one in stored.reasons], [one.rule for one in recomputed.reasons]),
    ]
    if stored.caller is not None:
        chosen = with_caller(recomputed, known.campaign, known.recipient, stored.caller.use, stored.judged_at).caller
        pairs.append(("caller", _said(stored.caller), _said(chosen)))
    return [pair for pair in pairs if pair[1] != pair[2]]


def known_before(streams: RecipientStreams, recorded: Recorded, event: AttemptStarted) -> Known | None:
    """What was known just before an attempt; None where there was no such campaign. A call that tried a pause is judged without it."""
    known = streams.known(event.campaign_id, recorded.stream, recorded.position - 1)
    if known is None or not event.probe:
        return known
    campaign, account = as_if_resumed(known.campaign, known.account)
    return replace(known, campaign=campaign, account=account)


def judged_again(known: Known, stored: Verdict) -> Verdict:
    """The verdict at the instant of a stored one; which numbers DIALTRAIL_ONLY_NUMBERS had then, nobody knows."""
    recomputed = known.verdict(Clocks(stored.judged_at, stored.ledger_at or stored.judged_at), None)
    return with_agents(recomputed, known.campaign, 0 if stored.agents is None else stored.agents.live)


def _said(choice: CallerChoice | None) -> list[str] | None:
    return None if choice is None else [choice.number, choice.why]
