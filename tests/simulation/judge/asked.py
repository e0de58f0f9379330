"""One request for each attempt, on disk before it leaves; and nobody is called again who is in doubt, or beyond the policy."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from json import loads
from typing import Any

from tests.simulation.judge.day import Attempt, Day, Era, Request
from tests.simulation.judge.lines import Broken

REFUSED_FOR_A_WHILE = {401: "account", 402: "account", 403: "campaign", 429: "account"}
NOT_PLACED = 502


def one_request(day: Day) -> Iterator[Broken]:
    """Each request is an attempt's, begun in the ledger before it left, with the very body; and no attempt has two."""
    seen: dict[str, Request] = {}
    for era in day.eras:
        for request in era.requests:
            attempt, earlier = era.attempts.get(request.attempt_id), seen.get(request.attempt_id)
            if attempt is None:
                yield Broken("attempt_first", "a request left whose attempt is not in the ledger", (request.place,))
                continue
            lines = (attempt.started.place, request.place)
            if earlier is not None:
                yield Broken("one_request", "two requests left for one attempt", (*lines, earlier.place))
            seen[request.attempt_id] = request
            if attempt.started.said_at > request.came_at:
                yield Broken("attempt_first", "the attempt was recorded after its request had come", lines)
            if loads(attempt.started.body["request"]) != request.body:
                yield Broken("attempt_first", "another request left than the ledger has", lines)


def taken_at_its_word(day: Day) -> Iterator[Broken]:
    """What the ledger says became of a request is what the provider did: sent is not abandoned, no answer is not a refusal."""
    for era in day.eras:
        for request, attempt in era.sent():
            names = [one.name for one in attempt.words]
            if not names:
                continue
            last = attempt.words[-1]
            lines = (request.place, last.place)
            refused = next((one for one in attempt.words if one.name == "attempt.refused"), None)
            abandoned = [one.place for one in attempt.words if one.name == "attempt.abandoned"]
            if abandoned:  # also where that was set right later: meanwhile they might have been called again
                says = "an attempt counts, or counted, as never sent, and its request came"
                yield Broken("abandoned_was_sent", says, (request.place, *abandoned))
            if (
                refused is not None
                and (request.status is None or request.status >= 500)
                and request.status != NOT_PLACED
            ):
                yield Broken("doubt_was_refused", f"an answer of {request.status} counts as a refusal", lines)
            concerns = REFUSED_FOR_A_WHILE.get(request.status or 0)
            if concerns and refused and (refused.body["concerns"], refused.body["counts"]) != (concerns, False):
                yield Broken("refused_for_good", f"{request.status} says nothing of this person, but counts so", lines)
            is_denied = last.name == "attempt.resolved" and not last.body.get("call_id")
            if request.call_id and is_denied and last.body.get("how") != "person":
                yield Broken("call_denied", "an attempt was settled without its call, by nobody's word", lines)


def nobody_in_doubt(day: Day) -> Iterator[Broken]:
    """No attempt is begun while an earlier one of the person may have a call under way."""
    for era in day.eras:
        truly = {request.attempt_id: request for request in era.requests}
        for attempts in era.of_person.values():
            for nth, attempt in enumerate(attempts):
                at, lines = attempt.started.position, (attempt.started.place,)
                for earlier in attempts[:nth]:
                    last, request = earlier.last_word(at), truly.get(earlier.attempt_id)
                    shown = (earlier.started.place, last.place, *lines)
                    if last.name in {"attempt.started", "attempt.unresolved"}:
                        yield Broken("in_doubt", "somebody was called again who is in doubt", shown)
                    elif (
                        request is not None
                        and request.status is None
                        and last.name in {"attempt.abandoned", "attempt.refused"}
                    ):
                        yield Broken(
                            "in_doubt", "somebody was called again, and no answer had come", (*shown, request.place)
                        )
                    elif last.name in {"attempt.accepted", "attempt.resolved"}:
                        yield from _under_way(era, earlier, at, shown)


def _under_way(era: Era, earlier: Attempt, at: int, shown: tuple[str, ...]) -> Iterator[Broken]:
    call = era.call(earlier, at)
    if call is not None and call.phase != "ended":
        yield Broken("in_doubt", "somebody was called again whose call had not ended", shown)


def within_the_policy(day: Day) -> Iterator[Broken]:
    """No attempt beyond those that the policy allows, none after an outcome that it does not try again, none too soon."""
    for era in day.eras:
        for request, attempt in era.sent():
            found = [list(_beyond(era, attempt, plan.get("policy") or {})) for plan in era.plans(request, attempt)]
            if found and all(found):  # whichever plan held
                yield from found[0]


def _beyond(era: Era, attempt: Attempt, policy: Mapping[str, Any]) -> Iterator[Broken]:
    at, campaign_id = attempt.started.position, attempt.started.campaign_id
    earlier = [one for one in era.of_person[era.person(attempt.started.stream)] if one.started.position < at]
    counted = [one for one in earlier if one.started.campaign_id == campaign_id and one.counts(at)]
    lines = (*(one.started.place for one in counted), attempt.started.place)
    attempts_max = policy.get("attempts_max", 1)
    if len(counted) >= attempts_max:
        yield Broken("attempts_max", f"attempt {len(counted) + 1} of {attempts_max}", lines)
    elif counted and not _is_wished(era, attempt):
        yield from _not_again(era, attempt, counted, policy, lines)


def _not_again(
    era: Era, attempt: Attempt, counted: list[Attempt], policy: Mapping[str, Any], lines: tuple[str, ...]
) -> Iterator[Broken]:
    at = attempt.started.position
    reached = next((one for one in counted if (call := era.call(one, at)) is not None and call.reached), None)
    last = reached or counted[-1]
    outcome = outcome_of(era, last, at)
    retry = (policy.get("retry") or {}).get(outcome)
    if retry is None:
        yield Broken("not_again", f"called again after {outcome}, which is not tried again", lines)
        return
    gap = timedelta(seconds=max(retry["after_seconds"], policy.get("attempt_gap_seconds", 0)))
    now = era.counted_at(attempt.started, at)
    if now < ended_at(era, last, at) + gap:
        yield Broken("retry_gap", f"called again sooner than {gap} after {outcome}", lines)


def outcome_of(era: Era, attempt: Attempt, before: int | None = None) -> str:
    """What an attempt came to, as a policy's `retry` names it."""
    last, call = attempt.last_word(before), era.call(attempt, before)
    if call is not None:
        ended = "not_reached" if call.outcome == "completed" else call.outcome
        return "reached" if call.reached else ended or "unknown"
    return "originate_failed" if last.name == "attempt.refused" else "settled_without_call"


def ended_at(era: Era, attempt: Attempt, before: int) -> datetime:
    """The earliest instant at which it may have been over, never before it was begun."""
    started, call = era.counted_at(attempt.started, before), era.call(attempt, before)
    if call is None or call.ended_at is None:
        return era.counted_at(attempt.last_word(before), before)
    return max(started, call.ended_at)


def _is_wished(era: Era, attempt: Attempt) -> bool:
    return any(
        one.name == "recipient.callback_set" and one.position < attempt.started.position
        for one in era.of_streams(attempt.started.stream)
    )
