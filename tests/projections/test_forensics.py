from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from projections.call_index import CALL
from projections.campaign_summary import CAMPAIGN
from projections.forensics import NEWER, Stored, WrongRow, WrongStatus, wrong_rows, wrong_statuses
from projections.recipient_status import ENROLLMENT, HISTORY, STATUS
from projections.store import PROGRESS, ViewStore, ViewsUnusable
from tests.projections.chance import Random, small_history
from tests.projections.history import NUMBERS, World
from tests.projections.kept_views import catch_up, follow_by_chance, new_store

ONE, TWO, _ = NUMBERS


class Pair:
    """The views as they were stored, to be spoilt, and the same made anew."""

    def __init__(self, before: ViewStore, anew: ViewStore) -> None:
        self.before = before
        self._anew = anew

    def statuses(self, campaign: int | None = None) -> list[WrongStatus]:
        with self.before.reading() as one, self._anew.reading() as other:
            return list(wrong_statuses(Stored(self.before, one, campaign), Stored(self._anew, other, campaign)))

    def rows(self, campaign: int | None = None) -> list[WrongRow]:
        with self.before.reading() as one, self._anew.reading() as other:
            return list(wrong_rows(Stored(self.before, one, campaign), Stored(self._anew, other, campaign)))


@contextmanager
def pair(folder: Path, made: World, rng: Random | None = None) -> Iterator[Pair]:
    with new_store(folder / "before.db") as before, new_store(folder / "anew.db") as anew:
        if rng is None:
            catch_up(before, made.ledger)
        else:
            follow_by_chance(rng, before, made.ledger)
        catch_up(anew, made.ledger)
        yield Pair(before, anew)


def spring() -> World:
    """One is called and reached; two waits. Enrolled at positions 3 and 4; one's attempt is at 5."""
    made = World()
    made.create("spring")
    made.change("spring", "start")
    made.enroll(ONE, "spring")
    made.enroll(TWO, "spring")
    made.start(ONE, "spring")
    made.accept(ONE)
    made.hear(ONE, "call.answered", 3)
    made.hear(ONE, "call.completed", 9)
    return made


