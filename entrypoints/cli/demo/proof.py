"""What the demo claims, held against the sandbox's own log: pure functions of what both sides know."""

from collections import Counter

from msgspec import Struct

from domain.counted import counted
from entrypoints.cli.api import Json
from entrypoints.cli.demo.evidence import (
    Evidence,
    acknowledged,
    attempt_of,
    claims_of,
    ends_never_reported,
    found_by_asking,
    matched,
    may_have_called,
    most_within,
    stored,
)
from entrypoints.cli.demo.provider import posts

CANDIDATES_MIN = 2
LATE_SECONDS_MAX = 0.1


class PromiseKept(Struct, frozen=True):
    """One promise, what was seen of it, and whether it held."""

    promise: str
    seen: str
    holds: bool


def prove(evidence: Evidence) -> list[PromiseKept]:
    """Every claim, in the order in which the README makes them."""
    return [
        _one_request_per_attempt(evidence),
        _one_request_in_earnest(evidence),
        _one_call_per_number(evidence),
        _doubt_is_explained(evidence),
        _acknowledged_is_stored(evidence),
        _any_order(evidence),
        _every_end_is_found(evidence),
        _limit_holds(evidence),
    ]


def _one_request_per_attempt(evidence: Evidence) -> PromiseKept:
    attempts = Counter(attempt_of(one) for one in evidence.dialed)
    most = max(attempts.values(), default=0)
    seen = f"{counted(attempts.total(), 'request')} for {counted(len(attempts), 'attempt')}, at most {most} for any attempt"
    return PromiseKept("one dial request per attempt", seen, most <= 1 and "None" not in attempts)


def _one_request_in_earnest(evidence: Evidence) -> PromiseKept:
    """A second request to a number may leave only where the first one was clearly refused."""
    requests = Counter(str(one["request_body"]["to"]) for one in evidence.dialed)
    in_earnest = Counter(str(one["request_body"]["to"]) for one in evidence.dialed if may_have_called(one))
    shares = Counter(requests.values())
    each = ", ".join(f"{times} to {shares[times]}" for times in sorted(shares))
    refused = sum(1 for one in evidence.dialed if not may_have_called(one))
    seen = f"requests per number: {each or 'none'}; {refused} clearly refused (402, 429), which lets another follow"
    return PromiseKept("no second request while in doubt", seen, max(in_earnest.values(), default=0) <= 1)


def _one_call_per_number(evidence: Evidence) -> PromiseKept:
    calls = Counter(str(one["to"]) for one in evidence.own_calls)
    most = max(calls.values(), default=0)
    seen = f"{counted(calls.total(), 'call')} to {len(calls)} of {evidence.recipients} numbers, at most {most} to any number"
    everybody = len(calls) + len(evidence.never_arrived) == evidence.recipients
    return PromiseKept("everybody is called, nobody twice", seen, most == 1 and everybody)


def _doubt_is_explained(evidence: Evidence) -> PromiseKept:
    truth = {str(call["id"]): attempt_of({"request_body": call}) for call in evidence.calls}
    found = matched(evidence)
    right = [call_id for call_id, attempt_id in found.items() if truth.get(call_id) == attempt_id]
    left = [one for one in evidence.unresolved if one["attempt_id"] not in evidence.never_arrived]
    explained = [one for one in left if _is_really_ambiguous(one, truth)]
    unclaimed = {attempt_id for call_id, attempt_id in truth.items() if not _claimed(evidence, call_id, attempt_id)}
    lost = unclaimed - {"None"} - {str(one["attempt_id"]) for one in left}
    seen = (
        f"{counted(len(found) + len(evidence.unresolved), 'attempt')} in doubt: {len(right)} of {len(found)} matched to the right "
        f"call, {len(explained)} of {len(left)} left to a person"
    )
    if evidence.never_arrived:
        seen += f", {len(evidence.never_arrived)} whose request never arrived"
    holds = len(right) == len(found) and len(explained) == len(left) and not lost
    return PromiseKept("what is in doubt is explained", seen, holds)


def _claimed(evidence: Evidence, call_id: str, attempt_id: str) -> bool:
    timeline = evidence.timelines.get(call_id)
    return timeline is not None and attempt_id in claims_of(timeline)


def _is_really_ambiguous(unresolved: Json, truth: dict[str, str]) -> bool:
    possible = [str(one["call_id"]) for one in unresolved["candidates"]]
    return len(possible) >= CANDIDATES_MIN and unresolved["attempt_id"] in {truth.get(one) for one in possible}


def _acknowledged_is_stored(evidence: Evidence) -> PromiseKept:
    sent, kept = acknowledged(evidence), stored(evidence)
    missing, unheard = (sent - kept).total(), sum(1 for one in evidence.deliveries if one["try"] and not one["status"])
    seen = f"{sent.total()} webhooks acknowledged, {kept.total()} in the ledger, {missing} missing (tries while it was dead: {unheard})"
    return PromiseKept("acknowledged means durable", seen, missing == 0)


def _any_order(evidence: Evidence) -> PromiseKept:
    duplicates = sum(1 for one in evidence.deliveries if one["reason"] == "duplicate")
    disordered = sum(
        1
        for timeline in evidence.timelines.values()
        if any("out_of_order" in one["notes"] for one in timeline["entries"])
    )
    differ = [call for call in evidence.calls if not _agrees(call, evidence.timelines.get(str(call["id"])))]
    seen = (
        f"{duplicates} duplicates, {disordered} calls told out of order: "
        f"{len(evidence.calls) - len(differ)} of {len(evidence.calls)} calls end as the sandbox knows them"
    )
    return PromiseKept("any order, any number of times", seen, not differ)


def _agrees(call: Json, timeline: Json | None) -> bool:
    if timeline is None:
        return False
    state = timeline["state"]
    return bool(state["outcome"] == call["state"] and state["reached"] == (call["answered_at"] is not None))


def _every_end_is_found(evidence: Evidence) -> PromiseKept:
    silent, found = ends_never_reported(evidence), found_by_asking(evidence)
    seen = f"ends that were never reported: {len(silent)}, of these found by asking MiniVoice: {len(found)}"
    return PromiseKept("no call stays open", seen, silent == found)


def _limit_holds(evidence: Evidence) -> PromiseKept:
    """The log shows when requests arrived; on a busy machine one that left in time may arrive a little late."""
    arrived, limit = [int(one["monotonic_ns"]) for one in posts(evidence.arrivals)], evidence.calls_per_second
    most, in_five = most_within(1, arrived), most_within(5, arrived)
    seen = f"at most {most} requests in any one second, {in_five} in any five; the limit is {limit:g} a second"
    holds = all(most_within(span - LATE_SECONDS_MAX, arrived) <= span * limit for span in (1, 5))
    if holds and most > limit:
        seen += f" (what left in time may arrive {LATE_SECONDS_MAX:g} s late)"
    return PromiseKept("limits hold at the moment of sending", seen, holds)
