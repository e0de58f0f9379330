from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from application.moment import Moment
from application.queries.recipients import read_recipients
from application.views import Projector, ViewsFile
from application.views.reads import CampaignRead, DueRead, Reads, RemainingWork
from application.views.wished import wished_now
from domain.campaign import AgentsTold
from domain.errors import NotFound
from domain.identity import campaign_stream
from domain.status import STATUSES, Status
from projections import campaign_summary
from projections.read_time_rules import ShownStatus
from projections.recipient_status import StatusRow
from projections.store import ViewsUnusable
from tests.application.views.projecting import wait_until
from tests.domain.given import report
from tests.examples import are_all_tried
from tests.projections.chance import Random, small_history
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import CAMPAIGNS, NUMBERS, World
from tests.projections.kept_world import FINGERPRINT, SECOND, stream_of
from tests.projections.recounted import Recounted

ONE, TWO, THREE = NUMBERS
SPRING, AUTUMN = CAMPAIGNS
# Each position that is looked at costs a recount of all before it: a run of all tests looks at each third.
ACTS = 20 if are_all_tried() else 12
POSITIONS_STEP = 1 if are_all_tried() else 3


@contextmanager
def reading(folder: Path, ledger: FeedLedger, only_numbers: Collection[str] | None = None) -> Iterator[Reads]:
    """Reads of views that follow a ledger."""
    folder.mkdir(exist_ok=True)
    projector = Projector(ledger, ViewsFile(folder), FINGERPRINT, lambda: ledger.feed[-1].recorded_at)
    projector.start()
    try:
        wait_until(lambda: projector.position == ledger.position and projector.trouble is None)
        yield Reads(ledger, projector, only_numbers)
    finally:
        projector.stop()


def came_to(reads: Reads, position: int) -> None:
    """Wait until the views are there."""
    reads._projector.pushed([])
    wait_until(lambda: reads._projector.position >= position)


def all_recipients(
    reads: Reads, campaign_id: str, moment: Moment, status: Status | None, rows_max: int
) -> list[tuple[StatusRow, ShownStatus]]:
    """All pages, one after another."""
    rows: list[tuple[StatusRow, ShownStatus]] = []
    after: int | None = 0
    while after is not None:
        page = read_recipients(reads, campaign_id, moment, status, after, rows_max)
        rows, after = rows + page.rows, page.following
    return rows


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize(("seed", "every"), [(1, 7), (2, 7), (3, 1), (4, 1_000)])
def test_what_is_read_as_of_a_position_is_what_was_read_when_the_ledger_ended_there(
    tmp_path: Path, seed: int, every: int
) -> None:
    rng = Random(seed)
    made = small_history(rng, ACTS)
    only_numbers = rng.choice((None, NUMBERS[:1]))
    then_ledger = FeedLedger()
    with (
        patch("projections.campaign_summary.fold.CHECKPOINT_POSITIONS", every),
        reading(tmp_path / "now", made.ledger, only_numbers) as now,
        reading(tmp_path / "then", then_ledger, only_numbers) as then,
    ):
        for one in made.ledger.feed:
            then_ledger.add(one)
            if (one.position + seed) % POSITIONS_STEP:
                continue
            came_to(then, one.position)
            moment = Moment(one.position, one.recorded_at, is_past=True)
            assert now.campaigns(moment, 0, 10) == then.campaigns(Moment(one.position, one.recorded_at), 0, 10)
            for campaign_id in Recounted(then_ledger).campaigns:
                for status in (None, *rng.sample(STATUSES, 3)):
                    expected = all_recipients(then, campaign_id, Moment(one.position, one.recorded_at), status, 100)
                    assert all_recipients(now, campaign_id, moment, status, rng.randint(1, 3)) == expected


def world() -> World:
    """A running campaign with three people, one of whom is being called, and another campaign."""
    made = World()
    made.create(SPRING)
    made.change(SPRING, "start")
    for number in NUMBERS:
        made.enroll(number, SPRING)
    made.create(AUTUMN)
    made.start(ONE, SPRING)
    made.accept(ONE)
    return made


def test_campaigns_come_in_pages(tmp_path: Path) -> None:
    made = world()
    with reading(tmp_path, made.ledger) as reads:
        moment = Moment(made.ledger.position, made.now)
        first = reads.campaigns(moment, 0, 1)
        assert ([read.state.campaign_id for read in first.items], first.following) == ([SPRING], 1)
        second = reads.campaigns(moment, 1, 1)
        assert ([read.state.campaign_id for read in second.items], second.following) == ([AUTUMN], None)
        assert second.items == [reads.campaign(AUTUMN, moment)]
        assert reads.campaigns(moment, 6, 1).items == []
        assert second.position == made.ledger.position


def test_a_campaign_is_read_with_its_figures(tmp_path: Path) -> None:
    made = world()
    made.pause_account()
    with reading(tmp_path, made.ledger) as reads:
        read = reads.campaign(SPRING, Moment(made.ledger.position, made.now))
    expected = Recounted(made.ledger)
    assert read.counts == {**dict.fromkeys(STATUSES, 0), "queued": 2, "dialing": 1}
    assert (read.position, read.judged_at) == (made.ledger.position, made.now)
    assert (read.state, read.account) == (expected.campaigns[SPRING], expected.account)
    assert read.summary is not None
    assert (read.summary.enrolled, read.summary.dialled) == (3, 1)