@pytest.mark.parametrize("seed", range(12))
def test_of_healthy_views_nothing_is_listed_however_they_came_about(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    with pair(tmp_path, small_history(rng, 60), rng) as found:
        assert (found.statuses(), found.rows()) == ([], [])


def test_who_is_shown_wrong_now_is_listed_with_the_position_from_which_on(tmp_path: Path) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            (place, since) = connection.execute(
                select(STATUS.c.place, STATUS.c.from_position).where(STATUS.c.status == "reached")
            ).one()
            connection.execute(update(STATUS).where(STATUS.c.place == place).values(status="not_reached"))
        [wrong] = found.statuses()
        assert (wrong.place, wrong.from_position, wrong.to_position) == (place, since, None)
        assert (wrong.fields, wrong.is_status) == ({"status": ("not_reached", "reached")}, True)


def test_who_was_shown_wrong_for_a_while_is_listed_with_until_when(tmp_path: Path) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            spell = connection.execute(select(HISTORY).where(HISTORY.c.status == "in_progress")).one()
            spoilt = update(HISTORY).where(HISTORY.c.status == "in_progress").values(status="dialing", attempts=7)
            connection.execute(spoilt)
        [wrong] = found.statuses()
        assert (wrong.from_position, wrong.to_position) == (spell.from_position, spell.to_position)
        assert wrong.fields == {"status": ("dialing", "in_progress"), "attempts": (7, spell.attempts)}


def test_a_change_that_was_missed_is_wrong_from_that_change_on(tmp_path: Path) -> None:
    """As code that did not heed an event would have left it: the status of before went on."""
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            last = connection.execute(select(HISTORY).order_by(HISTORY.c.from_position.desc()).limit(1)).one()
            here = (HISTORY.c.place == last.place) & (HISTORY.c.from_position == last.from_position)
            now = connection.execute(select(STATUS).where(STATUS.c.place == last.place)).one()
            connection.execute(delete(HISTORY).where(here))
            values = {name: value for name, value in last._mapping.items() if name != "to_position"}
            connection.execute(update(STATUS).where(STATUS.c.place == last.place).values(**values))
        [wrong] = found.statuses()
        assert (wrong.from_position, wrong.to_position) == (now.from_position, None)
        assert wrong.fields["status"] == (last.status, now.status)


def test_a_spell_cut_in_two_and_told_the_same_is_not_wrong(tmp_path: Path) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            now = connection.execute(select(STATUS).where(STATUS.c.status == "queued")).one()
            values = dict(now._mapping)
            connection.execute(HISTORY.insert().values(**values, to_position=now.from_position + 2))
            later = update(STATUS).where(STATUS.c.place == now.place).values(from_position=now.from_position + 2)
            connection.execute(later)
        assert found.statuses() == []


def test_who_is_missing_altogether_is_listed(tmp_path: Path) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            place = connection.execute(select(STATUS.c.place).where(STATUS.c.status == "queued")).scalar_one()
            connection.execute(delete(STATUS).where(STATUS.c.place == place))
            connection.execute(delete(ENROLLMENT).where(ENROLLMENT.c.place == place))
        [wrong] = found.statuses()
        assert (wrong.place, wrong.fields, wrong.is_status) == (place, {"row": (None, "there")}, True)
        assert [(row.table, row.fields) for row in found.rows()] == [("recipient_enrollment", {"row": (None, "there")})]


@pytest.mark.parametrize("seed", range(12))
def test_exactly_the_rows_that_were_spoilt_are_listed(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    with pair(tmp_path, small_history(rng, 60)) as found:
        expected = set()
        with found.before.writing() as connection:
            for table in (STATUS, HISTORY):
                rows = connection.execute(select(table)).all()
                for row in rng.sample(rows, min(3, len(rows))):
                    here = (table.c.place == row.place) & (table.c.from_position == row.from_position)
                    connection.execute(update(table).where(here).values(code=f"spoilt at {row.from_position}"))
                    expected.add((row.place, row.from_position, getattr(row, "to_position", None)))
        wrong = found.statuses()
        assert {(one.place, one.from_position, one.to_position) for one in wrong} == expected
        assert all(list(one.fields) == ["code"] and not one.is_status for one in wrong)


def test_other_rows_are_told_field_by_field_and_figures_by_their_names(tmp_path: Path) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            connection.execute(update(CALL).values(outcome="failed"))
            counters = connection.execute(select(CAMPAIGN.c.counters)).scalar_one()
            spoilt = counters.replace('"enrolled":2', '"enrolled":3')
            connection.execute(update(CAMPAIGN).values(counters=spoilt))
        assert spoilt != counters
        assert [(row.table, row.fields) for row in found.rows()] == [
            ("call_index", {"outcome": ("failed", "completed")}),
            ("campaign_summary", {"enrolled": (3, 2)}),
        ]


def test_only_one_campaigns_rows_are_compared_where_that_is_asked(tmp_path: Path) -> None:
    made = spring()
    made.create("autumn")
    made.enroll(TWO, "autumn")
    with pair(tmp_path, made) as found:
        with found.before.writing() as connection:
            connection.execute(update(STATUS).values(reason="spoilt"))
            spring_number, autumn_number = connection.execute(
                select(CAMPAIGN.c.campaign).order_by(CAMPAIGN.c.campaign)
            ).scalars()
        assert [len(found.statuses(number)) for number in (None, spring_number, autumn_number)] == [3, 2, 1]


def test_a_column_that_earlier_code_did_not_have_is_not_compared(tmp_path: Path) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            for table in ("recipient_status", "recipient_status_history"):
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN code"))
            connection.execute(update(STATUS).values(attempts=9))
        assert [list(one.fields) for one in found.statuses()] == [["attempts"], ["attempts"]]


@pytest.mark.parametrize("table", [table.name for table in NEWER])
def test_a_table_that_earlier_code_did_not_have_is_passed_over(tmp_path: Path, table: str) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            connection.execute(text(f"DROP TABLE {table}"))
        assert (found.statuses(), found.rows()) == ([], [])


@pytest.mark.parametrize("table", ["recipient_status", "call_index", "view_progress"])
def test_views_of_another_make_cannot_be_compared(tmp_path: Path, table: str) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            connection.execute(text(f"DROP TABLE {table}"))
        with pytest.raises(ViewsUnusable):
            look(found)


def look(found: Pair) -> None:
    """All that is looked at."""
    with found.before.reading() as connection:
        Stored(found.before, connection).progress()
    found.statuses()
    found.rows()


def test_views_that_did_not_come_equally_far_are_no_views(tmp_path: Path) -> None:
    with pair(tmp_path, spring()) as found:
        with found.before.writing() as connection:
            connection.execute(update(PROGRESS).where(PROGRESS.c.view == "call_index").values(position=1))
        with found.before.reading() as connection, pytest.raises(ViewsUnusable, match="how far they have come"):
            Stored(found.before, connection).progress()
