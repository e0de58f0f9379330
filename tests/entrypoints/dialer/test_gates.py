"""The gates of a new process go on from what an earlier one sent, whatever its clock said."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sending_marks import open_marks
from domain.campaign import CampaignCreated, Limits, Plan
from domain.events import Recorded
from entrypoints.dialer.gates import Gates
from projections.recipient_status import RecipientStatusView

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
MONOTONIC = 1_000.0


def gates_after(folder: Path, sends: Iterable[float], per_second: float) -> Gates:
    """Gates at noon, after requests of an earlier process that left so many seconds before (or, by its clock, after) noon."""
    view = RecipientStatusView(None)
    plan = Plan(caller_number="+15551230001", limits=Limits(calls_per_second=per_second))
    created = Recorded(
        position=1,
        event_id="e1",
        stream="campaign:spring",
        version=1,
        recorded_at=NOON,
        metadata={},
        event=CampaignCreated(campaign_id="spring", plan=plan),
    )
    view.apply(created)
    view.campaigns["spring"].sends.extend(NOON + timedelta(seconds=at) for at in sends)
    gates = Gates(view, lambda: NOON, lambda: MONOTONIC)
    gates.marks = open_marks(folder, "boot")
    return gates


@pytest.mark.parametrize(
    ("sends", "per_second", "least", "most"),
    [
        ([], 1.0, 0.0, 0.0),
        ([-0.5], 1.0, 0.5, 0.56),
        ([-5.0], 1.0, 0.0, 0.0),
        ([8.0, 86_400.0], 1.0, 1.0, 1.06),
        ([0.0] * 100, 1.0, 1.0, 1.06),
        ([0.0] * 100, 100.0, 1.0, 1.06),
        ([-0.2], 1e-12, 1.0, float("inf")),
    ],
)
def test_the_first_request_waits_for_the_earlier_ones_and_no_longer(
    tmp_path: Path, sends: list[float], per_second: float, least: float, most: float
) -> None:
    wait = gates_after(tmp_path, sends, per_second).of("spring").pace.wait_seconds(MONOTONIC)

    assert least <= wait <= most
