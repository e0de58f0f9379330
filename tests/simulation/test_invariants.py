"""Each rule is seen to be broken where it is."""

from typing import Any

from tests.simulation import invariants
from tests.simulation.plan import planned
from tests.simulation.shrinking import shrunk

ENDED = {"position": 9, "event": "call.completed", "body": {}}


def request(attempt_id: str) -> dict[str, Any]:
    return {"what": "request", "body": {"metadata": {"attempt_id": attempt_id}}}


def notice(position: int, event_id: str, **more: Any) -> dict[str, Any]:
    told = {"what": "notice", "type": "call.completed", "status": 204, "out_of_order": False, "about": "call:1"}
    return told | {"position": position, "event_id": event_id} | more


def test_two_requests_for_one_attempt() -> None:
    assert invariants._one_request_per_attempt([request("a"), request("b")]) == []
    assert invariants._one_request_per_attempt([request("a"), request("a")]) == ["2 requests for attempt a"]


def test_somebody_who_is_called_for_ever_and_somebody_who_is_gone() -> None:
    rows = [{"number": "+1", "status": "reached"}, {"number": "+2", "status": "dialing"}]
    assert len(invariants._nobody_is_stuck(rows, 2)) == 1
    assert len(invariants._nobody_is_stuck(rows[:1], 2)) == 1
    assert invariants._nobody_is_stuck(rows[:1], 1) == []


def test_a_subscriber_is_told_in_order_and_of_everything() -> None:
    assert invariants._told_in_order([notice(3, "a"), notice(4, "b"), notice(3, "a")]) == []
    assert invariants._told_in_order([notice(4, "b"), notice(3, "a", out_of_order=True)]) == []
    assert len(invariants._told_in_order([notice(4, "b"), notice(3, "a")])) == 1
    feed = [{"position": 1, "event": "subscription.created", "body": {}}, ENDED]
    assert invariants._all_is_told([notice(9, "a")], feed) == []
    assert len(invariants._all_is_told([notice(9, "a", status=500)], feed)) == 1


def test_of_the_past_what_hangs_on_the_instant_alone_may_differ() -> None:
    def known(status: str, reason: str | None = None) -> tuple[Any, ...]:
        return invariants._known({"number": "+1", "status": status, "reason": reason, "attempts": 1})

    assert known("queued") == known("held", "consent_missing") == known("withdrawn", "campaign_completed")
    assert len({known("queued"), known("withdrawn", "operator"), known("reached")}) == 3


def test_what_was_acknowledged_is_in_the_ledger() -> None:
    line = {"what": "webhook", "status": 204, "sha256": "d", "event": "call.completed", "call_id": "1"}
    assert len(invariants._acknowledged_is_there([line], [])) == 1
    assert invariants._acknowledged_is_there([line], [ENDED | {"body": {"digest": "d"}}]) == []


def test_a_failure_is_made_as_small_as_it_can_be() -> None:
    plan = next(one for one in map(planned, range(100)) if len(one.faults) > 2 and len(one.people) > 4)
    wanted = plan.faults[1]
    small = shrunk(plan, lambda smaller: wanted in smaller.faults, tries_max=100)
    assert list(small.faults) == [wanted]
    assert len(small.people) == 1
    assert not small.acts
