"""Deliveries that have no readable call: kept, each once, under its digest, and read again once that is possible."""

from typing import Literal

from msgspec import Struct

from adapters.ledger.transaction import Transaction
from adapters.minivoice_webhook import UnreadableDelivery, read_delivery
from application.commands.calls import receive_report
from application.commands.command import Command
from domain import call, quarantine
from domain.errors import NotFound
from domain.identity import quarantine_stream
from domain.quarantine import DeliveryQuarantined

ReadingResult = Literal["read", "read_before", "unreadable"]


class Reading(Struct, frozen=True, kw_only=True):
    """What came of reading a delivery again; `reason` says why it still cannot be read."""

    result: ReadingResult
    call_id: str | None = None
    report: str | None = None
    reason: str | None = None


def quarantine_delivery(delivery: DeliveryQuarantined) -> Command[Literal["quarantined"]]:
    """Put it away, unless it is there already."""

    def decide(tx: Transaction) -> Literal["quarantined"]:
        known = tx.quarantined(delivery.digest)
        tx.append(quarantine_stream(delivery.digest), quarantine.quarantine(known, delivery))
        return "quarantined"

    return decide


def read_again(digest: str) -> Command[Reading]:
    """Read a delivery with today's code, once: what it says is recorded as if it came only now. Raises `NotFound`."""

    def decide(tx: Transaction) -> Reading:
        known = tx.quarantined(digest)
        if known is None:
            raise NotFound(
                "no delivery in quarantine has this digest; `dialtrail quarantine list` shows those that are"
            )
        if known.read is not None:
            return Reading(result="read_before", call_id=known.read.call_id, report=known.read.report)
        try:
            received = read_delivery(known.delivery.body, known.delivery.headers)
        except UnreadableDelivery as unreadable:
            return Reading(result="unreadable", reason=str(unreadable))
        name = call.report_name(received.report)
        receive_report(received.call_id, received.report, received.as_packed)(tx)
        tx.append(quarantine_stream(digest), quarantine.read_again(known, received.call_id, name))
        return Reading(result="read", call_id=received.call_id, report=name)

    return decide
