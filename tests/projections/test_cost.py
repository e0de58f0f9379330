"""What one more report of a call costs the views and what is under way does not grow with the call."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.call import CallEvent, CallSnapshot
from domain.events import Recorded
from domain.identity import call_stream
from projections.follow import View
from projections.in_flight import InFlight
from projections.insights_due import InsightsDue
from tests.domain.given import claimed, report
from tests.projections.history import CAMPAIGNS, NUMBERS, World, world
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import FINGERPRINT, stream_of
from tests.work import Work, work_of

ONE = NUMBERS[0]
SPRING = CAMPAIGNS[0]
STREAM = call_stream("c1")
ENDS = ("call.completed", "call.failed", "call.canceled")
KINDS: dict[str, Callable[[int], CallEvent]] = {
    "ends that contradict": lambda n: report(ENDS[n % 3], n, note=str(n)),
    "recordings": lambda n: report("recording.completed", n, event_key=str(n)),
    "echoes": lambda n: report("call.new", n, snapshot=CallSnapshot(attempt_id=f"a{n}")),
}


def told_much(kind: str, reports: int) -> World:
    """A call that an attempt claims, so that its recipient is judged again with each end."""
    made = world(ONE)
    made.start(ONE, SPRING)
    made.leave_unresolved(ONE)
    made.record(STREAM, replace(claimed("a1", "inferred"), recipient=stream_of(ONE), campaign_id=SPRING))
    for n in range(reports):
        made.record(STREAM, KINDS[kind](n))
    return made


def one_more(made: World, kind: str) -> Recorded:
    made.record(STREAM, KINDS[kind](10**6 + made.ledger.position))
    return made.ledger.feed[-1]


def works_of_views(kind: str, reports: int, path: Path) -> Work:
    made = told_much(kind, reports)
    with new_store(path) as store:
        writer = catch_up(store, made.ledger)
        return work_of(lambda: writer.advance([one_more(made, kind)]))


def works_of_followers(kind: str, reports: int) -> Work:
    made = told_much(kind, reports)
    views: list[View] = [InFlight(made.ledger.read_streams, FINGERPRINT), InsightsDue(made.ledger.read_streams)]
    for recorded in made.ledger.feed:
        for view in views:
            view.apply(recorded)

    def apply() -> None:
        recorded = one_more(made, kind)
        for view in views:
            view.apply(recorded)

    return work_of(apply)


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", KINDS)
def test_one_more_report_is_as_much_work_for_the_views_of_a_call_of_ten_times_as_many(
    kind: str, tmp_path: Path
) -> None:
    few, many = (works_of_views(kind, reports, tmp_path / f"{reports}.db") for reports in (200, 2_000))

    assert many.is_about(few, 2), (few, many)


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", KINDS)
def test_one_more_report_is_as_much_work_for_what_is_under_way_of_a_call_of_ten_times_as_many(kind: str) -> None:
    few, many = (works_of_followers(kind, reports) for reports in (200, 2_000))

    assert many.is_about(few, 2), (few, many)
