"""The judge on the feed by itself, on what was acknowledged, and on who was told."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulation.made_days import MadeDay, good_day

WANTED = {"url": "https://crm.example.org", "events": ["call.completed"], "campaigns": None}


@pytest.mark.parametrize(
    "change",
    [
        {"position": 3},
        {"version": 7},
        {"event_id": "event-1-1"},
        {"recorded_at": "2026-03-02T11:00:00Z"},
        {"clock_at": "2026-03-02T23:00:00Z"},
    ],
)
def test_positions_times_versions_and_ids(tmp_path: Path, change: dict[str, Any]) -> None:
    day = good_day()
    day.feed[-1].update(change)

    assert "order" in day.judged(tmp_path)


def test_a_report_that_is_stored_twice(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.end_call()
    twice = day.feed[-1]["body"]
    day.tell("call:c1", "call.redelivered", key=twice["key"], digest=twice["digest"])
    assert day.judged(tmp_path) == set()

    day.tell("call:c1", "call.completed", **twice)
    assert day.judged(tmp_path) == {"once"}


def test_a_redelivery_of_what_was_never_stored(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.tell("call:c1", "call.redelivered", key="webhook|call.answered", digest="d")

    assert day.judged(tmp_path) == {"once"}


@pytest.mark.parametrize(("status", "broken"), [(204, {"acknowledged"}), (503, set[str]()), (None, set[str]())])
def test_a_delivery_that_was_acknowledged_and_is_not_there(
    tmp_path: Path, status: int | None, broken: set[str]
) -> None:
    day = MadeDay()
    day.call()
    day.end_call()
    day.deliver("c1", "recording.completed", status=status)

    assert day.judged(tmp_path) == broken


def test_what_was_acknowledged_before_a_restore_was_in_the_ledger_of_then(tmp_path: Path) -> None:
    day = MadeDay()
    backup = list(day.feed)
    day.call()
    day.end_call()
    before, day.feed = day.feed, backup
    day.log("restore", k=1)
    assert day.judged(tmp_path, feed_before_restore_1=before) == set()

    day.deliver("c1", "call.completed")
    assert day.judged(tmp_path, feed_before_restore_1=before) == {"acknowledged"}


def test_a_forged_delivery_that_was_taken(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.report("c1", "call.answered")
    day.deliver("c1", "call.answered", badly_signed=True)

    assert day.judged(tmp_path) == {"acknowledged"}


def test_an_attempt_and_its_call_name_each_other(tmp_path: Path) -> None:
    day = MadeDay()
    day.call()
    day.end_call()
    day.feed = [one for one in day.feed if one["event"] != "call.claimed"]
    for version, one in enumerate([one for one in day.feed if one["stream"] == "call:c1"], start=1):
        one["version"] = version

    assert day.judged(tmp_path) == {"tied"}


def test_a_call_that_is_another_attempt_s(tmp_path: Path) -> None:
    day = MadeDay()
    day.send(day.begin(), call="c9", answer_lost=True)
    day.settle("unresolved", why="no answer")
    day.settle("resolved", how="inferred", by="reconciler", call_id="c1", redial=False)
    day.tell("call:c1", "call.claimed", attempt_id="a1", campaign_id="spring", recipient="recipient:1", how="inferred")

    assert day.judged(tmp_path) == {"tied"}


def _subscribed(calls: int = 2) -> tuple[MadeDay, list[dict[str, Any]]]:
    day = MadeDay(people=calls)
    day.tell("subscription:crm", "subscription.created", subscription_id="crm", wanted=WANTED)
    for nth in range(1, calls + 1):
        day.now += 2
        day.call(nth, f"a{nth}", f"c{nth}")
        day.end_call(f"c{nth}")
    return day, [one for one in day.feed if one["event"] == "call.completed"]


def _notice(day: MadeDay, event: dict[str, Any], status: int | None = 200) -> None:
    day.log("notice", to="crm", event_id=event["event_id"], position=event["position"], status=status)


def test_a_subscriber_is_told_each_event_at_least_once(tmp_path: Path) -> None:
    for statuses, broken in (((200, 200), set[str]()), ((200, 503), {"notices"})):
        day, ended = _subscribed()
        for event, status in zip(ended, statuses, strict=True):
            _notice(day, event, status)
        day.close()
        assert day.judged(tmp_path) == broken


def test_a_subscriber_may_be_told_again_but_not_of_the_newer_before_the_older(tmp_path: Path) -> None:
    day = MadeDay()
    wanted = {**WANTED, "events": ["call.answered", "call.completed"]}
    day.tell("subscription:crm", "subscription.created", subscription_id="crm", wanted=wanted)
    day.call()
    day.end_call()
    answered, completed = (one for one in day.feed if one["event"] in {"call.answered", "call.completed"})
    for event in (answered, completed, answered):
        _notice(day, event)
    assert day.judged(tmp_path) == set()

    day.provider = [line for line in day.provider if line["what"] != "notice"]
    for event in (completed, answered):
        _notice(day, event)
    assert day.judged(tmp_path) == {"notices"}
