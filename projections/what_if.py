"""A campaign's attempts judged again as if it had always had another policy, recipient by recipient."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from domain.call import CallState
from domain.campaign import Plan
from domain.dialing import RuleData, Verdict, zones_judged
from domain.identity import call_stream
from domain.zones import local_time, zone_info
from projections.changes import ReadStreams
from projections.decisions import basis_of, judged_again, known_before, stored_verdict
from projections.folded import call_of
from projections.judged import Known, RecipientStreams

RECIPIENTS_A_READ_MAX = 250
"""So many people's streams are in memory at once."""
ITEMS_MAX = 100
SEVERAL_ZONES, NO_ZONE = "several", "unknown"
ChangedPlan = Callable[[Plan], Plan]
"""The plan with the other policy."""


class OtherwiseJudged(Struct, frozen=True, kw_only=True):
    """An attempt that the other policy would not have allowed: by which rules, and what became of it.

    `only_after_others` is whether it would have been allowed, had those before it that the policy does not allow not been made.
    """

    position: int
    attempt_id: str
    stream: str
    number: str
    judged_at: datetime
    rules: tuple[str, ...]
    zone: str
    hour: int
    call_id: str | None
    reached: bool
    is_person_lost: bool
    only_after_others: bool


class RuleTally(Struct):
    """What a rule did: attempts that it stood against, those that nothing else did, and the people lost with the former."""

    attempts: int = 0
    alone: int = 0
    people_lost: int = 0


class HourTally(Struct):
    """What became of the attempts of an hour of the recipients' day."""

    attempts: int = 0
    not_allowed: int = 0
    people_lost: int = 0


class WhatIfTally(Struct):
    """The sums over some recipients; see `application.queries.what_if` for what each means."""

    recipients: int = 0
    people_called: int = 0
    people_reached: int = 0
    people_lost: int = 0
    people_lost_in_turn: int = 0
    attempts: int = 0
    reached: int = 0
    not_allowed: int = 0
    not_allowed_in_turn: int = 0
    reached_not_allowed: int = 0
    not_by_policy: int = 0
    unreadable: int = 0
    bases: Counter[str] = field(default_factory=Counter)
    rules: dict[str, RuleTally] = field(default_factory=dict)
    hours: dict[tuple[str, int], HourTally] = field(default_factory=dict)
    items: list[OtherwiseJudged] = field(default_factory=list)

    def add(self, more: "WhatIfTally") -> None:
        """Count other recipients of the same campaign, too."""
        for name in SUMS:
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.bases.update(more.bases)
        for name, told in more.rules.items():
            rule = self.rule(name)
            rule.attempts, rule.alone = rule.attempts + told.attempts, rule.alone + told.alone
            rule.people_lost += told.people_lost
        for key, said in more.hours.items():
            hour = self.hour(*key)
            hour.attempts, hour.not_allowed = hour.attempts + said.attempts, hour.not_allowed + said.not_allowed
            hour.people_lost += said.people_lost
        self.items = [*self.items, *more.items][:ITEMS_MAX]

    def rule(self, name: str) -> RuleTally:
        """The tally of a rule."""
        return self.rules.setdefault(name, RuleTally())

    def hour(self, zone: str, hour: int) -> HourTally:
        """The tally of an hour of a zone."""
        return self.hours.setdefault((zone, hour), HourTally())


SUMS = tuple(name for name, kind in WhatIfTally.__annotations__.items() if kind is int)


class _Judged(Struct, frozen=True, kw_only=True):
    """One attempt: the rules against it by history as it was, and by history without what the policy does not allow."""

    item: OtherwiseJudged
    against: tuple[str, ...]
    in_turn: tuple[str, ...]


def judge_otherwise(
    read_streams: ReadStreams,
    stream_of: Callable[[str], str],
    streams: Sequence[str],
    campaign_id: str,
    changed: ChangedPlan,
    fingerprint: str | None,
    position: int,
    rule_data: RuleData,
) -> WhatIfTally:
    """Judge every attempt of these recipients in a campaign up to a position again, each at the instant of its stored verdict.

    Each is judged by what the ledger knew just before it, but for the policy, with the rules and `rule_data` of today.
    """
    tally = WhatIfTally()
    for at in range(0, len(streams), RECIPIENTS_A_READ_MAX):
        some = [(campaign_id, stream) for stream in streams[at : at + RECIPIENTS_A_READ_MAX]]
        read = RecipientStreams(read_streams, stream_of, some, fingerprint, position)
        for _, stream in some:
            tally.recipients += 1
            _add(tally, list(_judge(read, campaign_id, stream, changed, rule_data, position, tally)))
    return tally


