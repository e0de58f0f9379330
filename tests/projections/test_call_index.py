from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from domain import call
from domain.call import CallSnapshot
from domain.call import CallSnapshot as Said
from domain.recipient import all_spelled
from projections import call_index
from projections.call_index import CALL, CallRow
from projections.views import ViewsSnapshot, snapshot
from tests.domain.given import at, report
from tests.examples import examples
from tests.projections.history import NUMBERS, World, call_id_of
from tests.projections.kept_views import catch_up, new_store
from tests.projections.kept_world import stream_of

ONE, TWO, THREE = NUMBERS
CALLER = "+15559870000"
SAID = Said(direction="outbound", from_number=CALLER, to_number=ONE)


@pytest.fixture(scope="module")
def made() -> World:
    """Calls of all kinds."""
    made = World()
    made.create("spring")
    made.change("spring", "start")
    for number in NUMBERS:
        made.enroll(number, "spring")
        made.start(number, "spring")
        made.accept(number)
    made.hear(ONE, "call.answered", 3)
    made.hear(ONE, "call.completed", 9)
    made.hear(ONE, "call.completed", 9)
    made.hear(ONE, "call.failed", 12)
    made.observe(call_id_of("a2"), None, gave_up=True)
    made.pass_time(100)
    made.tell("others", report("call.created", 4, snapshot=SAID))
    made.tell("echo", report("call.created", None, snapshot=Said(attempt_id="a3")))
    return made


@pytest.fixture(scope="module")
def taken(made: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewsSnapshot]:
    with new_store(tmp_path_factory.mktemp("views") / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            yield taken


def test_a_row_tells_whose_a_call_is_how_far_it_came_and_what_is_odd_about_it(
    made: World, taken: ViewsSnapshot
) -> None:
    found = call_index.calls(taken.connection, 0, 1)
    first = next(one for one in made.ledger.feed if one.name == "call.created")
    last = next(one for one in made.ledger.feed if one.name == "call.failed")
    assert found == [
        CallRow(
            place=first.position,
            call_id="call_of_a1",
            campaign_id="spring",
            recipient=stream_of(ONE),
            from_number=None,
            to_number=None,
            direction=None,
            phase="ended",
            outcome="completed",
            reached=True,
            plain_outcome="answered",
            person_proofs=(),
            step="call.answered",
            created_at=at(0),
            answered_at=at(3),
            ended_at=at(9),
            first_heard_at=first.recorded_at,
            heard_at=last.recorded_at,
            anomalies=("contradicts", "redelivered"),
        )
    ]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, ["call_of_a1", "call_of_a2", "call_of_a3", "others", "echo"]),
        ({"campaign": 1}, ["call_of_a1", "call_of_a2", "call_of_a3"]),
        ({"campaign": 9}, []),
        ({"phase": "ended"}, ["call_of_a1"]),
        ({"phase": "dialing", "campaign": 1}, ["call_of_a2", "call_of_a3"]),
        ({"outcome": "completed"}, ["call_of_a1"]),
        ({"outcome": "failed"}, []),
        ({"anomaly": "contradicts"}, ["call_of_a1"]),
        ({"anomaly": "redelivered"}, ["call_of_a1"]),
        ({"anomaly": "lost"}, ["call_of_a2"]),
        ({"anomaly": "late"}, ["others"]),
        ({"anomaly": "unclaimed"}, ["others", "echo"]),
        ({"anomaly": "contested"}, []),
        ({"answered": True}, ["call_of_a1"]),
        ({"answered": False}, ["call_of_a2", "call_of_a3", "others", "echo"]),
        ({"of": all_spelled(ONE, stream_of)}, ["call_of_a1", "others"]),
        ({"of": all_spelled(ONE, stream_of), "answered": False}, ["others"]),
        ({"of": all_spelled(CALLER, stream_of)}, ["others"]),
        ({"of": all_spelled("+15550009999", stream_of)}, []),
        ({"up_to": 16}, ["call_of_a1", "call_of_a2", "call_of_a3"]),
        ({"up_to": 15}, ["call_of_a1", "call_of_a2"]),
    ],
)
def test_calls_are_found_by_what_they_are(taken: ViewsSnapshot, wanted: dict[str, Any], ids: list[str]) -> None:
    assert [row.call_id for row in call_index.calls(taken.connection, 0, 100, **wanted)] == ids
    one_by_one, after = [], 0
    while page := call_index.calls(taken.connection, after, 1, **wanted):
        one_by_one.append(page[0].call_id)
        after = page[0].place
    assert one_by_one == ids
    newest = call_index.calls(taken.connection, 0, 100, newest_first=True, **wanted)
    assert [row.call_id for row in newest] == ids[::-1]
    last = call_index.calls(taken.connection, 0, 2, newest_first=True, **wanted)
    assert [row.call_id for row in last] == ids[:-3:-1]


