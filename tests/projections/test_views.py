from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from domain.recipient import RecipientState
from projections import (
    attempt_index,
    call_hours,
    call_index,
    campaign_summary,
    outcome_index,
    quarantined,
    recipient_status,
)
from projections.campaign_summary import CampaignSummary
from projections.changes import Standing, standing_of
from projections.parked import Parked, parked
from projections.store import ViewsUnusable
from projections.views import TABLES, VERSIONS, rows_in, snapshot, summaries_at
from tests.projections.chance import Random, small_history
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import NUMBERS, World
from tests.projections.kept_views import all_rows, catch_up, follow_with_two, new_store, writer_on
from tests.projections.kept_world import FINGERPRINT, OTHER_FINGERPRINT, stream_of

ONE, TWO, _ = NUMBERS


def world() -> World:
    """A campaign with two people, one of whom is called."""
    made = World()
    made.create("spring")
    made.change("spring", "start")
    made.enroll(ONE, "spring")
    made.enroll(TWO, "spring")
    made.start(ONE, "spring")
    made.accept(ONE)
    return made


def test_every_view_has_its_tables_and_a_version() -> None:
    modules = (recipient_status, attempt_index, call_index, campaign_summary, call_hours, quarantined, outcome_index)
    assert {module.NAME: module.VERSION for module in modules} == dict(VERSIONS)
    assert set(TABLES) == set(VERSIONS)


def test_a_snapshot_says_how_far_the_views_have_come_and_what_they_have(tmp_path: Path) -> None:
    made = world()
    with new_store(tmp_path / "views.db") as store:
        with snapshot(store) as taken:
            assert (taken.position, taken.recorded_at, taken.fingerprint) == (0, None, None)
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            assert (taken.position, taken.recorded_at) == (made.ledger.position, made.now)
            assert taken.fingerprint == FINGERPRINT
            assert {view: rows_in(taken.connection, view) for view in VERSIONS} == {
                "recipient_status": 6,
                "attempt_index": 1,
                "call_index": 1,
                "campaign_summary": 3,
                "call_hours": 3,
                "quarantined": 0,
                "outcome_index": 2,
            }


@pytest.mark.parametrize(
    ("ledger", "fingerprint", "why"),
    [
        (FeedLedger(world().ledger.feed[:-1]), FINGERPRINT, "the ledger is not the one that they were made from"),
        (FeedLedger(), FINGERPRINT, "the ledger is not the one that they were made from"),
        (world().ledger, OTHER_FINGERPRINT, "the account behind MINIVOICE_API_KEY is another one"),
    ],
)
def test_views_that_do_not_fit_are_unusable(tmp_path: Path, ledger: FeedLedger, fingerprint: str, why: str) -> None:
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, world().ledger)
        with pytest.raises(ViewsUnusable) as refused:
            writer_on(store, ledger, fingerprint)
    assert str(refused.value) == why


def test_a_shorter_way_on_without_an_account_keeps_the_one_that_was_watched(tmp_path: Path) -> None:
    made = world()
    made.hold(ONE)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        assert writer_on(store, made.ledger, None).position == made.ledger.position


def test_a_batch_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    made = world()
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        before = all_rows(store)
        made.suppress(TWO, None)
        with patch.object(call_index, "write", side_effect=ZeroDivisionError), pytest.raises(ZeroDivisionError):
            catch_up(store, made.ledger)
        assert all_rows(store) == before
        assert catch_up(store, made.ledger).position == made.ledger.position


