"""The call: MiniVoice's, by its id; ours to record."""

from domain.call.came_in import CallCameIn, InboundScriptOf
from domain.call.decisions import (
    ANSWERS_KEPT_MAX,
    REDELIVERIES_PER_KEY_MAX,
    KnownAs,
    claim,
    observe,
    observe_otherwise,
    receive,
    record_insight,
    serve,
)
from domain.call.events import (
    END_EVENTS,
    INSIGHT_KINDS,
    RANK,
    REPORT_KINDS,
    REPORTS,
    AnswerServed,
    CallAnswered,
    CallCanceled,
    CallClaimed,
    CallCompleted,
    CallCreated,
    CallEvent,
    CallFailed,
    CallGathered,
    CallObserved,
    CallRedelivered,
    CallReported,
    CallSnapshot,
    EndEvent,
    Evidence,
    FoundBy,
    InsightFetched,
    InsightKind,
    RecordingAction,
    RecordingCompleted,
    RecordingFailed,
    RecordingRequested,
    RecordingResult,
    RecordingStarted,
    Report,
    ReportEvent,
    Source,
)
from domain.call.facts import AnswerProof, Claim, Outcome, PersonProof, Terminal
from domain.call.fold import evolve, join, terminal_of
from domain.call.insight_try import InsightTry
from domain.call.plain_outcome import PLAIN_OUTCOMES, PlainOutcome, talk_seconds
from domain.call.report_identity import ONCE_PER_CALL, report_key, report_name
from domain.call.stamps import PROVIDER_SKEW_MAX
from domain.call.state import INITIAL, STRENGTH, CallHistory, CallState, Phase
from domain.call.walks import is_of, stands
