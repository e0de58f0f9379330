"""The last moment before a request leaves."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.minivoice_client import SendingForbidden
from adapters.sending_marks import LastCommit, MarksHeader, SendingMarks, open_marks, read_witness
from application.dialer.gate import (
    COMMIT_AHEAD_SECONDS,
    COMMITTED_AHEAD_MAX,
    SEND_WITHIN_SECONDS,
    AccountGate,
    Gate,
)
from domain.dialing import Reason, Verdict
from domain.pacing import (
    AccountLimits,
    AccountPace,
    Pace,
    PaceHold,
    account_released,
    account_sent,
    begun,
    released,
    sent,
)

NOON = datetime(2026, 5, 29, 12, tzinfo=UTC)
YES = Verdict(judged_at=NOON, attempts_counted=0, attempts_max=1)
NO = Verdict(
    judged_at=NOON, attempts_counted=0, attempts_max=1, reasons=(Reason(rule="account_paused", scope="account"),)
)
UNLIMITED = begun(AccountLimits(), None, None, ())
ABOUT = MarksHeader(boot_id="boot", ledger={"key": "k"}, epoch="e")


def marks_in(folder: Path, *attempt_ids: str) -> SendingMarks:
    """Marks in which these attempts, or the one that goes through below, were begun."""
    marks = open_marks(folder / "marks", ABOUT, LastCommit())
    for attempt_id in attempt_ids or ("att_1",):
        marks.begin(attempt_id)
    return marks


def may_be_on_the_wire(folder: Path, attempt_id: str = "att_1") -> bool:
    """Whether an attempt is marked, as another process would read it."""
    return read_witness(folder / "marks", ABOUT, lambda _: True).may_be_on_the_wire(attempt_id)


def passes(gate: Gate, *, judged_at: float = 100.0, verdict: Verdict = YES) -> float:
    """One attempt goes through at this instant, or `SendingForbidden` says why not."""
    return asyncio.run(gate.pass_through("att_1", judged_at, lambda: verdict, nothing_is_new))


async def nothing_is_new() -> None:
    raise AssertionError("there was a verdict")


def account_of(
    marks: SendingMarks, pace: AccountPace = UNLIMITED, monotonic: Callable[[], float] = lambda: 100.0
) -> AccountGate:
    """The account's gate at a moment that stands still."""
    return AccountGate(pace, marks, monotonic)


def test_a_request_that_may_leave_is_marked_and_counted_for_campaign_and_account(tmp_path: Path) -> None:
    account = account_of(marks_in(tmp_path), begun(AccountLimits(calls_per_second=5), None, None, ()))
    before, gate = account.pace, Gate(Pace(calls_per_second=10), account)

    assert passes(gate) == 100.0
    assert may_be_on_the_wire(tmp_path)
    assert gate.pace == released(Pace(calls_per_second=10), 100.0)
    assert account.pace == account_released(before, 100.0)
    gate.written()
    assert gate.pace == sent(Pace(calls_per_second=10), 100.0)
    assert account.pace == account_sent(before, 100.0)


def test_a_request_that_is_not_written_yet_holds_the_next_one_back(tmp_path: Path) -> None:
    now = [100.0]
    limits = begun(AccountLimits(calls_per_second=1), None, None, ())
    account = account_of(marks_in(tmp_path), limits, lambda: now[0])
    spring, summer = (Gate(Pace(calls_per_second=10), account) for _ in range(2))
    passes(spring)
    now[0] = 160.0
    with pytest.raises(SendingForbidden, match="its turn would not come within 1 s"):
        passes(summer, judged_at=160.0)
    spring.written()
    now[0] = 161.05

    assert passes(summer, judged_at=161.0) == 161.05


@pytest.mark.parametrize(
    ("judged_at", "verdict", "pace", "account", "why"),
    [
        (100.0, NO, Pace(calls_per_second=10), UNLIMITED, "at the last moment: account_paused"),
        (
            100.0 - SEND_WITHIN_SECONDS - 0.1,
            YES,
            Pace(calls_per_second=10),
            UNLIMITED,
            "the verdict was older than 5 s",
        ),
        (100.0, YES, Pace(calls_per_second=10, due=106.0), UNLIMITED, "its turn would not come within 1 s"),
        (
            100.0,
            YES,
            Pace(calls_per_second=10),
            replace(UNLIMITED, hold=PaceHold(closed_until=106.0)),
            "its turn would not come within 1 s",
        ),
    ],
)
def test_what_may_not_leave_is_neither_marked_nor_counted(
    tmp_path: Path, judged_at: float, verdict: Verdict, pace: Pace, account: AccountPace, why: str
) -> None:
    way_out = account_of(marks_in(tmp_path), account)
    gate = Gate(pace, way_out)

    with pytest.raises(SendingForbidden, match=why):
        passes(gate, judged_at=judged_at, verdict=verdict)

    assert not may_be_on_the_wire(tmp_path)
    assert (gate.pace, way_out.pace) == (pace, account)


