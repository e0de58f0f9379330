"""What MiniVoice's answers mean: to POST /v1/calls, to GET /v1/calls/{id}, to GET /v1/usage. No input, no output."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from adapters.minivoice_json import UnreadableJson, decode
from adapters.minivoice_time import parse_time
from domain.account import UsageObserved
from domain.call import (
    CallCanceled,
    CallCompleted,
    CallCreated,
    CallFailed,
    CallObserved,
    CallSnapshot,
    EndEvent,
    report_key,
)
from domain.dial_outcome import Accepted, DialOutcome, Refused, Throttle, Unresolved
from domain.errors import InvalidInput
from domain.identity import parse_call_id
from domain.recipient import Concerns

CODE_CHARS_MAX = 128
CALL_MISSING: Final = "call_not_found"
ENDS: Mapping[str, type[EndEvent]] = {
    "completed": CallCompleted,
    "failed": CallFailed,
    "canceled": CallCanceled,
}
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


class CallFound(Struct, frozen=True, kw_only=True):
    """MiniVoice knows the call. `event` is its end, if the status says so, else an observation; `status` as spelled."""

    call_id: str
    status: str | None
    snapshot: CallSnapshot
    event: EndEvent | CallObserved


class CallMissing(Struct, frozen=True, kw_only=True):
    """MiniVoice says that it has no such call."""

    call_id: str
    status: int
    body: str


class LookupFailed(Struct, frozen=True, kw_only=True):
    """The question was not answered. `why` repeats nothing of the answer; `status`, `code` and `body` do, if there was one."""

    why: str
    status: int | None = None
    code: str | None = None
    body: str | None = None


class Rule(Struct, frozen=True):
    """What a refusal means: what has to change first, whether it used up an attempt, which limit was met."""

    concerns: Concerns
    counts: bool = False
    throttle: Throttle | None = None


RECIPIENT = Rule("recipient")
DESTINATION = Rule("destination")
CAMPAIGN = Rule("campaign")
ACCOUNT = Rule("account")
TOO_FAST = Rule("account", throttle="calls_per_second")
TOO_MANY = Rule("account", throttle="calls_at_once")

# By status and code; None stands for every other code of that status, or for none.
BY_STATUS: Mapping[tuple[int, str | None], Rule] = {
    (401, None): ACCOUNT,
    (402, None): ACCOUNT,
    (403, None): CAMPAIGN,
    (429, "concurrent_call_limit_reached"): TOO_MANY,
    (429, None): TOO_FAST,
    (502, "originate_failed"): Rule("recipient", counts=True),
}
# In any other 4xx a documented code means what it always means.
BY_CODE: Mapping[str, Rule] = {
    "invalid_json": RECIPIENT,
    "invalid_request": RECIPIENT,
    "rate_not_found": DESTINATION,
    "no_active_trunk": ACCOUNT,
    "unauthorized": ACCOUNT,
    "insufficient_balance": ACCOUNT,
    "spend_control_exceeded": CAMPAIGN,
    "cps_limit_reached": TOO_FAST,
    "concurrent_call_limit_reached": TOO_MANY,
}
# We speak to the wrong address, or in the wrong way: no other recipient would fare better.
WRONG_ADDRESS = frozenset({404, 405, 406, 407, 410, 411, 414, 415, 417, 421, 426, 431})
AMBIGUOUS_4XX = frozenset({408})


def classify(status: int, body_text: str, retry_after_seconds: float | None = None) -> DialOutcome:
    """What an answer to POST /v1/calls says about the call; `body_text` is the whole body.

    `retry_after_seconds` is what its header said; it matters where a limit was met.
    """
    if 200 <= status < 300:
        return _accepted(status, body_text)
    code = error_code(body_text)
    rule = rule_of(status, code)
    if rule is None:
        return Unresolved(why=f"HTTP {status} does not say whether there is a call", status=status, body=body_text)
    return Refused(
        status=status,
        code=code,
        body=body_text,
        concerns=rule.concerns,
        counts=rule.counts,
        throttle=rule.throttle,
        retry_after_seconds=None if rule.throttle is None else retry_after_seconds,
    )


def rule_of(status: int, code: str | None) -> Rule | None:
    """What a refusal with this status and code means; None where it is none, because a call may exist."""
    exact = BY_STATUS.get((status, code)) or BY_STATUS.get((status, None))
    if exact is not None:
        return exact
    if not 400 <= status < 500 or status in AMBIGUOUS_4XX:
        return None
    # A recipient is not burned by something that we do not know: the campaign pauses and shows it.
    return BY_CODE.get(code or "") or (ACCOUNT if status in WRONG_ADDRESS else CAMPAIGN)


def error_code(body_text: str) -> str | None:
    """`error.code` of an error envelope, or None."""
    try:
        body = decode(body_text.encode())
    except UnreadableJson:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and 0 < len(code) <= CODE_CHARS_MAX else None


def read_call(asked: str, status: int, body_text: str) -> CallFound | CallMissing | LookupFailed:
    """What an answer to GET /v1/calls/{asked} says."""
    if not 200 <= status < 300:
        code = error_code(body_text)
        # Another 404 with MiniVoice's envelope says the same; one without may come from a proxy in between.
        if (status in {404, 410} and code is not None) or (400 <= status < 500 and code == CALL_MISSING):
            return CallMissing(call_id=asked, status=status, body=body_text)
        return LookupFailed(why=f"HTTP {status}", status=status, code=code, body=body_text)
    call = _object_with("id", body_text)
    if call is None or call["id"] != asked:
        why = "the answer is not a call" if call is None else "the answer is about another call"
        return LookupFailed(why=why, status=status, body=body_text)
    snapshot, digest = _snapshot(call), _digest(body_text)
    kind = ENDS.get(snapshot.status or "")
    event: EndEvent | CallObserved
    if kind is None:
        event = CallObserved(digest=digest, body=body_text, status=snapshot.status, attempt_id=snapshot.attempt_id)
    else:
        event = kind(
            source="api",
            key=report_key("api", kind.NAME, None, None, digest),
            digest=digest,
            body=body_text,
            occurred_at=_instant(call, f"{snapshot.status}_at") or _instant(call, "ended_at"),
            snapshot=snapshot,
        )
    return CallFound(call_id=asked, status=snapshot.status, snapshot=snapshot, event=event)


def read_usage(window_from: datetime, window_to: datetime, status: int, body_text: str) -> UsageObserved | LookupFailed:
    """What an answer to GET /v1/usage says; where it names no window, it is about the one that was asked for."""
    if not 200 <= status < 300:
        return LookupFailed(why=f"HTTP {status}", status=status, code=error_code(body_text), body=body_text)
    usage = _object_with("summary", body_text)
    if usage is None:
        return LookupFailed(why="summary: is missing", status=status, body=body_text)
    summary = usage["summary"]
    fault = _fault_in(summary)
    if fault is not None:
        return LookupFailed(why=fault, status=status, body=body_text)
    return UsageObserved(
        window_from=_instant(usage, "from") or window_from,
        window_to=_instant(usage, "to") or window_to,
        calls=summary["calls"],
        billsec_seconds=summary["billsec_seconds"],
        cost_amount=summary["cost_amount"],
        cost_currency=summary["cost_currency"],
        body=body_text,
    )


def _accepted(status: int, body_text: str) -> DialOutcome:
    call = _object_with("id", body_text)
    try:
        call_id = parse_call_id(call["id"]) if call is not None and isinstance(call["id"], str) else None
    except InvalidInput:
        call_id = None
    if call is None or call_id is None:
        return Unresolved(why=f"HTTP {status} without a readable call id", status=status, body=body_text)
    digest = _digest(body_text)
    created = CallCreated(
        source="api",
        key=report_key("api", CallCreated.NAME, None, None, digest),
        digest=digest,
        body=body_text,
        occurred_at=_instant(call, "created_at"),
        snapshot=_snapshot(call),
    )
    return Accepted(call_id=call_id, status=status, body=body_text, created=created)


def _object_with(name: str, body_text: str) -> dict[str, Any] | None:
    """The bare object, or the one in its `data`, whichever has `name`; None if neither has."""
    try:
        body = decode(body_text.encode())
    except UnreadableJson:
        return None
    for candidate in (body, body.get("data") if isinstance(body, dict) else None):
        if isinstance(candidate, dict) and candidate.get(name) is not None:
            return candidate
    return None


def _fault_in(summary: object) -> str | None:
    if not isinstance(summary, dict):
        return "summary: is not an object"
    for name in ("calls", "billsec_seconds"):
        count = summary.get(name)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            return f"summary.{name}: is not a whole number"
    amount = summary.get("cost_amount")
    if isinstance(amount, int | float):
        return "summary.cost_amount: is a number, where money has to be a decimal string"
    if not isinstance(amount, str) or _DECIMAL.fullmatch(amount) is None:
        return "summary.cost_amount: is not a decimal string"
    if not isinstance(summary.get("cost_currency"), str) or not summary["cost_currency"]:
        return "summary.cost_currency: is not a string"
    return None


def _snapshot(call: Mapping[str, Any]) -> CallSnapshot:
    metadata = call.get("metadata")
    return CallSnapshot(
        status=_text(call, "status"),
        direction=_text(call, "direction"),
        from_number=_text(call, "from"),
        to_number=_text(call, "to"),
        attempt_id=_text(metadata, "attempt_id") if isinstance(metadata, dict) else None,
    )


def _text(holder: Mapping[str, Any], name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) else None


def _instant(holder: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return parse_time(_text(holder, name) or "")
    except ValueError:
        return None


def _digest(body_text: str) -> str:
    return hashlib.sha256(body_text.encode()).hexdigest()
