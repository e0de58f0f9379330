"""Pages of those who have a status, at any position."""

from datetime import datetime
from pathlib import Path

import pytest

from domain.status import STATUSES, Status
from projections import campaign_summary, recipient_status
from projections.read_time_rules import ReadTimeRules, ShownStatus
from projections.recipient_status import LOOKS_A_PAGE_MAX, StatusRow
from projections.store import ViewStore
from projections.views import snapshot
from tests.examples import are_all_tried, examples
from tests.projections.chance import Random, small_history
from tests.projections.feed_ledger import FeedLedger
from tests.projections.history import CAMPAIGNS, NUMBERS, world
from tests.projections.kept_views import catch_up, new_store, writer_on
from tests.projections.recounted import Recounted

RUNNING = ReadTimeRules(False)
# Each position that is looked at costs a recount of all before it: a run of all tests looks at each third.
ACTS = 25 if are_all_tried() else 15
POSITIONS_STEP = 1 if are_all_tried() else 3


def pages(
    store: ViewStore,
    campaign: int,
    status: Status | None,
    rules: ReadTimeRules,
    rows_max: int,
    position: int | None,
    now: datetime,
) -> list[tuple[StatusRow, ShownStatus]]:
    """All pages, one after another."""
    rows: list[StatusRow] = []
    after: int | None = 0
    with snapshot(store) as taken:
        zones = campaign_summary.counters_now(taken.connection, campaign).summary().zones
        while after is not None:
            if status is None:
                found = recipient_status.page(taken.connection, campaign, after, rows_max, position)
                after = found[-1].enrollment.place if len(found) == rows_max else None
            else:
                found, after = recipient_status.page_with_status(
                    taken.connection, campaign, status, rules, zones, after, rows_max, position, now
                )
            assert len(found) <= rows_max
            rows += found
    return [(row, rules.shown(row.standing, row.enrollment.number, row.enrollment.zone_key, now)) for row in rows]


@pytest.mark.no_cover  # many times the same
@pytest.mark.parametrize("seed", range(examples(8, least=2)))
def test_pages_as_of_any_position_are_those_of_views_that_had_come_so_far(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(seed)
    monkeypatch.setattr("projections.recipient_status.candidates.FEW_DUE_MAX", rng.choice((0, 1, 4_096)))
    made = small_history(rng, ACTS)
    only_numbers = rng.choice((None, NUMBERS[:1]))
    with new_store(tmp_path / "all.db") as everything, new_store(tmp_path / "so-far.db") as so_far:
        catch_up(everything, made.ledger)
        writer = writer_on(so_far, made.ledger)
        for one in made.ledger.feed:
            writer.advance([one])
            if (one.position + seed) % POSITIONS_STEP:
                continue
            known = Recounted(FeedLedger(made.ledger.feed[: one.position]))
            campaign_id = rng.choice(CAMPAIGNS)
            if campaign_id not in known.campaigns:
                continue
            number = known.numbers[campaign_id]
            rules = known.rules(campaign_id, only_numbers)
            now = rng.choice((one.recorded_at, *known.instants(campaign_id, only_numbers)))
            expected = pages(so_far, number, None, rules, 100, None, now)
            assert pages(everything, number, None, rules, rng.randint(1, 3), one.position, now) == expected
            for status in STATUSES:
                having = [row for row in expected if row[1].status == status]
                assert pages(so_far, number, status, rules, rng.randint(1, 3), None, now) == having
                assert pages(everything, number, status, rules, 100, one.position, now) == having
                assert pages(everything, number, status, rules, rng.randint(1, 3), one.position, now) == having


def test_a_page_for_which_too_many_have_to_be_looked_at_is_short_and_says_where_to_go_on(tmp_path: Path) -> None:
    numbers = [f"+1555{i:07}" for i in range(3 * LOOKS_A_PAGE_MAX)]
    made = world(*numbers)
    rules = ReadTimeRules(False, numbers[:-1])
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            first, after = recipient_status.page_with_status(
                taken.connection, 1, "held", rules, {""}, 0, 1, None, made.now
            )
            assert (first, after) == ([], 2 + 2 * LOOKS_A_PAGE_MAX)
        found = pages(store, 1, "held", rules, 1, None, made.now)
    assert [row.enrollment.number for row, _ in found] == numbers[-1:]