def test_an_event_that_is_led_past_is_kept_in_mind(tmp_path: Path) -> None:
    made = world()
    with new_store(tmp_path / "views.db") as store:
        writer = writer_on(store, made.ledger)
        writer.advance(made.ledger.feed[:-1])
        last = made.ledger.feed[-1]
        writer.park(last, "ValueError in call.claimed")
        with snapshot(store) as taken:
            assert taken.position == last.position
            kept = Parked(last.position, last.stream, "call.claimed", "ValueError in call.claimed")
            assert parked(taken.connection, 10) == [kept]
            assert parked(taken.connection, 0) == []
        again = writer_on(store, made.ledger)
        assert (again.position, again.left_out) == (last.position, writer.left_out)
        call_id = last.stream.partition(":")[2]
        assert f"call.claimed of call {call_id}, at position {last.position}," in str(writer.left_out)
        assert "dialtrail rebuild" in str(writer.left_out)


def test_somebody_who_cannot_be_judged_is_shown_so_in_every_campaign_with_what_was_tried(tmp_path: Path) -> None:
    made = World()
    for campaign_id in ("spring", "autumn"):
        made.create(campaign_id)
        made.change(campaign_id, "start")
        made.enroll(ONE, campaign_id)
    made.enroll(TWO, "spring")
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.failed", None)
    made.start(ONE, "autumn")
    made.start(TWO, "spring")

    def failing(person: RecipientState, *rest: Any) -> Standing:
        if person.number == ONE and person.attempts:
            raise OverflowError("date value out of range")
        return standing_of(person, *rest)

    with new_store(tmp_path / "views.db") as store:
        with patch("projections.changes.recipient_changes.standing_of", failing):
            writer = catch_up(store, made.ledger)
        assert writer.position == made.ledger.position
        with snapshot(store) as taken:
            shown = {
                (campaign_id, row.enrollment.number): (row.standing.status, row.standing.reason, row.standing.attempts)
                for number, campaign_id in campaign_summary.campaigns(taken.connection).items()
                for row in recipient_status.page(taken.connection, number, 0, 10, None)
            }
            events = {one.event for one in parked(taken.connection, 10)}
    assert shown == {
        ("spring", ONE): ("unresolved", "not_judged", 1),
        ("spring", TWO): ("dialing", None, 1),
        ("autumn", ONE): ("unresolved", "not_judged", 1),
    }
    assert {"attempt.started", "call.failed"} <= events
    assert "OverflowError in attempt.started" in str(writer.left_out)


@pytest.mark.parametrize("every", [1, 7, 1_000])
@pytest.mark.parametrize("seed", range(4))
def test_figures_as_of_any_position_are_those_of_views_that_had_come_so_far(
    tmp_path: Path, seed: int, every: int
) -> None:
    made = small_history(Random(seed), 25)
    ledger = made.ledger
    with (
        patch("projections.campaign_summary.fold.CHECKPOINT_POSITIONS", every),
        new_store(tmp_path / "all.db") as everything,
        new_store(tmp_path / "so-far.db") as so_far,
    ):
        catch_up(everything, ledger)
        writer = writer_on(so_far, ledger)
        for one in ledger.feed:
            writer.advance([one])
            with snapshot(so_far) as then, snapshot(everything) as now:
                numbers = campaign_summary.campaigns(then.connection)
                assert campaign_summary.campaigns(now.connection, one.position) == numbers
                expected: dict[int, CampaignSummary] = {
                    n: campaign_summary.counters_now(then.connection, n).summary() for n in numbers
                }
                assert summaries_at(then, numbers, None, ledger.read_streams, ledger.read_feed, stream_of) == expected
                found = summaries_at(now, numbers, one.position, ledger.read_streams, ledger.read_feed, stream_of)
                assert found == expected
        assert all_rows(everything) == all_rows(so_far)


@pytest.mark.parametrize("seed", range(8))
def test_two_that_write_by_turns_make_the_rows_that_one_makes(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    made = small_history(rng, 40)
    path = tmp_path / "views.db"
    with new_store(path) as one, new_store(path) as other, new_store(tmp_path / "anew.db") as anew:
        assert follow_with_two(rng, one, other, made.ledger) > 0
        catch_up(anew, made.ledger)
        assert all_rows(one) == all_rows(other) == all_rows(anew)
