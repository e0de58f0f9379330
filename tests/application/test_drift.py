"""Who reads the log learns which fields are odd, and nothing of what stood there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from structlog.testing import capture_logs

from adapters.minivoice_usage import read_usage
from application.drift import warn_of_drift
from domain.account import UsageObserved
from domain.call import CallAnswered, CallObserved, CallReported, InsightFetched, RecordingRequested
from domain.events import Event, Recorded

AT = datetime(2026, 5, 29, 12, tzinfo=UTC)


def recorded(position: int, event: Event) -> Recorded:
    return Recorded(
        position=position,
        event_id="e",
        stream="call:7113",
        version=position,
        recorded_at=AT,
        metadata={},
        event=event,
    )


def usage(amount: object) -> UsageObserved:
    totals = {"calls": 42, "billsec_seconds": 3600, "cost_amount": amount, "cost_currency": "EUR"}
    read = read_usage(AT, AT, 200, json.dumps({"summary": totals}).encode())
    assert isinstance(read, UsageObserved)
    return read


@pytest.fixture
def logs_as_begun() -> Iterator[None]:
    """As before anything configured it: a Dialtrail that ran in this process may have left out warnings."""
    kept = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**kept)


@pytest.mark.usefixtures("logs_as_begun")
def test_each_report_that_is_not_as_documented_is_a_warning() -> None:
    odd = ("call.id: is a number", "created_at: is not a text")
    batch = [
        recorded(1, CallAnswered(source="webhook", key="k", digest="d", body="secret", drift=odd)),
        recorded(2, CallAnswered(source="webhook", key="k", digest="e", body="secret")),
        recorded(3, CallReported(source="api", key="k", digest="f", body="secret", name="call.sneezed", drift=odd[:1])),
        recorded(4, CallObserved(digest="g", body="secret", drift=odd[:1])),
        recorded(5, InsightFetched(kind="summary", result="completed", body="secret", drift=odd[:1])),
        recorded(7, usage("12.50")),
        recorded(8, usage(12.5)),
        recorded(9, usage("1,250")),
        recorded(10, RecordingRequested(action="start", result="accepted", body="secret", drift=odd[:1])),
        recorded(6, InsightFetched(kind="summary", result="completed", body="secret")),
    ]
    unread = "summary.cost_amount: is not a decimal string"
    with capture_logs() as lines:
        warn_of_drift(batch)

    assert [tuple(line.values()) for line in lines] == [
        ("7113", "call.answered", "webhook", "; ".join(odd), 1, "report not as documented", "warning"),
        ("7113", "call.sneezed", "api", odd[0], 3, "report not as documented", "warning"),
        ("7113", "call.observed", "api", odd[0], 4, "report not as documented", "warning"),
        ("7113", "insight.fetched", "api", odd[0], 5, "report not as documented", "warning"),
        ("7113", "usage.observed", "api", "summary.cost_amount: is a number", 8, "report not as documented", "warning"),
        ("7113", "usage.observed", "api", unread, 9, "report not as documented", "warning"),
        ("7113", "recording.requested", "api", odd[0], 10, "report not as documented", "warning"),
    ]
