from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.status import STATUSES
from projections import campaign_summary
from projections.campaign_summary import CHECKPOINT, Calls, CampaignSummary, PaceMinute
from projections.store import ViewStore
from projections.views import snapshot
from tests.domain.given import report
from tests.projections.history import NUMBERS, World, world
from tests.projections.kept_views import all_rows, catch_up, new_store, writer_on
from tests.projections.kept_world import SECOND
from tests.projections.recording import T0

ONE, TWO, THREE = NUMBERS
NO_CALLS = Calls(calls=0, measured=0, seconds_total=0.0, seconds_max=0.0)


def summary(tmp_path: Path, made: World, number: int = 1) -> CampaignSummary:
    """A campaign's figures now."""
    with new_store(tmp_path / f"views-{made.ledger.position}.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            return campaign_summary.counters_now(taken.connection, number).summary()


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


def test_a_call_counts_for_the_campaign_that_it_turns_out_to_belong_to(tmp_path: Path) -> None:
    made = world(ONE, TWO)
    made.create("autumn")
    made.change("autumn", "start")
    made.enroll(TWO, "autumn")
    for number, campaign_id in ((ONE, "spring"), (TWO, "autumn")):
        made.start(number, campaign_id)
        made.leave_unresolved(number)
    made.match(ONE, made.person(ONE).attempts[0], "c", "inferred")
    made.tell("c", report("call.answered", 1))
    autumn = next(one.position for one in made.ledger.feed if one.stream == "campaign:autumn")
    assert [summary(tmp_path, made, n).calls["open"].calls for n in (1,)] == [1]
    made.match(TWO, made.person(TWO).attempts[0], "c", "metadata")
    made.tell("c", report("call.completed", 4))
    spring_calls, autumn_calls = (summary(tmp_path, made, n).calls for n in (1, autumn))
    assert spring_calls == dict.fromkeys(("completed", "failed", "canceled", "open"), NO_CALLS)
    assert autumn_calls["completed"] == Calls(calls=1, measured=1, seconds_total=3.0, seconds_max=3.0)


@pytest.mark.parametrize("nobody_answered", ["call.failed", "call.canceled", "call.completed"])
def test_who_did_not_answer_is_in_no_mean(tmp_path: Path, nobody_answered: str) -> None:
    made = world(ONE, TWO)
    for number in (ONE, TWO):
        made.start(number, "spring")
        made.accept(number)
    made.hear(ONE, "call.answered", 1)
    made.hear(ONE, "call.completed", 9)
    made.hear(TWO, nobody_answered, 30)
    found = summary(tmp_path, made).calls
    lengths = {end: (calls.calls, calls.measured, calls.seconds_mean) for end, calls in found.items() if calls.calls}
    if nobody_answered == "call.completed":
        assert lengths == {"completed": (2, 1, 8.0)}
    else:
        assert lengths == {"completed": (1, 1, 8.0), nobody_answered.removeprefix("call."): (1, 0, None)}


def test_a_call_that_ended_in_the_second_of_its_answer_lasted_no_second(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.answered", 4)
    made.hear(ONE, "call.completed", 4)
    assert summary(tmp_path, made).calls["completed"] == Calls(calls=1, measured=1, seconds_total=0.0, seconds_max=0.0)


def test_an_answer_without_its_time_is_in_no_mean(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.gathered", 3)
    made.hear(ONE, "call.completed", 9)
    assert summary(tmp_path, made).calls["completed"] == Calls(calls=1, measured=0, seconds_total=0.0, seconds_max=0.0)


def test_an_end_that_turns_out_to_be_another_is_counted_once(tmp_path: Path) -> None:
    made = world(ONE)
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.answered", 1)
    made.hear(ONE, "call.completed", 9)
    made.hear(ONE, "call.failed", 5)
    found = summary(tmp_path, made).calls
    assert (found["completed"].calls, found["completed"].seconds_total) == (0, 0.0)
    assert (found["failed"].calls, found["failed"].seconds_total) == (1, 4.0)


def minutes(*figures: tuple[int, int, int, int]) -> list[PaceMinute]:
    """After so many minutes: sent, answered, ended."""
    return [
        PaceMinute(minute=T0 + 60 * minute * SECOND, sent=sent, answered=answered, ended=ended)
        for minute, sent, answered, ended in figures
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
            assert told(60) == told(179) == minutes((0, 1, 1, 0))
            assert told(180) == told(3_600) == minutes((0, 1, 1, 0), (2, 1, 0, 1))
            assert told(3_660) == minutes((2, 1, 0, 1))
            assert told(63 * 60) == []


def checkpoints(store: ViewStore) -> list[tuple[int, int]]:
    """Which campaigns' figures are put away where."""
    with store.reading() as connection:
        query = select(CHECKPOINT.c.position, CHECKPOINT.c.campaign).order_by(CHECKPOINT.c.position)
        return [tuple(row) for row in connection.execute(query).all()]


@pytest.mark.parametrize("batch", [1, 2, 5, 1_000])
def test_figures_are_put_away_where_a_campaign_has_changed_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("projections.campaign_summary.fold.CHECKPOINT_POSITIONS", 4)
    made = world(ONE, TWO)
    for _ in range(5):
        made.quarantine()
    made.enroll(THREE, "spring")
    for _ in range(3):
        made.quarantine()
    with new_store(tmp_path / "views.db") as store, new_store(tmp_path / "anew.db") as anew:
        for begin in range(0, made.ledger.position, batch):
            writer_on(store, made.ledger).advance(made.ledger.read_feed(begin, batch))
        assert checkpoints(store) == [(4, 1), (12, 1)]
        catch_up(anew, made.ledger)
        assert all_rows(store) == all_rows(anew)


@pytest.mark.parametrize(
    ("position", "up_to", "upward"),
    [(0, 0, 0), (1, 0, 1_000), (999, 0, 1_000), (1_000, 1_000, 1_000), (1_001, 1_000, 2_000)],
)
def test_figures_are_put_away_at_every_thousandth_position(position: int, up_to: int, upward: int) -> None:
    assert campaign_summary.checkpoint_up_to(position) == up_to
    assert campaign_summary.checkpoint_from(position) == upward


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
