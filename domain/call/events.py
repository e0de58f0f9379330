"""What can be known of a call: reports of the provider, our own acts on it, and what ties it to an attempt."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal, get_args

from msgspec import Struct

from domain.call.came_in import CallCameIn, InboundScriptOf
from domain.call.insight_try import InsightTry

Source = Literal["webhook", "api"]
Evidence = Literal["response", "metadata", "person", "inferred"]
FoundBy = Literal["call_id", "attempt", "numbers"]
RecordingAction = Literal["start", "stop"]
RecordingResult = Literal["accepted", "refused", "unclear", "unsent"]
InsightKind = Literal["transcription", "summary", "score", "topics"]
INSIGHT_KINDS: tuple[InsightKind, ...] = get_args(InsightKind)
NOBODY: frozenset[str] = frozenset()


class CallSnapshot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a report said of the call itself, as the provider spelled it; a field that was missing is None.

    `attempt_id` is the one of ours that came back in the call's metadata, where the provider echoes metadata.
    """

    status: str | None = None
    direction: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    attempt_id: str | None = None


class Report(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing MiniVoice said about a call.

    `occurred_at` is the provider's clock (UTC), None where it gave no time. `key` identifies the report within its
    call; `digest` is the SHA-256 of what arrived: `body`, or `raw` where that is no text or
    came packed, which `body` then shows.
    `headers` are the ones kept of a webhook. `same_key` marks a report whose key had come before with another body.
    `drift` names each field that was not as documented, and what is odd about it; it counts as far as it could be read.
    """

    PERSONAL: ClassVar = frozenset({"snapshot", "body", "raw"})
    source: Source
    key: str
    digest: str
    body: str
    occurred_at: datetime | None = None
    snapshot: CallSnapshot = CallSnapshot()
    headers: Mapping[str, str] = {}
    same_key: bool = False
    raw: bytes | None = None
    drift: tuple[str, ...] = ()

    @property
    def arrived(self) -> bytes:
        """What arrived, byte for byte."""
        return self.body.encode() if self.raw is None else self.raw


class CallCreated(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The provider has the call."""

    NAME: ClassVar = "call.created"


class CallAnswered(Report, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody, or something, picked up."""

    NAME: ClassVar = "call.answered"


class CallGathered(Report, frozen=True, kw_only=True, omit_defaults=True):
    """A gather ended: with `digits`, or because its time was over."""

    NAME: ClassVar = "call.gathered"
    PERSONAL: ClassVar = frozenset({"snapshot", "body", "raw", "digits"})
    digits: str | None = None
    timed_out: bool | None = None


class CallCompleted(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The call ended; that it was answered, this does not say."""

    NAME: ClassVar = "call.completed"


class CallFailed(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The call could not be put through."""

    NAME: ClassVar = "call.failed"


class CallCanceled(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The call was taken back before it was answered."""

    NAME: ClassVar = "call.canceled"


class RecordingStarted(Report, frozen=True, kw_only=True, omit_defaults=True):
    """A recording of the call began."""

    NAME: ClassVar = "recording.started"


class RecordingCompleted(Report, frozen=True, kw_only=True, omit_defaults=True):
    """A recording is ready."""

    NAME: ClassVar = "recording.completed"


class RecordingFailed(Report, frozen=True, kw_only=True, omit_defaults=True):
    """A recording did not come about."""

    NAME: ClassVar = "recording.failed"


class CallReported(Report, frozen=True, kw_only=True, omit_defaults=True):
    """The provider said something under a name that we do not know; `name` is that name."""

    NAME: ClassVar = "call.reported"
    name: str


class CallClaimed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """This call is the one that an attempt of ours brought about; `recipient` is that person's stream, `how` the evidence.

    `attempt_started_at` is when that attempt was recorded, by our clock; None of a claim that was recorded without it.
    """

    NAME: ClassVar = "call.claimed"
    PERSONAL: ClassVar = NOBODY
    attempt_id: str
    campaign_id: str
    recipient: str
    how: Evidence
    attempt_started_at: datetime | None = None


class CallRedelivered(Struct, frozen=True, kw_only=True):
    """A delivery came again, byte for byte."""

    NAME: ClassVar = "call.redelivered"
    PERSONAL: ClassVar = NOBODY
    key: str
    digest: str
    headers: Mapping[str, str] = {}


class CallObserved(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """We asked for the call, and the answer does not say that it ended.

    `attempt_id` is ours, where the answer echoed our metadata; `gave_up`: we ask no more, and the call's end cannot be
    found out unless somebody reports it. `raw` and `drift` are as in a report.
    """

    NAME: ClassVar = "call.observed"
    PERSONAL: ClassVar = frozenset({"body", "raw"})
    digest: str
    body: str
    status: str | None = None
    attempt_id: str | None = None
    gave_up: bool = False
    raw: bytes | None = None
    drift: tuple[str, ...] = ()


class AnswerServed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The provider asked what the call shall do, and got `actions`; `occurred_at` is our clock.

    `step` names the last of the script's steps in it, `version` the script's version, `place` the link that was followed
    (None at the beginning). `why` says why something else was served than the script has there; `again` that the same
    request had been answered before, and got the same. `walk` names the walk through the script, of which each request
    without a link begins another, and `found_by` says by what the asker named the call; `heard` is whether the report of
    what was pressed decided it. They are None where that was not kept, or there was nothing to keep. To somebody who rang
    back, the `inbound` script of `campaign_id`, or of the installation, was told. `questions_before` counts
    the walk's questions before it, and `callbacks` has the seconds after which digits of its own wish a call.
    """

    NAME: ClassVar = "answer.served"
    PERSONAL: ClassVar = frozenset({"request", "actions"})
    occurred_at: datetime
    step: str | None
    request: str
    actions: str
    duration_ms: float
    version: int | None = None
    place: str | None = None
    why: str | None = None
    again: bool = False
    walk: str | None = None
    found_by: FoundBy | None = None
    heard: bool | None = None
    inbound: InboundScriptOf | None = None
    campaign_id: str | None = None
    questions_before: int | None = None
    callbacks: Mapping[str, int] | None = None


class InsightFetched(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An AI result of the call was asked for.

    `kind` is one of `INSIGHT_KINDS`; `result` is completed (`body` has it), missing (so far), failed (not answered;
    `why` says how), or gave_up (not asked for any more). `body` is the last answer, verbatim; `asked` are the questions
    since the event before of this kind. `raw` and `drift` are as in a report.
    """

    NAME: ClassVar = "insight.fetched"
    PERSONAL: ClassVar = frozenset({"body", "raw"})
    kind: str
    result: str
    body: str | None = None
    why: str | None = None
    asked: tuple[InsightTry, ...] = ()
    raw: bytes | None = None
    drift: tuple[str, ...] = ()


class RecordingRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """We asked the provider to start or stop (`action`) a recording of the call.

    `result` is accepted, refused, unclear (perhaps it was done) or unsent (certainly not); `status`, `code` and `body`
    are the answer's, where there was one; `raw` and `drift` are as in a report. What became of the recording the provider
    reports itself.
    """

    NAME: ClassVar = "recording.requested"
    PERSONAL: ClassVar = frozenset({"body", "raw"})
    action: RecordingAction
    result: RecordingResult
    status: int | None = None
    code: str | None = None
    body: str | None = None
    raw: bytes | None = None
    drift: tuple[str, ...] = ()


EndEvent = CallCompleted | CallFailed | CallCanceled
ReportEvent = (
    CallCreated
    | CallAnswered
    | CallGathered
    | EndEvent
    | RecordingStarted
    | RecordingCompleted
    | RecordingFailed
    | CallReported
)
Tied = CallClaimed | CallCameIn
CallEvent = ReportEvent | Tied | CallRedelivered | CallObserved | AnswerServed | InsightFetched | RecordingRequested

REPORT_KINDS: frozenset[type[ReportEvent]] = frozenset(get_args(ReportEvent))
END_EVENTS: tuple[type[EndEvent], ...] = get_args(EndEvent)
REPORTS: Mapping[str, type[ReportEvent]] = {
    report.NAME: report
    for report in (
        CallCreated,
        CallAnswered,
        CallGathered,
        CallCompleted,
        CallFailed,
        CallCanceled,
        RecordingStarted,
        RecordingCompleted,
        RecordingFailed,
    )
}
RANK: Mapping[str, int] = {
    name: rank
    for rank, name in enumerate(
        (
            "call.claimed",
            "call.created",
            "call.answered",
            "answer.served",
            "recording.started",
            "call.gathered",
            "call.reported",
            "call.completed",
            "call.failed",
            "call.canceled",
            "recording.completed",
            "recording.failed",
            "insight.fetched",
            "recording.requested",
            "call.observed",
            "call.redelivered",
            "call.came_in",
        )
    )
}
