"""Figures that are put away, so that the past is not counted anew."""

from pathlib import Path

import pytest
from sqlalchemy import select

from projections import campaign_summary
from projections.campaign_summary import CHECKPOINT
from projections.store import ViewStore
from tests.projections.history import ONE, THREE, TWO, world
from tests.projections.kept_views import all_rows, catch_up, new_store, writer_on


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
