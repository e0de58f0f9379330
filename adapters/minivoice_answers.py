"""What MiniVoice's answers mean: to POST /v1/calls and to GET /v1/calls/{id}. No input, no output."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from adapters.minivoice_json import UnreadableJson, as_text, kept_text, read_json
from adapters.minivoice_said_call import digest_of, end_in, reported, said_call
from domain.call import CallCreated, CallObserved, CallSnapshot, EndEvent
from domain.dial_outcome import Accepted, DialOutcome, Refused, Throttle, Unresolved
from domain.errors import InvalidInput
from domain.recipient import Concerns

CODE_CHARS_MAX = 128
CALL_MISSING: Final = "call_not_found"


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


def classify(status: int, body: bytes, retry_after_seconds: float | None = None) -> DialOutcome:
    """What an answer to POST /v1/calls says about the call; `body` is the whole of it.

    `retry_after_seconds` is what its header said; it matters where a limit was met.
    """
    if 200 <= status < 300:
        return _accepted(status, body)
    body_text = kept_text(body)
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


def error_code(body: str | bytes) -> str | None:
    """`error.code` of an error envelope, or None."""
    try:
        value = read_json(body.encode() if isinstance(body, str) else body).value
    except UnreadableJson:
        return None
    error = value.get("error") if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and 0 < len(code) <= CODE_CHARS_MAX else None


def read_call(asked: str, status: int, body: bytes) -> CallFound | CallMissing | LookupFailed:
    """What an answer to GET /v1/calls/{asked} says."""
    text, raw = as_text(body)
    if not 200 <= status < 300:
        code = error_code(text)
        # Another 404 with MiniVoice's envelope says the same; one without may come from a proxy in between.
        if (status in {404, 410} and code is not None) or (400 <= status < 500 and code == CALL_MISSING):
            return CallMissing(call_id=asked, status=status, body=text)
        return LookupFailed(why=f"HTTP {status}", status=status, code=code, body=text)
    try:
        said = said_call(body, asked)
    except (UnreadableJson, InvalidInput) as unreadable:
        return LookupFailed(why=f"the answer is not a call ({unreadable})", status=status, body=text)
    if said.call_id != asked:
        return LookupFailed(why="the answer is about another call", status=status, body=text)
    event = end_in(said, body) or CallObserved(
        digest=digest_of(body),
        body=text,
        status=said.snapshot.status,
        attempt_id=said.snapshot.attempt_id,
        raw=raw,
        drift=tuple(said.fields.drift),
    )
    return CallFound(call_id=asked, status=said.snapshot.status, snapshot=said.snapshot, event=event)


def _accepted(status: int, body: bytes) -> DialOutcome:
    text = kept_text(body)
    try:
        said = said_call(body)
    except (UnreadableJson, InvalidInput) as unreadable:
        why = f"HTTP {status} without a readable call id ({unreadable})"
        return Unresolved(why=why, status=status, body=text)
    occurred_at = said.fields.time(said.call, "created_at")
    created = CallCreated(occurred_at=occurred_at, **reported(CallCreated.NAME, said, body))
    return Accepted(call_id=said.call_id, status=status, body=text, created=created)
