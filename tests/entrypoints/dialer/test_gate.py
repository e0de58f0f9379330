"""The last moment before a request leaves."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.minivoice_client import SendingForbidden
from adapters.sending_marks import SLOTS_MAX, SendingMarks, open_marks, read_witness
from domain.dialing import Reason, Verdict
from domain.pacing import Pace, sent
from entrypoints.dialer.gate import SEND_WITHIN_SECONDS, Gate

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
YES = Verdict(judged_at=NOON, attempts_counted=0, attempts_max=1)
NO = Verdict(
    judged_at=NOON, attempts_counted=0, attempts_max=1, reasons=(Reason(rule="account_paused", scope="account"),)
)


def passes(gate: Gate, *, judged_at: float = 100.0, verdict: Verdict = YES) -> None:
    """One attempt goes through, or `SendingForbidden` says why not."""
    asyncio.run(gate.pass_through("att_1", judged_at, lambda: verdict))


def gate_of(marks: SendingMarks, pace: Pace, monotonic: Callable[[], float] = lambda: 100.0) -> Gate:
    """A gate at a moment that stands still."""
    return Gate(pace, marks, monotonic)


def test_a_request_that_may_leave_is_marked_and_counted(tmp_path: Path) -> None:
    gate = gate_of(open_marks(tmp_path, "boot"), Pace(calls_per_second=10))

    passes(gate)

    assert not read_witness(tmp_path, "boot").certainly_not_sent("att_1")
    assert gate.pace == sent(Pace(calls_per_second=10), 100.0)


@pytest.mark.parametrize(
    ("judged_at", "verdict", "pace", "why"),
    [
        (100.0, NO, Pace(calls_per_second=10), "at the last moment: account_paused"),
        (100.0 - SEND_WITHIN_SECONDS - 0.1, YES, Pace(calls_per_second=10), "the verdict was older than 5 s"),
        (100.0, YES, Pace(calls_per_second=10, closed_until=106.0), "its turn would not come within 1 s"),
    ],
)
def test_what_may_not_leave_is_neither_marked_nor_counted(
    tmp_path: Path, judged_at: float, verdict: Verdict, pace: Pace, why: str
) -> None:
    gate = gate_of(open_marks(tmp_path, "boot"), pace)

    with pytest.raises(SendingForbidden, match=why):
        passes(gate, judged_at=judged_at, verdict=verdict)

    assert read_witness(tmp_path, "boot").certainly_not_sent("att_1")
    assert gate.pace == pace


def test_nothing_leaves_without_a_mark(tmp_path: Path) -> None:
    marks = open_marks(tmp_path, "boot")
    for number in range(SLOTS_MAX):
        marks.mark(f"other_{number}")

    with pytest.raises(SendingForbidden, match="too many requests"):
        passes(gate_of(marks, Pace(calls_per_second=10)))


def test_each_waits_for_its_turn(tmp_path: Path) -> None:
    async def scenario() -> list[float]:
        loop = asyncio.get_running_loop()
        gate = Gate(Pace(calls_per_second=20), open_marks(tmp_path, "boot"), loop.time)
        began = loop.time()
        times = []

        async def one(number: int) -> None:
            await gate.pass_through(f"att_{number}", began, lambda: YES)
            times.append(loop.time() - began)

        await asyncio.gather(*(one(number) for number in range(4)))
        return times

    times = asyncio.run(scenario())

    assert times == sorted(times)
    assert times[3] - times[0] >= 3 * 1.05 / 20 - 0.001