def test_nothing_leaves_that_was_not_begun(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        passes(Gate(Pace(calls_per_second=10), account_of(marks_in(tmp_path, "another"))))


def leave(folder: Path, limits: AccountLimits, attempts: list[str], paces: dict[str, Pace]) -> list[tuple[str, float]]:
    """The campaigns, and the instants, of these attempts, in the order in which they left."""

    async def scenario() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        marks = marks_in(folder, *(f"att_{number}" for number in range(len(attempts))))
        account = AccountGate(begun(limits, None, None, ()), marks, loop.time)
        gates = {name: Gate(pace, account) for name, pace in paces.items()}
        began, times = loop.time(), list[tuple[str, float]]()

        async def one(number: int, campaign_id: str) -> None:
            at = await gates[campaign_id].pass_through(f"att_{number}", began, lambda: YES, nothing_is_new)
            gates[campaign_id].written()
            times.append((campaign_id, at - began))

        await asyncio.gather(*(one(number, campaign_id) for number, campaign_id in enumerate(attempts)))
        return times

    return asyncio.run(scenario())


def test_each_waits_for_its_turn(tmp_path: Path) -> None:
    times = leave(tmp_path, AccountLimits(), ["spring"] * 4, {"spring": Pace(calls_per_second=20)})

    assert times == sorted(times)
    assert times[3][1] - times[0][1] >= 3 * 1.05 / 20 - 0.001


def test_campaigns_wait_for_each_other_where_the_account_has_a_limit(tmp_path: Path) -> None:
    fast = {"spring": Pace(calls_per_second=1_000), "summer": Pace(calls_per_second=1_000)}
    times = leave(tmp_path, AccountLimits(calls_per_second=20), ["spring", "summer"] * 2, fast)

    assert times[3][1] - times[0][1] >= 3 * 1.05 / 20 - 0.001


def test_a_slow_campaign_holds_up_no_other_one(tmp_path: Path) -> None:
    paces = {"slow": Pace(calls_per_second=4), "fast": Pace(calls_per_second=1_000)}
    times = leave(tmp_path, AccountLimits(), ["slow"] * 2 + ["fast"] * 5, paces)

    assert [name for name, _ in times] == ["slow", *["fast"] * 5, "slow"]
    assert times[5][1] < 0.2 < times[6][1]


@pytest.mark.parametrize(
    ("ahead", "least", "most"),
    [
        (0, 0.0, 0.0),
        (1, 0.0, 0.0),
        (3, 0.1, 0.12),
        (COMMITTED_AHEAD_MAX, 1.0, 2.0),
    ],
)
def test_few_attempts_are_started_ahead_of_their_turn(tmp_path: Path, ahead: int, least: float, most: float) -> None:
    account = account_of(marks_in(tmp_path), begun(AccountLimits(calls_per_second=10), None, None, ()))
    gate = Gate(Pace(calls_per_second=10), account)
    for _ in range(ahead):
        gate.reserve()

    assert least <= gate.start_wait_seconds(100.0) <= most
    assert least <= account.start_wait_seconds(100.0) <= most
    for _ in range(ahead):
        gate.release()
    assert (gate.ahead, account.ahead) == (0, 0)


def test_an_account_without_a_known_limit_starts_few_ahead_too(tmp_path: Path) -> None:
    account = account_of(marks_in(tmp_path))
    account.ahead = COMMITTED_AHEAD_MAX

    assert account.start_wait_seconds(100.0) == COMMIT_AHEAD_SECONDS / COMMITTED_AHEAD_MAX


def test_one_without_a_verdict_catches_up_while_another_campaigns_leaves(tmp_path: Path) -> None:
    marks = marks_in(tmp_path, "att_1", "att_2")
    account = account_of(marks)
    first, second = (Gate(Pace(calls_per_second=10), account) for _ in range(2))
    left: list[str] = []
    verdicts = [YES, None, None]

    async def another_leaves() -> None:
        if not left:
            await second.pass_through("att_2", 100.0, lambda: YES, nothing_is_new)
            left.append("att_2")

    async def scenario() -> None:
        await first.pass_through("att_1", 100.0, verdicts.pop, another_leaves)
        left.append("att_1")

    asyncio.run(scenario())

    assert (left, verdicts) == (["att_2", "att_1"], [])


def test_one_that_never_catches_up_is_not_sent_once_its_verdict_is_too_old(tmp_path: Path) -> None:
    now = [100.0]
    gate = Gate(Pace(calls_per_second=10), account_of(marks_in(tmp_path), monotonic=lambda: now[0]))

    async def time_goes_by() -> None:
        now[0] += 1

    with pytest.raises(SendingForbidden, match="the verdict was older than 5 s"):
        asyncio.run(gate.pass_through("att_1", 100.0, lambda: None, time_goes_by))
    assert not may_be_on_the_wire(tmp_path)