@given(begun=st.integers(1, 8), reads=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), max_size=6))
@settings(max_examples=examples(25), deadline=None)
def test_pages_lose_and_repeat_no_call_while_new_ones_come_in(begun: int, reads: list[tuple[int, int]]) -> None:
    made = World()
    oldest: list[CallRow] = []
    newest: list[CallRow] = []
    with TemporaryDirectory() as folder, new_store(Path(folder) / "views.db") as store:
        _hear_of(made, begun)
        # The last page is as long as it takes.
        for rows_max, come_in in [*reads, (100, 0)]:
            catch_up(store, made.ledger)
            with snapshot(store) as taken:
                oldest += call_index.calls(taken.connection, oldest[-1].place if oldest else 0, rows_max)
                up_to = newest[-1].place - 1 if newest else None
                newest += call_index.calls(taken.connection, 0, rows_max, up_to=up_to, newest_first=True)
            _hear_of(made, come_in)
    assert [row.call_id for row in oldest] == [f"call_{one}" for one in range(len(made.calls))]
    assert [row.call_id for row in newest] == [f"call_{one}" for one in reversed(range(begun))]


def _hear_of(made: World, calls: int) -> None:
    """So many new calls."""
    for _ in range(calls):
        made.tell(f"call_{len(made.calls)}", report("call.created", 1))


def test_each_way_in_which_a_call_is_somebodys_is_answered_by_an_index(taken: ViewsSnapshot) -> None:
    for condition in call_index.each_way(all_spelled("+493012345678", stream_of)):
        query = select(CALL).where(CALL.c.place > 0, condition).order_by(CALL.c.place).limit(10)
        text = query.compile(dialect=taken.connection.dialect, compile_kwargs={"literal_binds": True})
        plan = taken.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
        assert [step.detail for step in plan if "SCAN" in step.detail or "TEMP B-TREE" in step.detail] == []
        assert "USING INDEX call_index_by_" in plan[0].detail


def test_calls_without_an_end_or_with_an_echo_are_to_be_watched(taken: ViewsSnapshot) -> None:
    assert list(call_index.calls_to_watch(taken.connection)) == ["call_of_a3", "others", "echo"]


def test_of_nobodys_calls_those_are_to_be_watched_that_are_open_between_known_numbers(tmp_path: Path) -> None:
    made = World()
    for call_id, name, said in (
        ("over", "call.completed", CallSnapshot(from_number="+15551", to_number="+15552")),
        ("without numbers", "call.created", CallSnapshot()),
        ("with one number", "call.created", CallSnapshot(to_number="+15552")),
    ):
        made.tell(call_id, report(name, 1, snapshot=said))
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            assert list(call_index.calls_to_watch(taken.connection)) == ["with one number"]


@pytest.mark.parametrize(("how", "contested"), [("response", False), ("metadata", True), ("inferred", False)], ids=str)
def test_a_call_that_two_attempts_claim_is_contested_where_they_are_as_good(
    tmp_path: Path, how: call.Evidence, contested: bool
) -> None:
    made = World()
    claims: list[tuple[str, call.Evidence]] = [("a1", "metadata"), ("a2", how)]
    for attempt_id, evidence in claims:
        claimed = call.CallClaimed(attempt_id=attempt_id, campaign_id="spring", recipient="recipient:x", how=evidence)
        made.record("call:c", claimed)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            (row,) = call_index.calls(taken.connection, 0, 10)
    assert ("contested" in row.anomalies) is contested
    assert row.campaign_id == "spring"


def test_a_person_is_claimed_by_the_keys_that_were_pressed_and_by_nothing_else(tmp_path: Path) -> None:
    """In whatever order the reports come, and not by an answer, a recording, or a question that nobody answered."""
    told: dict[str, list[call.ReportEvent]] = {
        "pressed": [report("call.completed", 9), pressed("8"), report("call.answered", 1)],
        "not pressed": [report("call.answered", 1), pressed("")],
        "recorded": [report("call.answered", 1), report("recording.completed", 12)],
        "rings": [report("call.created", 0)],
    }
    made = World()
    for call_id, reports in told.items():
        for one in reports:
            made.tell(call_id, one)
    with new_store(tmp_path / "views.db") as store:
        catch_up(store, made.ledger)
        with snapshot(store) as taken:
            found = {row.call_id: row.person_proofs for row in call_index.calls(taken.connection, 0, 10)}
    assert found == {"pressed": ("digits",), "not pressed": (), "recorded": (), "rings": ()}


def pressed(digits: str) -> call.CallGathered:
    asked = report("call.gathered", 5, note=digits)
    assert isinstance(asked, call.CallGathered)
    return replace(asked, digits=digits)
