"""The judge on how many and how fast."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulation.made_days import PLAN, MadeDay, plan

LIMITS = {"calls_per_second": 2.0, "calls_at_once": 10}


@pytest.mark.parametrize(("gap", "broken"), [(1.0, set[str]()), (0.99, {"pace"})])
def test_a_campaign_s_pace_in_any_one_second(tmp_path: Path, gap: float, broken: set[str]) -> None:
    day = MadeDay({**PLAN, "limits": LIMITS}, people=3)
    for nth, at in enumerate((10.0, 10.5, 10.0 + gap), start=1):
        day.now = at
        day.call(nth, f"a{nth}", f"c{nth}")

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize(("gap", "broken"), [(2.0, set[str]()), (1.9, {"pace"})])
def test_less_than_one_a_second(tmp_path: Path, gap: float, broken: set[str]) -> None:
    day = MadeDay({**PLAN, "limits": {"calls_per_second": 0.5}}, people=2)
    day.call()
    day.now += gap
    day.call(2, "a2", "c2")

    assert day.judged(tmp_path) == broken


def test_the_account_s_pace(tmp_path: Path) -> None:
    for apart, broken in ((0.25, set[str]()), (0.15, {"pace"})):
        day = MadeDay({**PLAN, "limits": {"calls_per_second": 100.0, "calls_at_once": 100}}, people=6)
        day.provider[0]["settings"]["account_calls_at_once"] = None
        for nth in range(1, 7):
            day.now += apart
            day.call(nth, f"a{nth}", f"c{nth}")
        assert day.judged(tmp_path) == broken


def test_calls_at_once(tmp_path: Path) -> None:
    for ended, broken in ((True, set[str]()), (False, {"at_once"})):
        day = MadeDay(people=3)
        day.call()
        day.now += 2
        day.call(2, "a2", "c2")
        day.now += 2
        if ended:
            day.end_call("c1")
            day.now += 1
        day.call(3, "a3", "c3")
        assert day.judged(tmp_path) == broken


def test_a_call_that_the_provider_denied_takes_no_slot_and_nothing_of_a_budget(tmp_path: Path) -> None:
    day = MadeDay({**plan(budget={"calls_max": 1}), "limits": {"calls_at_once": 1}}, people=2)
    day.send(day.begin(), status=502)
    refusal: dict[str, Any] = {
        "status": 502,
        "code": "originate_failed",
        "body": "",
        "concerns": "recipient",
        "counts": True,
    }
    day.settle("refused", **refusal)
    day.now += 2
    day.call(2, "a2", "c2")
    day.settle("resolved", how="metadata", by="reconciler", call_id="c1", redial=False)
    day.tell("call:c1", "call.claimed", attempt_id="a1", campaign_id="spring", recipient="recipient:1", how="metadata")

    assert day.judged(tmp_path) == set()


def test_the_account_s_calls_at_once(tmp_path: Path) -> None:
    day = MadeDay({**PLAN, "limits": {"calls_at_once": 100}}, people=5)
    for nth in range(1, 6):
        day.now += 2
        day.call(nth, f"a{nth}", f"c{nth}")

    assert day.judged(tmp_path) == {"at_once"}


@pytest.mark.parametrize(("free", "age", "broken"), [(2, 20, set[str]()), (1, 20, {"at_once"}), (2, 31, {"at_once"})])
def test_agents(tmp_path: Path, free: int, age: float, broken: set[str]) -> None:
    day = MadeDay({**PLAN, "agents": {}}, people=2)
    day.tell("campaign:spring", "agents.told", free=2, source="told")
    day.call()
    day.tell("campaign:spring", "agents.told", free=free, source="told")
    day.now += age
    day.call(2, "a2", "c2")

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize(("calls_max", "broken"), [(2, set[str]()), (1, {"budget"})])
def test_a_budget_of_calls(tmp_path: Path, calls_max: int, broken: set[str]) -> None:
    day = MadeDay(plan(budget={"calls_max": calls_max}), people=3)
    day.send(day.begin(), status=429, call=None)
    day.settle("refused", status=429, code="cps_limit_reached", body="", concerns="account", counts=False)
    for nth in (2, 3):
        day.now += 2
        day.call(nth, f"a{nth}", f"c{nth}")

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize(("period", "broken"), [(600, set[str]()), (1_200, {"caps"})])
def test_a_cap_of_one_in_a_period(tmp_path: Path, period: int, broken: set[str]) -> None:
    day = MadeDay(plan(caps=[{"attempts_max": 1, "period_seconds": period}]))
    day.call()
    day.end_call(name="call.failed", answered=False)
    day.now += 700
    day.call(attempt="a2", call="c2")

    assert day.judged(tmp_path) == broken


def test_an_attempt_that_does_not_count_fills_no_cap(tmp_path: Path) -> None:
    day = MadeDay(plan(caps=[{"attempts_max": 1, "period_seconds": 3_600}]))
    day.send(day.begin(), status=429, call=None)
    day.settle("refused", status=429, code="cps_limit_reached", body="", concerns="account", counts=False)
    day.now += 60
    day.call(attempt="a2")

    assert day.judged(tmp_path) == set()


def test_a_cap_of_one_purpose_counts_no_other(tmp_path: Path) -> None:
    for per, broken in (("purpose", set[str]()), ("person", {"caps"})):
        day = MadeDay(plan(caps=[{"attempts_max": 1, "period_seconds": 3_600, "per": per}]))
        day.call(purpose="another")
        day.end_call(name="call.failed", answered=False)
        day.now += 700
        day.call(attempt="a2", call="c2")
        assert day.judged(tmp_path) == broken


def test_a_gap_after_a_conversation_in_another_campaign(tmp_path: Path) -> None:
    for seconds, broken in ((600, set[str]()), (3_600, {"conversation_gap"})):
        day = MadeDay(plan(conversation_gaps=[{"seconds": seconds}]))
        day.call()
        for one in day.feed:
            if one["event"].startswith("attempt."):
                one["body"]["campaign_id"] = "autumn"
        day.tell("recipient:1", "recipient.enrolled", campaign_id="autumn", number="+15550100001")
        day.end_call()
        day.now += 700
        day.call(attempt="a2", call="c2")
        assert day.judged(tmp_path) - {"standing"} == broken
