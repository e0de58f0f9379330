"""Takes an order for a call at the desk: checks, creates the call on arrival, and decides how the answer goes out."""

from dataclasses import dataclass

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.calls import Call, Origin, post_response
from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.clock import Clock
from entrypoints.sandbox.exchange import Exchange
from entrypoints.sandbox.faults import Fault, Faults
from entrypoints.sandbox.orders import Order
from entrypoints.sandbox.refusals import refusal
from entrypoints.sandbox.settings import Live
from entrypoints.sandbox.span import Span
from entrypoints.sandbox.tally import Tally

EARLY_WEBHOOK_WAIT_SECONDS = 2.0
LATE_WEBHOOK_SECONDS = Span(0.5, 2.0)
"""How late the webhooks come for a call that exists in spite of a 502."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` None closes the connection without a byte; `wait_seconds` passes before either."""

    status: int | None
    body: dict[str, object]
    call_id: str | None = None
    code: str | None = None
    fault: str | None = None
    wait_seconds: float = 0.0


class Desk:
    def __init__(self, live: Live, chance: Chance, clock: Clock, exchange: Exchange, tally: Tally) -> None:
        self._live = live
        self._chance = chance
        self._clock = clock
        self._exchange = exchange
        self._tally = tally
        self.faults = Faults(live, chance)

    async def take(self, application: Application, order: Order) -> Answer:
        """Raises RefusalError for everything that ends in an error envelope."""
        self._exchange.check(application, order)
        fault = self.faults.next_for(order.to_number)
        if fault is Fault.REFUSED_429:
            raise refusal("cps_limit_reached", fault=fault)
        if fault is Fault.ERROR_500:
            raise refusal("internal_error", fault=fault)
        if fault is Fault.ERROR_502:
            raise refusal("originate_failed", fault=fault)
        call = self._create(application, order)
        if fault is Fault.ERROR_502_CALL_EXISTS:
            late = self._chance.seconds(LATE_WEBHOOK_SECONDS, "late", *call.subject)
            self._exchange.begin_refused(call, start_seconds=late)
            raise refusal("originate_failed", call_id=call.id, fault=fault)
        await self._begin(call)
        if fault is Fault.ERROR_500_CALL_EXISTS:
            raise refusal("internal_error", call_id=call.id, fault=fault)
        return self._answer(call, fault)

    def _create(self, application: Application, order: Order) -> Call:
        call = self._exchange.create(application, order, Origin.API)
        now_ns = self._clock.monotonic_ns()
        application.accepted.add(now_ns)
        self._tally.accepted_post(order.to_number, now_ns)
        return call

    async def _begin(self, call: Call) -> None:
        if self._chance.hits(self._live.settings.early_webhook_rate, "early", *call.subject):
            await self._exchange.begin_early(call, EARLY_WEBHOOK_WAIT_SECONDS)
        else:
            self._exchange.begin(call)

    def _answer(self, call: Call, fault: Fault | None) -> Answer:
        settings = self._live.settings
        if fault is Fault.LOST_RESPONSE:
            return Answer(None, {}, call.id, fault=fault)
        if fault is Fault.TIMEOUT:
            return Answer(None, {}, call.id, fault=fault, wait_seconds=settings.timeout_seconds)
        slow = self._chance.seconds(settings.slow_seconds, "slow answer", *call.subject) if fault is Fault.SLOW else 0.0
        echo = settings.echo_metadata in {"response", "both"}
        body = post_response(call, settings.answer_url, echo=echo)
        return Answer(settings.created_status, body, call.id, fault=fault, wait_seconds=slow)
