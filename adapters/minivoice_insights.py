"""What MiniVoice's answers mean to the questions for AI results, and to starting and stopping a recording. No input, no output."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from adapters.minivoice_answers import AMBIGUOUS_4XX, CALL_MISSING, LookupFailed, error_code
from adapters.minivoice_json import UnreadableJson, decode
from domain.call import InsightKind, RecordingAction, RecordingResult

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
    answered. `why` repeats nothing of the answer.
    """

    kind: InsightKind
    result: InsightResult
    status: int | None = None
    code: str | None = None
    body: str | None = None
    why: str | None = None


class RecordingAnswer(Struct, frozen=True, kw_only=True):
    """What came of asking to start or stop a recording; `why` repeats nothing of the answer."""

    action: RecordingAction
    result: RecordingResult
    status: int | None = None
    code: str | None = None
    body: str | None = None
    why: str | None = None


def read_insight(kind: InsightKind, call_id: str, status: int, body_text: str) -> InsightAnswer:
    """What an answer to GET /v1/calls/{id}/… says of one AI result."""
    if 200 <= status < 300:
        result, why = _readiness(call_id, body_text)
        return InsightAnswer(kind=kind, result=result, status=status, body=body_text, why=why)
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
    )


def insight_failed(kind: InsightKind, failed: LookupFailed) -> InsightAnswer:
    """The question that got no readable answer at all."""
    return InsightAnswer(kind=kind, result="failed", status=failed.status, body=failed.body, why=failed.why)


def read_recording(action: RecordingAction, call_id: str, status: int, body_text: str) -> RecordingAnswer:
    """What an answer to POST /v1/calls/{id}/recordings says.

    A documented code is a refusal whatever its status; of other answers those below 500, time-outs left out.
    """
    code = error_code(body_text)
    result: RecordingResult
    if 200 <= status < 300:
        why = _fault_of_recording(action, call_id, body_text)
        result = "accepted" if why is None else "unclear"
    else:
        why = f"HTTP {status}"
        is_refusal = code in RECORDING_REFUSALS or (status < 500 and status not in AMBIGUOUS_4XX)
        result = "refused" if is_refusal else "unclear"
    return RecordingAnswer(action=action, result=result, status=status, code=code, body=body_text, why=why)


def answered_data(body_text: str | None) -> Any:
    """The `data` of an answer; None where it has none."""
    answer = None if body_text is None else _object(body_text)
    return None if answer is None else answer.get("data")


def _readiness(call_id: str, body_text: str) -> tuple[InsightResult, str | None]:
    """Whether the result is there. One that names a state has to be completed; topics name none."""
    answer = _object(body_text)
    if answer is None or "data" not in answer:
        return "failed", "the answer has no data"
    data = answer["data"]
    if data is None:
        return "missing", "the data is empty"
    if isinstance(data, list):
        return COMPLETED, None
    if not isinstance(data, dict):
        return "failed", "the data is neither an object nor a list"
    if data.get("call_id", call_id) != call_id:
        return "failed", "the answer is about another call"
    state = data.get("status", COMPLETED)
    if state == COMPLETED:
        return COMPLETED, None
    return ("failed", "MiniVoice could not make it") if state == "failed" else ("missing", "it is not completed yet")


def _fault_of_recording(action: RecordingAction, call_id: str, body_text: str) -> str | None:
    answer = _object(body_text)
    data = None if answer is None else answer.get("data")
    if not isinstance(data, dict):
        return "the answer has no data"
    if data.get("call_id", call_id) != call_id:
        return "the answer is about another call"
    return None if data.get("action", action) == action else "the answer is about another action"


def _object(body_text: str) -> dict[str, Any] | None:
    try:
        answer = decode(body_text.encode())
    except UnreadableJson:
        return None
    return answer if isinstance(answer, dict) else None
