"""A delivery on its way: what is told of it in metrics, arrivals and log, and what it is answered once the ledger has it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from starlette.responses import PlainTextResponse, Response

from adapters.ledger import CommandOutcome, Ledger
from adapters.log_lines import LogLines
from adapters.minivoice_webhook import ReceivedReport
from application.arrivals import Arrivals, RefusalKind
from application.commands.calls import receive_report
from application.commands.command import Command
from application.metrics import Metrics, WebhookResult
from application.own_delivery import OWN_DELIVERY
from domain import call
from domain.errors import LedgerError
from domain.instants import time_text
from entrypoints.http.problems import problem
from projections.deliveries import RECEIVED_AT

ACTOR = "webhook"
WHY_CHARACTERS_MAX = 500
_LINES: Mapping[WebhookResult, tuple[int, str]] = {
    "stored": (logging.INFO, "delivery stored"),
    "redelivered": (logging.INFO, "delivery known already"),
    "quarantined": (logging.WARNING, "delivery unreadable, kept in quarantine"),
    "refused": (logging.WARNING, "delivery refused"),
    "unreadable": (logging.WARNING, "delivery unreadable"),
    "too_large": (logging.WARNING, "delivery too large"),
    "unavailable": (logging.WARNING, "delivery not stored"),
}
_ACCEPTED: frozenset[WebhookResult] = frozenset({"stored", "redelivered", "quarantined"})
log = structlog.get_logger("dialtrail.http")
Answer = Callable[[Response | None], None]
"""Answers a delivery: with 204 for None, else with this."""


class IncomingDelivery:
    """What is told of one delivery, in the metrics and in its log line; never its body, nor a number."""

    __slots__ = ("answer", "began", "bytes", "call_id", "is_own", "kind", "reason", "received_at", "report", "result")

    def __init__(self, began: float, received_at: datetime) -> None:
        self.began = began
        self.received_at = received_at
        self.bytes: int | None = None
        self.report: str | None = None
        self.call_id: str | None = None
        self.is_own = False
        self.kind: RefusalKind = "other"
        self.result: WebhookResult = "stored"
        self.reason: str | None = None
        self.answer: Answer = _answer_nobody

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the ledger keeps beside its event."""
        return {"actor": ACTOR, RECEIVED_AT: time_text(self.received_at)}

    def came(self, body: bytes) -> None:
        """Its body is here."""
        self.bytes, self.is_own = len(body), body == OWN_DELIVERY

    def command(self, received: ReceivedReport) -> Command[WebhookResult]:
        """What stores it, now that it was read."""
        self.report, self.call_id = call.report_name(received.report), received.call_id
        return receive_report(received.call_id, received.report, received.as_packed)

    def not_stored(self, error: LedgerError) -> Response:
        """The problem to answer with where the ledger did not take it."""
        self.result, self.reason = "unavailable", str(error)
        return not_stored(str(error))

    def failed(self, error: BaseException) -> None:
        """It met a mistake of ours."""
        self.result, self.reason = "unavailable", f"Dialtrail itself failed ({type(error).__name__})"


def not_stored(why: str) -> Response:
    """The answer that asks for the delivery again, with no more of a database's own words than WHY_CHARACTERS_MAX."""
    shown = why if len(why) <= WHY_CHARACTERS_MAX else f"{why[: WHY_CHARACTERS_MAX - 1]}…"
    return problem(503, "ledger-unavailable", "Not stored; try again", shown)


class DeliveryTeller:
    """Tells what became of deliveries."""

    def __init__(self, monotonic: Callable[[], float], metrics: Metrics, lines: LogLines, arrivals: Arrivals) -> None:
        self.now = monotonic
        self._metrics = metrics
        self._lines = lines
        self._arrivals = arrivals

    def tell(self, delivery: IncomingDelivery, status: int, answered_at: float | None = None) -> None:
        """It was answered, at an instant of the monotonic clock, or now."""
        if not delivery.is_own and delivery.result in _ACCEPTED:
            self._arrivals.accepted()
        elif not delivery.is_own and delivery.result == "refused":
            self._arrivals.refused(delivery.received_at, delivery.kind)
        seconds = (self.now() if answered_at is None else answered_at) - delivery.began
        self._metrics.webhook(delivery.report or "", delivery.result, seconds)
        level, event = _LINES[delivery.result]
        self._lines.add(
            level,
            event,
            {
                "report": delivery.report,
                "call_id": delivery.call_id,
                "result": delivery.result,
                "status": status,
                "ms": seconds * 1000,
                "bytes": delivery.bytes,
                "reason": delivery.reason,
            },
        )


class DeliveryStore:
    """Stores deliveries that were read, and answers them when the commit is on disk: without task or future."""

    def __init__(self, ledger: Ledger, teller: DeliveryTeller) -> None:
        self._ledger = ledger
        self._teller = teller
        self._loop: asyncio.AbstractEventLoop | None = None

    def store(self, delivery: IncomingDelivery, received: ReceivedReport) -> None:
        """Have it written. Called in the event loop, where the answer is given."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        try:
            decide = delivery.command(received)
            self._ledger.submit(decide, lane="webhooks", metadata=delivery.metadata, wake=self._wake, token=delivery)
        except LedgerError as error:
            self._end_all([(delivery, CommandOutcome(error=error))])

    def _wake(self, woken: Sequence[tuple[IncomingDelivery, CommandOutcome]]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop closed, and nobody waits on it any more
                self._loop.call_soon_threadsafe(self._end_all, woken)

    def _end_all(self, woken: Sequence[tuple[IncomingDelivery, CommandOutcome]]) -> None:
        """Answer all of a commit; what is told of them nobody waits for."""
        told = [(delivery, self._answer(delivery, outcome)) for delivery, outcome in woken]
        asyncio.get_running_loop().call_soon(self._tell_all, told, self._teller.now())

    def _tell_all(self, told: Sequence[tuple[IncomingDelivery, int]], answered_at: float) -> None:
        for delivery, status in told:
            self._teller.tell(delivery, status, answered_at)

    def _answer(self, delivery: IncomingDelivery, outcome: CommandOutcome) -> int:
        """Answer one; with what status. Where that fails, the others of its commit are answered all the same."""
        answer: Response | None = None
        error = outcome.error
        if error is None:
            delivery.result = outcome.result
        elif isinstance(error, LedgerError):
            answer = delivery.not_stored(error)
        else:
            delivery.failed(error)
            log.error("a delivery failed inside Dialtrail", error=repr(error), exc_info=error)
            answer = PlainTextResponse("Internal Server Error", 500, {"connection": "close"})
        try:
            delivery.answer(answer)
        except Exception:  # what is on disk stays; its sender asks again
            log.exception("a delivery could not be answered")
        return 204 if answer is None else answer.status_code


def _answer_nobody(_: Response | None) -> None:
    """The ordinary way answers by itself."""