def test_the_pace_is_told_up_to_the_instant_that_is_asked_about(tmp_path: Path) -> None:
    made = world()
    sent = made.now.replace(second=0)
    with reading(tmp_path, made.ledger) as reads:

        def told(at: datetime) -> list[tuple[datetime, int]]:
            return [(one.minute, one.sent) for one in reads.campaign(SPRING, Moment(made.ledger.position, at)).pace]

        assert told(made.now) == []
        assert told(sent + 60 * SECOND) == told(sent + 3_600 * SECOND) == [(sent, 1)]
        assert told(sent + 3_720 * SECOND) == []


def test_a_campaign_that_there_is_not_or_was_not_yet_is_not_found(tmp_path: Path) -> None:
    made = world()
    with reading(tmp_path, made.ledger) as reads:
        for campaign_id, position in (("none", made.ledger.position), (AUTUMN, 5), (SPRING, 0)):
            with pytest.raises(NotFound):
                reads.campaign(campaign_id, Moment(position, made.now, is_past=True))
            with pytest.raises(NotFound):
                read_recipients(reads, campaign_id, Moment(position, made.now, is_past=True), None, 0, 10)


def test_a_campaign_that_the_views_do_not_know_yet_is_asked_for_again(tmp_path: Path) -> None:
    made = world()
    behind = FeedLedger(made.ledger.feed[:5])
    with reading(tmp_path, behind) as reads:
        reads._ledger = made.ledger
        with pytest.raises(NotFound):
            reads.campaign(AUTUMN, Moment(made.ledger.position, made.now))
        with patch.object(campaign_summary, "number_of", return_value=None), pytest.raises(ViewsUnusable):
            reads.campaign(SPRING, Moment(made.ledger.position, made.now))


def test_without_views_a_campaign_has_no_figures(tmp_path: Path) -> None:
    made = world()
    projector = Projector(made.ledger, ViewsFile(tmp_path), FINGERPRINT, lambda: made.now)
    reads = Reads(made.ledger, projector, None)
    with pytest.raises(ViewsUnusable):
        reads.campaign(SPRING, Moment(made.ledger.position, made.now))
    read: CampaignRead = reads.campaign_without_figures(SPRING, made.ledger.position, made.now)
    assert (read.state, read.counts, read.summary) == (Recounted(made.ledger).campaigns[SPRING], None, None)


def test_who_is_due_again_and_again_does_not_read_a_campaign_s_words_of_agents_again(tmp_path: Path) -> None:
    made = world()
    for free in range(300):
        made.record(campaign_stream(SPRING), AgentsTold(free=free, source="asked"))
    with (
        reading(tmp_path, made.ledger) as reads,
        patch.object(made.ledger, "read_on", wraps=made.ledger.read_on) as read,
    ):
        for _ in range(5):
            assert reads.due(SPRING, made.now, 0, 10).streams == [stream_of(TWO), stream_of(THREE)]
            assert wished_now(reads, SPRING, made.now, 10).streams == []
            assert reads.remaining_work(SPRING, made.now).is_somebody_left

    assert [call.args for call in read.call_args_list if call.args[1] == 0] == [(campaign_stream(SPRING), 0, 310, 500)]


def test_who_is_due_comes_in_pages(tmp_path: Path) -> None:
    made = world()
    with reading(tmp_path, made.ledger) as reads:
        end = made.ledger.position
        first = reads.due(SPRING, made.now, 0, 1)
        assert first == DueRead(position=end, streams=[stream_of(TWO)], following=4)
        assert reads.due(SPRING, made.now, 4, 1) == DueRead(position=end, streams=[stream_of(THREE)], following=None)
        assert reads.due("none", made.now, 0, 1) == DueRead(position=end, streams=[], following=None)
    with reading(tmp_path, made.ledger, only_numbers=[THREE]) as reads:
        assert reads.due(SPRING, made.now, 0, 10).streams == [stream_of(THREE)]


def test_who_is_suppressed_until_then_is_due_then(tmp_path: Path) -> None:
    made = world()
    made.suppress(TWO, 10)
    ends = made.now + 9 * SECOND
    with reading(tmp_path, made.ledger) as reads:
        seen = [reads.due(SPRING, at, 0, 10).streams for at in (ends - SECOND, ends)]
    assert seen == [[stream_of(THREE)], [stream_of(TWO), stream_of(THREE)]]


def test_somebody_is_left_as_long_as_somebody_waits_or_is_called(tmp_path: Path) -> None:
    made = world()

    def left(reads: Reads, campaign_id: str = SPRING) -> bool:
        came_to(reads, made.ledger.position)
        found = reads.remaining_work(campaign_id, made.now)
        assert found.position == made.ledger.position
        return found.is_somebody_left

    with reading(tmp_path, made.ledger) as reads:
        seen = [left(reads), left(reads, AUTUMN), left(reads, "none")]
        for number in (TWO, THREE):
            made.withdraw(number, SPRING)
        seen.append(left(reads))
        made.hear(ONE, "call.failed", 1)
        seen.append(left(reads))
    assert seen == [True, True, True, True, False]


def test_who_only_waits_for_another_call_is_told(tmp_path: Path) -> None:
    made = world()
    made.change(AUTUMN, "start")
    made.enroll(ONE, AUTUMN)
    with reading(tmp_path, made.ledger) as reads:
        found = reads.remaining_work(AUTUMN, made.now)
    assert found == RemainingWork(position=made.ledger.position, is_somebody_left=False, held_by_calls=[stream_of(ONE)])


def test_the_stream_of_an_attempt_is_found(tmp_path: Path) -> None:
    made = world()
    made.tell("others", report("call.created", 1))
    with reading(tmp_path, made.ledger) as reads:
        assert reads.streams_of_attempts({"a1", "a9"}) == {"a1": stream_of(ONE)}
