"""What both sides know once the demo is over, and simple questions to it: the sandbox's log, and the ledger."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from entrypoints.cli.api import Json
from entrypoints.cli.demo.provider import posts
from entrypoints.cli.demo.scene import ENDS

SECOND_NS = 1_000_000_000


class Evidence(Struct, frozen=True):
    """The sandbox's lines and true states; the ledger's timelines by call id, and its unresolved attempts."""

    requests: Sequence[Json]
    arrivals: Sequence[Json]
    deliveries: Sequence[Json]
    calls: Sequence[Json]
    timelines: Mapping[str, Json]
    unresolved: Sequence[Json]
    recipients: int
    calls_per_second: float

    @property
    def dialed(self) -> list[Json]:
        """Our dial requests, with what became of them."""
        return posts(self.requests)

    @property
    def own_calls(self) -> list[Json]:
        """The calls that our requests brought about."""
        return [call for call in self.calls if "attempt_id" in call["metadata"]]

    @property
    def never_arrived(self) -> list[str]:
        """The unresolved attempts whose request did not reach the sandbox."""
        arrived = {attempt_of(one) for one in posts(self.arrivals)}
        return [str(one["attempt_id"]) for one in self.unresolved if one["attempt_id"] not in arrived]


def attempt_of(request: Json) -> str:
    """The attempt that a dial request is."""
    return str(request["request_body"]["metadata"].get("attempt_id"))


def may_have_called(request: Json) -> bool:
    """Whether a dial request was not clearly refused."""
    return request["status"] is None or not 400 <= request["status"] < 500


def claims_of(timeline: Json) -> dict[str, str]:
    """The attempts that a call is said to be, and how that is known."""
    return {
        str(entry["detail"]["attempt_id"]): str(entry["detail"]["how"])
        for entry in timeline["entries"]
        if entry["event"] == "call.claimed"
    }


def matched(evidence: Evidence) -> dict[str, str]:
    """The calls that were matched to an attempt afterwards, since no answer said so: call id → attempt id."""
    return {
        call_id: attempt_id
        for call_id, timeline in evidence.timelines.items()
        for attempt_id, how in claims_of(timeline).items()
        if how != "response"
    }


def acknowledged(evidence: Evidence) -> Counter[tuple[str, str]]:
    """How often each webhook, by call and digest of its body, got a 2xx."""
    return Counter(
        (str(one["call_id"]), str(one["body_sha256"]))
        for one in evidence.deliveries
        if 200 <= (one["status"] or 0) < 300
    )


def stored(evidence: Evidence) -> Counter[tuple[str, str]]:
    """How often each webhook came, as the ledger has it."""
    found: Counter[tuple[str, str]] = Counter()
    for call_id, timeline in evidence.timelines.items():
        for entry in timeline["entries"]:
            if entry["source"] == "webhook":
                found[call_id, str(entry["detail"]["digest"])] += entry["deliveries"]
    return found


def ends_never_reported(evidence: Evidence) -> set[str]:
    """The calls that ended, and no webhook that arrived said so."""
    told = {
        str(one["call_id"]) for one in evidence.deliveries if one["event"] in ENDS and 200 <= (one["status"] or 0) < 300
    }
    return {str(call["id"]) for call in evidence.calls if call["ended_at"] is not None} - told


def found_by_asking(evidence: Evidence) -> set[str]:
    """Of these, the calls whose end the ledger knows because it asked."""
    return {
        call_id
        for call_id in ends_never_reported(evidence)
        if call_id in evidence.timelines
        and any(e["event"] in ENDS and e["source"] == "api" for e in evidence.timelines[call_id]["entries"])
    }


def most_within(seconds: float, monotonic_ns: Iterable[int]) -> int:
    """The most instants that fall into any sliding window of so many seconds."""
    window: deque[int] = deque()
    most = 0
    for instant in sorted(monotonic_ns):
        window.append(instant)
        while instant - window[0] >= seconds * SECOND_NS:
            window.popleft()
        most = max(most, len(window))
    return most
