"""A call's deliveries as the API tells of them, for commands that read them."""

import json
import re
from typing import Any

import msgspec

from adapters.minivoice_webhook import read_delivery
from domain import call
from domain.instants import time_text
from tests.entrypoints.cli.fake_api import FakeApi
from tests.projections.recording import at

CALL = "call_1"
DELIVERIES = f"/v1/calls/{CALL}/deliveries"
CREATED, ANSWERED, COMPLETED = "call.created", "call.answered", "call.completed"


def body(event: str, seconds: float, call_id: str = CALL, **data: Any) -> str:
    """What MiniVoice says."""
    said = {
        "event": event,
        "created_at": time_text(at(seconds)),
        "call": {"id": call_id, "from": "+15551230001", "to": "+15551230002"},
        "data": data,
    }
    return json.dumps(said)


def delivery(position: int, event: str, seconds: float, *, came: float | None = None, **more: Any) -> dict[str, Any]:
    """One as GET /v1/calls/{id}/deliveries has it; it came when it happened, unless told."""
    received = time_text(at(seconds if came is None else came))
    return {
        "position": position,
        "event": event,
        "nth": 1,
        "is_repeat": False,
        "is_changed": False,
        "occurred_at": time_text(at(seconds)),
        "received_at": received,
        "recorded_at": received,
        "since_last_seconds": None,
        "stored_after_seconds": 0.0021,
        "answered": 204,
        "key": event,
        "digest": "d",
        "headers": {"x-minivoice-timestamp": "1", "x-minivoice-signature": "v1=old"},
        "body": body(event, seconds),
        **more,
    }


CAME = [delivery(3, CREATED, 0), delivery(4, ANSWERED, 3), delivery(7, COMPLETED, 9)]


def known(*texts: str) -> list[dict[str, Any]]:
    """The call's events after these deliveries, as GET /v1/calls/{id}/events has them."""
    history, items = call.INITIAL, list[dict[str, Any]]()
    for text in texts:
        for event in call.receive(history, read_delivery(text.encode(), {}).report):
            history = call.evolve(history, event, at(60))
            items.append(item(len(items) + 1, event))
    return items


def item(position: int, event: Any, stream: str = f"call:{CALL}") -> dict[str, Any]:
    """An event as the feed has it."""
    return {
        "position": position,
        "event": event.NAME,
        "stream": stream,
        "recorded_at": time_text(at(60)),
        "metadata": {"received_at": time_text(at(position))},
        "body": json.loads(msgspec.json.encode(event)),
    }


def page(items: list[dict[str, Any]], following: str | None = None) -> dict[str, Any]:
    """A page of a list."""
    return {"items": items, "next": following, "position": 9}


def tells(api: FakeApi, came: list[dict[str, Any]], events: list[dict[str, Any]] | None = None) -> None:
    """Let the API have this call."""
    api.answers("GET", f"{DELIVERIES}?limit=1000", page(came))
    history = known(*(one["body"] for one in came)) if events is None else events
    api.answers("GET", f"/v1/calls/{CALL}/events?limit=1000", page(history))


def rows(data: str) -> list[list[str]]:
    """The cells of the first table."""
    table, _, _ = data.partition("\n\n")
    return [re.split(r" {2,}", line.strip()) for line in table.splitlines()]
