"""How a campaign begins: with a canary's few calls until somebody has looked at them, and with a pace that grows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.simulation.judge.day import Attempt, Day, Era, Request
from tests.simulation.judge.lines import Broken, Told

CANARY = "canary"
DENIED = frozenset({"attempt.refused", "attempt.abandoned"})


def canary(day: Day) -> Iterator[Broken]:
    """No more calls are truly placed than a canary has, until it was paused for that, and resumed by somebody."""
    for era in day.eras:
        placed: dict[str, list[Request]] = defaultdict(list)
        for request, attempt in era.sent():
            campaign_id = attempt.started.campaign_id
            most = canary_of(era.known_to(request, attempt, f"campaign:{campaign_id}"))
            calls = placed[campaign_id]
            if most is not None and len(calls) >= most:
                lines = (*(one.place for one in calls), request.place)
                yield Broken("canary", f"call {len(calls) + 1} of a canary of {most}", lines)
            if request.call_id and not has_none(attempt):
                calls.append(request)


def canary_of(campaign: list[Told]) -> int | None:
    """How many calls there may be, by what was told of the campaign; None for any number."""
    most: int | None = None
    cause = None
    for one in campaign:
        if one.name == "campaign.started":
            most = one.body.get("canary")
        elif one.name == "campaign.paused":
            cause = one.body.get("cause")
        elif one.name == "campaign.resumed" and cause == CANARY:
            most = None
    return most


def has_none(attempt: Attempt) -> bool:
    """Whether it was ever said, by the provider or by a person, that there is no call: then another may take its place."""
    return any(
        one.name in DENIED or (one.name == "attempt.resolved" and not one.body.get("call_id")) for one in attempt.words
    )


def calls_per_second(era: Era, request: Request, attempt: Attempt, plan: Mapping[str, Any]) -> float:
    """A campaign's limit when a request left: with a ramp it grows evenly from the first start on."""
    limit = float((plan.get("limits") or {}).get("calls_per_second", 1.0))
    ramp = (plan.get("policy") or {}).get("ramp")
    campaign = era.streams.get(f"campaign:{attempt.started.campaign_id}", [])
    started = next((one for one in campaign if one.name == "campaign.started"), None)
    if ramp is None or started is None:
        return limit
    now = max(request.machine_at, attempt.started.recorded_at)
    share = min(1.0, max(0.0, (now - started.said_at).total_seconds() / ramp["seconds"])) if ramp["seconds"] else 1.0
    start = min(float(ramp["calls_per_second_start"]), limit)
    return start + (limit - start) * share