def _judge(
    read: RecipientStreams,
    campaign_id: str,
    stream: str,
    changed: ChangedPlan,
    rule_data: RuleData,
    position: int,
    tally: WhatIfTally,
) -> Iterator[_Judged]:
    """One recipient's attempts, in their order."""
    left_out: set[str] = set()
    for recorded, event in read.begun(campaign_id, stream):
        stored, known = stored_verdict(event), known_before(read, recorded, event)
        tally.attempts += 1
        if stored is None or known is None:
            tally.unreadable += 1
            continue
        tally.bases[basis_of(stored, rule_data)] += 1
        other = replace(known, campaign=replace(known.campaign, plan=changed(known.campaign.plan)))
        against, in_turn, own = _against(known, other, stored, left_out)
        tally.not_by_policy += own
        if in_turn:
            left_out.add(event.attempt_id)
        call = _call_of(read, stream, event.attempt_id, position)
        zone, hour = _hour(other, stored.judged_at)
        item = OtherwiseJudged(
            position=recorded.position,
            attempt_id=event.attempt_id,
            stream=stream,
            number=known.recipient.number,
            judged_at=stored.judged_at,
            rules=against,
            zone=zone,
            hour=hour,
            call_id=call[0],
            reached=call[1] is not None and call[1].reached,
            is_person_lost=False,
            only_after_others=bool(against) and not in_turn,
        )
        yield _Judged(item=item, against=against, in_turn=in_turn)


def _against(
    known: Known, other: Known, stored: Verdict, left_out: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """The rules against an attempt by history as it was, and by history without some; whether any is its own policy's, too.

    What stands against it by its own policy is not of the other one's making.
    """
    against = in_turn = _rules(judged_again(other, stored))
    if left_out:
        in_turn = _rules(judged_again(_without(other, left_out), stored))
    if not against and not in_turn:
        return (), (), False
    own = set(_rules(judged_again(known, stored)))
    return _but(against, own), _but(in_turn, own), bool(own)


def _but(rules: tuple[str, ...], own: set[str]) -> tuple[str, ...]:
    return tuple(rule for rule in rules if rule not in own)


def _add(tally: WhatIfTally, judged: Sequence[_Judged]) -> None:
    """Count one recipient: lost is who was reached, and by no attempt that is allowed."""
    if not judged:
        return
    tally.people_called += 1
    reached = [one for one in judged if one.item.reached]
    tally.reached += len(reached)
    tally.people_reached += bool(reached)
    is_lost = bool(reached) and all(one.against for one in reached)
    tally.people_lost += is_lost
    tally.people_lost_in_turn += bool(reached) and all(one.in_turn for one in reached)
    if is_lost:
        first = reached[0].item
        tally.hour(first.zone, first.hour).people_lost += 1
        for rule in {rule for one in reached for rule in one.against}:
            tally.rule(rule).people_lost += 1
    for one in judged:
        hour = tally.hour(one.item.zone, one.item.hour)
        hour.attempts += 1
        tally.not_allowed_in_turn += bool(one.in_turn)
        if not one.against:
            continue
        hour.not_allowed += 1
        tally.not_allowed += 1
        tally.reached_not_allowed += one.item.reached
        for rule in one.against:
            tally.rule(rule).attempts += 1
            tally.rule(rule).alone += len(one.against) == 1
        if len(tally.items) < ITEMS_MAX:
            tally.items.append(replace(one.item, is_person_lost=is_lost and one.item.reached))


def _rules(verdict: Verdict) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.rule for reason in verdict.reasons))


def _without(known: Known, attempt_ids: set[str]) -> Known:
    """As if these attempts had not been made, and nothing in their place."""
    attempts = tuple(one for one in known.recipient.attempts if one.attempt_id not in attempt_ids)
    return replace(known, recipient=replace(known.recipient, attempts=attempts))


def _call_of(
    read: RecipientStreams, stream: str, attempt_id: str, position: int
) -> tuple[str | None, CallState | None]:
    """The call that an attempt came to, as it is known at a position; its id, and its state."""
    attempt = read.person(stream, position).attempt(attempt_id)
    call_id = None if attempt is None else attempt.call_id
    return call_id, None if call_id is None else call_of(read.until(call_stream(call_id), position))


def _hour(known: Known, at: datetime) -> tuple[str, int]:
    """The zone whose clock the recipient goes by, and the hour on it."""
    zones = zones_judged(known.campaign, known.recipient)
    clock = zone_info(zones[0]) if zones else None
    if clock is None:
        return NO_ZONE, at.hour
    return zones[0] if len(zones) == 1 else SEVERAL_ZONES, local_time(at, clock).hour
