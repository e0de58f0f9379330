"""What MiniVoice's answers mean to the questions for AI results, and to starting and stopping a recording. No input, no output."""

import math
from collections.abc import Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from adapters.minivoice_answers import AMBIGUOUS_4XX, CALL_MISSING, LookupFailed, error_code
from adapters.minivoice_fields import Fields, only_object
from adapters.minivoice_json import Twice, UnreadableJson, as_text, read_json
from domain.call import InsightKind, RecordingAction, RecordingResult
from domain.errors import InvalidInput

InsightResult = Literal["completed", "missing", "failed"]

# The last part of each kind's address, and the code that says that there is none.
INSIGHT_PATHS: Mapping[InsightKind, str] = {
    "transcription": "transcription",
    "summary": "ai-summary",
    "score": "ai-score",
    "topics": "ai-topics",
}
INSIGHT_MISSING: Mapping[InsightKind, str] = {
    "transcription": "transcription_not_found",
    "summary": "ai_summary_not_found",
    "score": "ai_score_not_found",
    "topics": "ai_topics_not_found",
}
COMPLETED: Final = "completed"
NO_DATA: Final = object()
INT_BITS_MAX = 63
RECORDING_NAMES = frozenset({"call_id", "action", "recording"})
RECORDING_REFUSALS = frozenset(
    {
        "invalid_action",
        "active_call_not_found",
        "recording_not_started",
        "call_uuid_missing",
        "recording_start_failed",
        "recording_stop_failed",
    }
)


class InsightAnswer(Struct, frozen=True, kw_only=True):
    """What came of one question for an AI result.

    completed: `body` has it. missing: by MiniVoice's word there is none, or none yet. failed: the question was not
    answered. `why` repeats nothing of the answer. `raw` and `drift` are as in a report.
    """

    kind: InsightKind
    result: InsightResult
    status: int | None = None
    code: str | None = None
    body: str | None = None
    why: str | None = None
    raw: bytes | None = None
    drift: tuple[str, ...] = ()


class RecordingAnswer(Struct, frozen=True, kw_only=True):
    """What came of asking to start or stop a recording; `why` repeats nothing of the answer.

    `raw` and `drift` are as in a report.
    """

    action: RecordingAction
    result: RecordingResult
    status: int | None = None
    code: str | None = None
    body: str | None = None
    why: str | None = None
    raw: bytes | None = None
    drift: tuple[str, ...] = ()


def read_insight(kind: InsightKind, call_id: str, status: int, body: bytes) -> InsightAnswer:
    """What an answer to GET /v1/calls/{id}/… says of one AI result."""
    body_text, raw = as_text(body)
    if 200 <= status < 300:
        data, fields = _data_in(body)
        result, why = _readiness(call_id, data, fields)
        return InsightAnswer(
            kind=kind, result=result, status=status, body=body_text, why=why, raw=raw, drift=tuple(fields.drift)
        )
    code = error_code(body_text)
    is_said = 400 <= status < 500 and code in {INSIGHT_MISSING[kind], CALL_MISSING}
    # As with a call: another 404 with MiniVoice's envelope says the same.
    is_missing = is_said or (status in {404, 410} and code is not None)
    return InsightAnswer(
        kind=kind,
        result="missing" if is_missing else "failed",
        status=status,
        code=code,
        body=body_text,
        why=None if is_missing else f"HTTP {status}",
        raw=raw,
    )


def insight_failed(kind: InsightKind, failed: LookupFailed) -> InsightAnswer:
    """The question that got no readable answer at all."""
    return InsightAnswer(kind=kind, result="failed", status=failed.status, body=failed.body, why=failed.why)


def read_recording(action: RecordingAction, call_id: str, status: int, body: bytes) -> RecordingAnswer:
    """What an answer to POST /v1/calls/{id}/recordings says.

    A documented code is a refusal whatever its status; of other answers those below 500, time-outs left out.
    """
    body_text, raw = as_text(body)
    code = error_code(body)
    result: RecordingResult
    fields = Fields()
    if 200 <= status < 300:
        data, fields = _data_in(body)
        why = _fault_of_recording(action, call_id, data, fields)
        result = "accepted" if why is None else "unclear"
    else:
        why = f"HTTP {status}"
        is_refusal = code in RECORDING_REFUSALS or (status < 500 and status not in AMBIGUOUS_4XX)
        result = "refused" if is_refusal else "unclear"
    return RecordingAnswer(
        action=action,
        result=result,
        status=status,
        code=code,
        body=body_text,
        why=why,
        raw=raw,
        drift=tuple(fields.drift),
    )


