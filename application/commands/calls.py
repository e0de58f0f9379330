"""Calls: what is reported, found out and served of them; each command reads, decides and appends in one commit."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from adapters.minivoice_client import RecordingAnswer
from application.commands.command import Command
from application.commands.keys_pressed import heed_keys
from application.commands.ringing_back import note_ring_back
from application.commands.wished_by_key import heed_callback
from domain import call
from domain.call import AnswerServed, CallObserved, InsightFetched, KnownAs, RecordingRequested, ReportEvent
from domain.identity import call_stream

Received = Literal["stored", "redelivered"]


def receive_report(call_id: str, report: ReportEvent, known_as: KnownAs | None = None) -> "ReceiveReport":
    """Record what MiniVoice reports of a call, by webhook or when asked; whether that is new or was reported before."""
    return ReceiveReport(call_id, report, known_as)


class ReceiveReport(Struct, frozen=True):
    """The command to record a report; what it reads is known before it is decided, so that a commit's are read together."""

    call_id: str
    report: ReportEvent
    known_as: KnownAs | None

    @property
    def reads(self) -> tuple[str]:
        """The call's stream."""
        return (call_stream(self.call_id),)

    def __call__(self, tx: Transaction) -> Received:
        """Decide it."""
        call_id = self.call_id
        before = tx.call(call_id)
        told = next(iter(call.receive(before, self.report, self.known_as)), None)
        if told is None:
            heed_callback(tx, call_id)
            return "redelivered"
        tx.append(call_stream(call_id), [told])
        state = tx.appended[-1].state.state
        if type(told) is call.CallGathered:
            heed_keys(tx, call_id, told)
        if type(told) is call.CallGathered or state.parties != before.state.parties:
            note_ring_back(tx, call_id)
        if state.questions.asked:
            heed_callback(tx, call_id)
        return "redelivered" if type(told) is call.CallRedelivered else "stored"


def observe_call(call_id: str, observed: CallObserved) -> Command[None]:
    """Record what MiniVoice says of a call when asked, where that changes nothing."""

    def decide(tx: Transaction) -> None:
        tx.append(call_stream(call_id), call.observe(tx.call(call_id), observed))

    return decide


def observe_otherwise(call_id: str, observed: CallObserved) -> Command[None]:
    """Record what MiniVoice says of a call that has ended, where that is not what is known of it."""

    def decide(tx: Transaction) -> None:
        tx.append(call_stream(call_id), call.observe_otherwise(tx.call(call_id), observed))

    return decide


def serve_answer(call_id: str, served: AnswerServed) -> Command[None]:
    """Record what a call was told to do."""

    def decide(tx: Transaction) -> None:
        tx.append(call_stream(call_id), call.serve(tx.call(call_id), served))
        heed_callback(tx, call_id)

    return decide


def record_insights(call_id: str, fetched: Sequence[InsightFetched]) -> Command[list[tuple[str, str]]]:
    """Record what came of asking, as far as it is new; gives the kind and result of what was."""

    def decide(tx: Transaction) -> list[tuple[str, str]]:
        history = tx.call(call_id)
        new: list[InsightFetched] = []
        for one in fetched:
            new.extend(event for event in call.record_insight(history, one) if isinstance(event, InsightFetched))
        tx.append(call_stream(call_id), new)
        return [(event.kind, event.result) for event in new]

    return decide


def record_control(call_id: str, answer: RecordingAnswer) -> Command[None]:
    """Record that a recording was to be started or stopped, and what MiniVoice answered."""
    requested = RecordingRequested(
        action=answer.action,
        result=answer.result,
        status=answer.status,
        code=answer.code,
        body=answer.body,
        raw=answer.raw,
        drift=answer.drift,
    )

    def decide(tx: Transaction) -> None:
        tx.call(call_id)
        tx.append(call_stream(call_id), [requested])

    return decide
