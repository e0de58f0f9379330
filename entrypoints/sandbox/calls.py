"""A call as the sandbox knows it, and the three shapes in which the provider shows it."""

from asyncio import TimerHandle
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from entrypoints.sandbox.applications import Application
from entrypoints.sandbox.book import Book
from entrypoints.sandbox.clock import later, microseconds, whole_seconds

DIALING_AFTER_SECONDS = 1.0


class CallStatus(StrEnum):
    DIALING = "dialing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


class Origin(StrEnum):
    API = "api"
    FOREIGN = "foreign"
    INBOUND = "inbound"


TERMINAL_EVENTS = {
    "call.completed": CallStatus.COMPLETED,
    "call.failed": CallStatus.FAILED,
    "call.canceled": CallStatus.CANCELED,
}


@dataclass(slots=True, eq=False)
class Call:
    """`nth` counts the calls to the same number: `(to_number, nth)` is what every seeded choice is about.

    `book` is there when the call is answered, and asks what it says; `is_picked_up` leaves that it is answered to no chance.
    """

    id: str
    application: Application
    provider_call_id: str
    origin: Origin
    from_number: str
    to_number: str
    nth: int
    metadata: dict[str, object]
    record: bool
    created_at: datetime
    reserved: Decimal = Decimal(0)
    state: CallStatus = CallStatus.DIALING
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    billed_seconds: int = 0
    cost: Decimal = Decimal(0)
    recordings: int = 0
    recording_on: bool = False
    recordings_unready: int = 0
    recording_requests: int = 0
    recorded_at: datetime | None = None
    gathers: int = 0
    reads: int = 0
    events: list[str] = field(default_factory=list)
    timer: TimerHandle | None = None
    book: Book | None = None
    is_picked_up: bool = False

    @property
    def subject(self) -> tuple[str, str, int]:
        return (self.origin, self.to_number, self.nth)

    @property
    def direction(self) -> str:
        return "inbound" if self.origin is Origin.INBOUND else "outbound"

    @property
    def active(self) -> bool:
        return self.ended_at is None

    @property
    def settled(self) -> bool:
        """It has ended, and nothing more will be announced of it."""
        reports_due = self.book.reports_due if self.book else 0
        return self.timer is None and not self.active and not self.recordings_unready and not reports_due

    def recording_id(self, nth: int) -> str:
        """Of its nth recording: `rec_call_123`, then `rec_call_123_2`."""
        return f"rec_{self.id}" + (f"_{nth}" if nth > 1 else "")

    def merged_metadata(self, *, echo: bool) -> dict[str, object]:
        own = dict(self.metadata) if echo else {}
        return {**own, "record": True} if self.record else own


def post_response(call: Call, answer_url: str, *, echo: bool) -> dict[str, object]:
    """The bare object that answers POST /v1/calls."""
    return {
        "id": call.id,
        "status": CallStatus.DIALING,
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
        "application_id": call.application.id,
        "customer_id": call.application.customer_id,
        "provider_call_id": call.provider_call_id,
        "answer_url": answer_url,
        "metadata": call.merged_metadata(echo=echo),
        "created_at": whole_seconds(call.created_at),
        "route_mode": "webhook",
        "routing_target": call.application.id,
        "dialing_at": whole_seconds(later(call.created_at, DIALING_AFTER_SECONDS)),
    }


def get_response(call: Call, *, echo: bool) -> dict[str, object]:
    """The bare object that answers GET /v1/calls/{id}; the document shows no metadata in it."""
    shown: dict[str, object] = {
        "id": call.id,
        "status": call.state,
        "direction": call.direction,
        "from": call.from_number,
        "to": call.to_number,
    }
    return shown | {"metadata": call.merged_metadata(echo=True)} if echo else shown


def webhook_snapshot(call: Call, event: str, *, direction: str, echo: bool) -> dict[str, object]:
    """`call` inside a webhook: call.created shows more fields, and `in_progress` where the response says `dialing`."""
    created = event == "call.created"
    status = CallStatus.IN_PROGRESS if call.state is CallStatus.DIALING else call.state
    snapshot: dict[str, object] = {
        "id": call.id,
        "customer_id": call.application.customer_id,
        "application_id": call.application.id,
    }
    if created:
        snapshot["provider_call_id"] = call.provider_call_id
    snapshot |= {"status": status, "direction": direction, "from": call.from_number, "to": call.to_number}
    if created:
        snapshot |= {"route_mode": "webhook", "routing_target": call.application.id}
    if echo:
        snapshot["metadata"] = call.merged_metadata(echo=True)
    return snapshot


def true_state(call: Call) -> dict[str, object]:
    """Everything about a call, for the sandbox's own routes."""
    return {
        "id": call.id,
        "application_id": call.application.id,
        "origin": call.origin,
        "from": call.from_number,
        "to": call.to_number,
        "nth": call.nth,
        "state": call.state,
        "metadata": call.metadata,
        "record": call.record,
        "created_at": microseconds(call.created_at),
        "answered_at": microseconds(call.answered_at) if call.answered_at else None,
        "ended_at": microseconds(call.ended_at) if call.ended_at else None,
        "billed_seconds": call.billed_seconds,
        "cost_amount": str(call.cost),
        "events": call.events,
        "script": call.book.shown() if call.book else None,
    }