def answered_data(body_text: str | None, raw: bytes | None = None) -> Any:
    """What an answer says in its `data`, or bare; None where it says nothing. `raw` are its bytes, where text cannot hold them."""
    if raw is None and body_text is None:
        return None
    data, _ = _data_in((body_text or "").encode() if raw is None else raw)
    return None if data is NO_DATA else _writable(data)


def _writable(value: Any) -> Any:
    """The value as JSON can have it: null for what came twice or is no number, text for a number that is too long."""
    match value:
        case dict():
            return {name: _writable(one) for name, one in value.items()}
        case list():
            return [_writable(one) for one in value]
        case float() if not math.isfinite(value):
            return None
        case int() if value.bit_length() > INT_BITS_MAX:
            return str(value)
        case Twice():
            return None
        case _:
            return value


def _data_in(body: bytes) -> tuple[Any, Fields]:
    """What stands in an answer's `data`, or bare, and the fields read so far; `NO_DATA` where there is nothing."""
    try:
        document = read_json(body)
    except UnreadableJson:
        return NO_DATA, Fields()
    fields, answer = Fields(document.faults), document.value
    if isinstance(answer, str):
        answer = only_object(answer)
        fields.said("body", "is written in a text")
    if isinstance(answer, dict) and "data" in answer:
        return _whole_in(answer["data"], fields), fields
    if not isinstance(answer, dict | list) or not answer or "error" in answer:
        return NO_DATA, fields
    fields.said("data", "is missing, and what should be in it stands bare")
    return answer, fields


def _whole_in(data: Any, fields: Fields) -> Any:
    """The data, also where it is written in a text."""
    found = only_object(data) if isinstance(data, str) else None
    if found is None:
        return data
    fields.said("data", "is written in a text")
    return found


def _readiness(call_id: str, data: Any, fields: Fields) -> tuple[InsightResult, str | None]:
    """Whether the result is there. One that names a state has to be completed; topics name none."""
    if data is NO_DATA:
        return "failed", "the answer has no data"
    if data is None:
        return "missing", "the data is empty"
    if isinstance(data, list):
        return COMPLETED, None
    if not isinstance(data, dict):
        return "failed", "the data is neither an object nor a list"
    if _call_named(data, fields) not in {None, call_id}:
        return "failed", "the answer is about another call"
    state = fields.text(data, "status", "data.")
    if state is None:  # where it cannot be read, what stands beside it tells
        is_there = "status" not in data or any(data[name] for name in data.keys() - {"status", "call_id"})
        return (COMPLETED, None) if is_there else ("missing", "it is not completed yet")
    word = state.strip().lower()
    if word != state:
        fields.said("data.status", "is not spelled as documented")
    if word == COMPLETED:
        return COMPLETED, None
    return ("failed", "MiniVoice could not make it") if word == "failed" else ("missing", "it is not completed yet")


def _call_named(data: Mapping[str, Any], fields: Fields) -> str | None:
    """Which call the answer says that it is about; None where that is missing or cannot be read."""
    if data.get("call_id") is None:
        return None
    try:
        return fields.call_id(data, "call_id", "data.")
    except InvalidInput as unreadable:
        fields.said("data.call_id", unreadable.message)
        return None


def recording_in(body_text: str | None, raw: bytes | None = None) -> dict[str, Any] | None:
    """The recording as an answer describes it; None where it does not."""
    data = only_object(answered_data(body_text, raw))
    return None if data is None else only_object(data.get("recording"))


def _fault_of_recording(action: RecordingAction, call_id: str, data: Any, fields: Fields) -> str | None:
    """Why an answer does not say that it was done; None where it does, as far as it can be read."""
    found = only_object(data)
    if found is None or not found.keys() & RECORDING_NAMES:
        return "the answer has no data"
    if found is not data:
        fields.said("data", "is not an object")
    if _call_named(found, fields) not in {None, call_id}:
        return "the answer is about another call"
    said = fields.text(found, "action", "data.")
    word = None if said is None else said.strip().lower()
    if word != said:
        fields.said("data.action", "is not spelled as documented")
    return None if word in {None, action} else "the answer is about another action"
