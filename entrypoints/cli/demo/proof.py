"""What the demo claims, held against the sandbox's own log: pure functions of what both sides know."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from entrypoints.cli.api import Json

ONE_SECOND_NS = 1_000_000_000
LOST = "lost_response"


class Evidence(Struct, frozen=True):
    """The sandbox's lines and true states, and the ledger's timelines by call id."""

    requests: Sequence[Json]
    arrivals: Sequence[Json]
    deliveries: Sequence[Json]
    calls: Sequence[Json]
    timelines: Mapping[str, Json]
    recipients: int
    calls_per_second: float


class Claim(Struct, frozen=True):
    """One promise, what was seen of it, and whether it held."""

    promise: str
    seen: str
    holds: bool


def prove(evidence: Evidence) -> list[Claim]:
    """Every claim, in the order in which the README makes them."""
    return [
        _one_request_per_attempt(evidence),
        _one_call_per_number(evidence),
        _acknowledged_is_stored(evidence),
        _any_order(evidence),
        _limit_holds(evidence),
    ]


def lost_posts(requests: Iterable[Json]) -> list[Json]:
    """The dial requests whose answer the sandbox lost on purpose."""
    return [one for one in _posts(requests) if one.get("fault") == LOST]


def most_in_one_second(monotonic_ns: Iterable[int]) -> int:
    """The most instants that fall into any one sliding second."""
    window: deque[int] = deque()
    most = 0
    for instant in sorted(monotonic_ns):
        window.append(instant)
        while instant - window[0] >= ONE_SECOND_NS:
            window.popleft()
        most = max(most, len(window))
    return most


def _posts(lines: Iterable[Json]) -> list[Json]:
    return [one for one in lines if one["method"] == "POST" and one["path"] == "/v1/calls"]


def _one_request_per_attempt(evidence: Evidence) -> Claim:
    posts = _posts(evidence.requests)
    attempts = Counter(str(one["request_body"]["metadata"].get("attempt_id")) for one in posts)
    refused = sum(1 for one in posts if (one["status"] or 0) >= 400)
    most = max(attempts.values(), default=0)
    seen = f"{len(posts)} requests for {len(attempts)} attempts ({refused} refused), at most {most} for any attempt"
    return Claim("one dial request per attempt", seen, most <= 1 and "None" not in attempts)


def _one_call_per_number(evidence: Evidence) -> Claim:
    calls = Counter(str(one["to"]) for one in evidence.calls)
    most = max(calls.values(), default=0)
    seen = f"{sum(calls.values())} calls to {len(calls)} of {evidence.recipients} numbers, at most {most} to any number"
    return Claim("everybody is called, nobody twice", seen, most == 1 and len(calls) == evidence.recipients)


def _acknowledged_is_stored(evidence: Evidence) -> Claim:
    acknowledged = Counter(str(one["call_id"]) for one in evidence.deliveries if 200 <= (one["status"] or 0) < 300)
    stored = {
        call_id: sum(entry["deliveries"] for entry in timeline["entries"] if entry["source"] == "webhook")
        for call_id, timeline in evidence.timelines.items()
    }
    missing = sum(max(0, wanted - stored.get(call_id, 0)) for call_id, wanted in acknowledged.items())
    seen = f"{acknowledged.total()} webhooks acknowledged, {sum(stored.values())} in the ledger, {missing} missing"
    return Claim("acknowledged means durable", seen, missing == 0)


def _any_order(evidence: Evidence) -> Claim:
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
    return Claim("any order, any number of times", seen, not differ)


def _agrees(call: Json, timeline: Json | None) -> bool:
    if timeline is None:
        return False
    state = timeline["state"]
    return bool(state["outcome"] == call["state"] and state["reached"] == (call["answered_at"] is not None))


def _limit_holds(evidence: Evidence) -> Claim:
    most = most_in_one_second(int(one["monotonic_ns"]) for one in _posts(evidence.arrivals))
    seen = f"at most {most} requests in any one second, the limit is {evidence.calls_per_second:g}"
    return Claim("limits hold at the moment of sending", seen, most <= evidence.calls_per_second)
