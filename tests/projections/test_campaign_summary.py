from collections.abc import Callable
from pathlib import Path

from domain.status import STATUSES
from projections import campaign_summary
from projections.campaign_summary import Calls, CampaignSummary, PaceMinute
from projections.views import snapshot
from tests.projections.campaign_summary.counted import NO_CALLS, summary
from tests.projections.history import NUMBERS, ONE, THREE, TWO, World, world
from tests.projections.kept_views import catch_up, new_store, writer_on
from tests.projections.kept_world import SECOND
from tests.projections.recording import T0


def test_a_campaign_is_counted_from_enrolment_to_the_end_of_its_calls(tmp_path: Path) -> None:
    made = world(*NUMBERS)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.answered", 3)
    made.hear(ONE, "call.completed", 9)
    made.start(TWO, "spring")
    made.refuse(TWO, "recipient", counts=False, code="invalid_request")
    made.suppress(THREE, 60)
    assert summary(tmp_path, made) == CampaignSummary(
        enrolled=3,
        dialled=2,
        statuses={**dict.fromkeys(STATUSES, 0), "reached": 1, "refused": 1},
        queued_zones={},
        zones=frozenset({"", "Europe/Berlin"}),
        attempts={
            "started": 0,
            "accepted": 1,
            "refused": 1,
            "abandoned": 0,
            "unresolved": 0,
            "settled_without_call": 0,
        },
        codes={"invalid_request": 1},
        calls={
            "completed": Calls(calls=1, measured=1, seconds_total=6.0, seconds_max=6.0),
            "failed": NO_CALLS,
            "canceled": NO_CALLS,
            "open": NO_CALLS,
        },
    )


def test_who_is_dialled_twice_is_one_who_was_dialled(tmp_path: Path) -> None:
    made = world(ONE)
    for _ in range(2):
        made.start(ONE, "spring")
        made.refuse(ONE, "destination", counts=False, code="rate_not_found")
        made.free(ONE)
    found = summary(tmp_path, made)
    assert (found.dialled, found.attempts["refused"], found.codes) == (1, 2, {"rate_not_found": 2})


def test_a_code_may_have_a_colon(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.refuse(ONE, "recipient", counts=False, code="sip:486")
    assert summary(tmp_path, made).codes == {"sip:486": 1}


def minutes(*figures: tuple[int, int, int, int, int, int]) -> list[PaceMinute]:
    """After so many minutes: sent, answered, ended, at once, left open."""
    return [
        PaceMinute(
            minute=T0 + 60 * minute * SECOND,
            sent=sent,
            answered=answered,
            ended=ended,
            at_once=at_once,
            left_open=left_open,
        )
        for minute, sent, answered, ended, at_once, left_open in figures
    ]


def test_the_pace_of_each_minute_that_is_over_is_told(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.answered", 1)
    made.now = T0 + 119 * SECOND
    made.hear(ONE, "call.completed", 5)
    made.start(TWO, "spring")
    made.leave_unresolved(TWO)
    with new_store(tmp_path / "views.db") as store:
        for one in made.ledger.feed:
            writer_on(store, made.ledger).advance([one])
        with snapshot(store) as taken:
            told: Callable[[int], list[PaceMinute]] = lambda seconds: campaign_summary.pace(  # noqa: E731
                taken.connection, 1, T0 + seconds * SECOND
            )
            assert told(59) == []
            assert told(60) == told(179) == minutes((0, 1, 1, 0, 1, 1))
            assert told(180) == told(3_600) == minutes((0, 1, 1, 0, 1, 1), (2, 1, 0, 1, 1, 1))
            assert told(3_660) == minutes((2, 1, 0, 1, 1, 1))
            assert told(63 * 60) == []
            later = T0 + 63 * 60 * SECOND
            assert [campaign_summary.under_way_before(taken.connection, 1, at) for at in (T0, later)] == [0, 1]


def test_the_pace_of_all_is_that_of_the_campaigns_together(tmp_path: Path) -> None:
    made = world(ONE)
    made.create("autumn")
    made.change("autumn", "start")
    made.enroll(TWO, "autumn")
    for number, campaign_id in ((ONE, "spring"), (TWO, "autumn")):
        made.start(number, campaign_id)
        made.accept(number)
    made.hear(ONE, "call.failed", 5)
    for batch in (1, 3, 1_000):
        with new_store(tmp_path / f"views-{batch}.db") as store:
            for begin in range(0, made.ledger.position, batch):
                writer_on(store, made.ledger).advance(made.ledger.read_feed(begin, batch))
            with snapshot(store) as taken:
                told = campaign_summary.pace(taken.connection, campaign_summary.OF_ALL, T0 + 60 * SECOND)
                assert told == minutes((0, 2, 0, 1, 2, 1))


def test_campaigns_come_in_the_order_of_their_creation(tmp_path: Path) -> None:
    made = World()
    for campaign_id in ("c", "a", "b"):
        made.create(campaign_id)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            campaigns = campaign_summary.campaigns
            assert list(campaigns(taken.connection).items()) == [(1, "c"), (2, "a"), (3, "b")]
            assert campaigns(taken.connection, 2) == {1: "c", 2: "a"}
            assert campaigns(taken.connection, None, 1, 1) == {2: "a"}
            assert [campaign_summary.number_of(taken.connection, i) for i in ("a", "none")] == [2, None]
