"""The judge on how the day ends: nobody lost, nobody stuck, and states that hang on no order."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.made_days import MadeDay, digest, good_day, plan

LONG = 4 * 3_600


def test_an_attempt_that_never_got_an_outcome(tmp_path: Path) -> None:
    day = MadeDay()
    day.send(day.begin(), status=None, call=None)
    day.end(LONG)

    assert day.judged(tmp_path) == {"stuck"}


def test_a_call_that_ended_long_ago_and_nobody_asked(tmp_path: Path) -> None:
    for after, broken in ((60.0, set[str]()), (LONG, {"stuck"})):
        day = MadeDay()
        day.call()
        day.log("state", call_id="c1", status="completed")
        day.end(after)
        assert day.judged(tmp_path) == broken


def test_an_attempt_in_doubt_though_the_provider_said_whose_call_it_is(tmp_path: Path) -> None:
    for says, broken in ((None, set[str]()), ("a1", {"stuck"})):
        day = MadeDay()
        day.send(day.begin(), answer_lost=True)
        day.settle("unresolved", why="no answer")
        said = {"source": "webhook", "key": "k", "digest": digest("k")}
        day.tell("call:c1", "call.answered", **said, occurred_at=None, snapshot={"attempt_id": says})
        day.end(LONG)
        assert day.judged(tmp_path) - {"completed"} == broken


@pytest.mark.parametrize(
    ("policy", "after", "broken"),
    [
        ({}, LONG, {"stuck"}),
        ({}, 60.0, set[str]()),
        ({"hours": {"monday": [{"opens": 540, "closes": 721}]}}, LONG, set[str]()),
        ({"ends_at": "2026-03-02T12:10:00Z"}, LONG, {"completed"}),
    ],
)
def test_somebody_who_could_be_called_and_is_not(
    tmp_path: Path, policy: dict[str, object], after: float, broken: set[str]
) -> None:
    day = MadeDay(plan(**policy))
    day.end(after)

    assert day.judged(tmp_path) == broken


@pytest.mark.parametrize("event", ["account.paused", "campaign.paused", "recipient.suppressed"])
def test_somebody_who_waits_for_what_has_a_name(tmp_path: Path, event: str) -> None:
    day = MadeDay()
    stream = {"account": "account:f", "campaign": "campaign:spring", "recipient": "recipient:1"}[
        event.partition(".")[0]
    ]
    day.tell(stream, event, cause="operator", source="operator", expires_at=None)
    day.end(LONG)

    assert day.judged(tmp_path) == set()


def test_whoever_is_tried_again_later_waits_and_whoever_should_have_been_is_stuck(tmp_path: Path) -> None:
    for seconds, broken in ((LONG, set[str]()), (600, {"stuck"})):
        day = MadeDay(plan(retry={"failed": {"after_seconds": seconds}}))
        day.call()
        day.end_call(name="call.failed", answered=False)
        day.end(LONG)
        assert day.judged(tmp_path) == broken


def test_a_campaign_that_is_over_is_completed(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.end_call()
    day.end(LONG)
    assert day.judged(tmp_path) == {"completed"}

    assert good_day().judged(tmp_path) == set()


def test_a_campaign_is_not_completed_while_a_call_is_under_way_or_somebody_is_left(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.tell("campaign:spring", "campaign.completed")
    assert day.judged(tmp_path) == {"completed"}

    day = MadeDay(people=2)
    day.call()
    day.end_call()
    day.tell("campaign:spring", "campaign.completed")
    assert day.judged(tmp_path) == {"completed"}


def test_a_call_s_state_is_the_judge_s_own_reading_of_its_events(tmp_path: Path) -> None:
    right = {"call_id": "c1", "phase": "ended", "outcome": "completed", "reached": True}
    day = MadeDay()
    day.call()
    day.end_call()
    day.report("c1", "call.gathered")
    assert day.judged(tmp_path, answers=[right]) == set()

    for wrong in ({"phase": "in_progress"}, {"outcome": None}, {"reached": False}):
        assert day.judged(tmp_path, answers=[{**right, **wrong}]) == {"states"}


def test_of_two_ends_the_earlier_counts_in_whatever_order_they_came(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.end_call(name="call.failed", answered=False)
    day.report("c1", "call.completed")
    day.feed[-1]["body"]["occurred_at"] = "2026-03-02T12:00:20Z"
    seen = {"call_id": "c1", "phase": "ended", "outcome": "completed", "reached": False}
    assert day.judged(tmp_path, answers=[seen]) == set()

    assert day.judged(tmp_path, answers=[{**seen, "outcome": "failed"}]) == {"states"}


@pytest.mark.parametrize(
    ("status", "broken"), [("reached", set[str]()), ("in_progress", {"states"}), ("queued", {"states"})]
)
def test_a_recipient_s_status_against_their_calls(tmp_path: Path, status: str, broken: set[str]) -> None:
    answer = {"campaign_id": "spring", "number": "+15550100001", "status": status}

    assert good_day().judged(tmp_path, answers=[answer]) == broken


@pytest.mark.parametrize(
    ("as_of", "phase", "attempts"), [(3, None, 0), (4, None, 1), (8, "in_progress", 1), (9, "ended", 1)]
)
def test_of_the_past_what_was_known_at_a_position_and_nothing_after_it(
    tmp_path: Path, as_of: int, phase: str | None, attempts: int
) -> None:
    """One is called: 4 begins it, 8 says that it was answered, 9 that it has ended."""
    day = good_day()
    person = {"campaign_id": "spring", "number": "+15550100001", "status": "unknown", "as_of": as_of}
    outcome = "completed" if phase == "ended" else None
    call: dict[str, Any] = {"call_id": "c1", "phase": phase, "outcome": outcome, "reached": True, "as_of": as_of}
    right = [{**person, "attempts": attempts}, *([call] if phase else [])]
    assert day.judged(tmp_path, answers=right) == set()

    assert day.judged(tmp_path, answers=[{**person, "attempts": 1 - attempts}]) == {"states"}
    if phase:
        assert day.judged(tmp_path, answers=[{**call, "as_of": as_of - 1}]) == {"states"}


def test_the_judge_is_a_program_that_imports_nothing_of_ours(tmp_path: Path) -> None:
    day = good_day()
    day.judged(tmp_path)
    rooms = "{'domain', 'adapters', 'application', 'projections', 'entrypoints'}"
    program = (
        "import sys; from tests.simulation.judge.__main__ import main; code = main(sys.argv[1:]); "
        f"sys.exit(code or 3 * bool({rooms} & {{name.partition('.')[0] for name in sys.modules}}))"
    )
    run = [sys.executable, "-c", program, str(tmp_path)]
    good = subprocess.run(run, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (good.returncode, good.stdout) == (0, "0 broken\n")

    day.feed[-1]["position"] = 1
    day.judged(tmp_path)
    bad = subprocess.run(run, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert bad.returncode == 1
    assert "order: a position does not follow the one before [feed.jsonl:" in bad.stdout
