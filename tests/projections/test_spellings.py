"""Several spellings of one person in the views: what happens to one is seen in the rows of all."""

from pathlib import Path

import pytest
from sqlalchemy import select

from projections.attempt_index import ATTEMPT
from projections.recipient_status import SPELLING, page, streams_held_by_calls, streams_judged
from projections.store import ViewStore
from projections.views import snapshot
from tests.projections.history import World
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import stream_of

BRITISH = ("+442079460018", "+4402079460018")
RUSSIAN = ("+788123456789", "+78123456789")
MEXICAN = ("+5215512345678", "+525512345678")
PAIRS = (BRITISH, RUSSIAN, MEXICAN)


def shown(store: ViewStore) -> list[tuple[str, str, str | None]]:
    """Everybody in the order of enrolment."""
    with snapshot(store) as taken:
        rows = page(taken.connection, 1, 0, 10, None)
    return [(row.enrollment.number, row.standing.status, row.standing.reason) for row in rows]


@pytest.mark.parametrize("in_one_batch", [True, False])
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_suppression_shows_in_the_row_of_another_spelling_whichever_came_first(
    tmp_path: Path, one: str, other: str, in_one_batch: bool
) -> None:
    made = World()
    made.create("spring")
    with new_store(tmp_path / "views.db") as store:
        made.suppress(one, None)
        if not in_one_batch:
            catch_up(store, made.ledger)
        made.enroll(other, "spring")
        catch_up(store, made.ledger)
        assert shown(store) == [(other, "suppressed", "operator")]
        made.release(one)
        catch_up(store, made.ledger)
        assert shown(store) == [(other, "queued", None)]
        made.enroll(one, "spring")
        made.suppress(other, None)
        catch_up(store, made.ledger)
        assert shown(store) == [(other, "suppressed", "operator"), (one, "suppressed", "operator")]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_who_waits_for_the_end_of_a_call_in_another_spelling_is_found_by_both(
    tmp_path: Path, one: str, other: str
) -> None:
    made = World()
    made.create("spring")
    made.create("autumn")
    for campaign_id in ("spring", "autumn"):
        made.change(campaign_id, "start")
    made.enroll(one, "spring")
    made.enroll(other, "autumn")
    made.start(other, "autumn")
    made.accept(other)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        assert shown(store) == [(one, "held", "open_attempt")]
        with snapshot(store) as taken:
            connection = taken.connection
            assert streams_held_by_calls(connection, 1, 10) == [stream_of(one), stream_of(other)]
            assert streams_judged(connection, 1, ATTEMPT.c.stream) == [stream_of(one)]
        made.hear(other, "call.completed", 1)
        catch_up(store, made.ledger)
        assert shown(store) == [(one, "queued", None)]


def test_only_those_who_have_several_spellings_are_kept_in_the_table(tmp_path: Path) -> None:
    made = World()
    made.create("spring")
    for number in (*BRITISH, RUSSIAN[0], "+15551230001", "+390612345603"):
        made.enroll(number, "spring")
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            found = taken.connection.execute(select(SPELLING).order_by(SPELLING.c.stream)).all()
    one, other = sorted(stream_of(number) for number in BRITISH)
    assert [tuple(row) for row in found] == [(one, other), (other, one)]
