"""What tells a ledger that goes on from one that was put back, cloned or moved."""

import pytest

from domain.restored import HighWaterSeen, Where, restored

FILE: Where = {"key": "k", "device": 7, "inode": 8, "machine": "m", "boot": "b"}
SERVER: Where = {"key": "k", "system": "s", "timeline": 1, "database": 5}
THERE, LOST = HighWaterSeen(9, "e9", True), HighWaterSeen(12, "e12", False)
LAST = HighWaterSeen(12, "e12", True, taken="last")


@pytest.mark.parametrize(
    ("known", "here", "marks"),
    [
        (None, FILE, []),  # new, or of an earlier version
        (None, FILE, [THERE]),  # its place could not be written down
        (FILE, FILE, [THERE]),
        (FILE, FILE, [THERE, THERE]),
        (FILE, {**FILE, "boot": "another", "device": 70}, [THERE]),  # after a restart of the machine
        (FILE, {**FILE, "born": 5}, [THERE]),  # an earlier version did not ask when it was made
        ({**FILE, "born": 5}, FILE, [THERE]),  # the file system does not say it here
        (SERVER, SERVER, [THERE]),
        (SERVER, SERVER, []),  # another machine joins
        (SERVER, {**SERVER, "timeline": 2}, [THERE]),  # a standby was promoted, and lacks nothing
        ({**SERVER, "taken": "last"}, {**SERVER, "timeline": 2}, [LAST]),
        ({**SERVER, "taken": "last"}, SERVER, [THERE]),  # whoever dialled before somebody else did
        ({**FILE, "taken": "last"}, FILE, [LAST]),
        (SERVER, {}, [THERE]),  # our role may not ask
        ({}, {}, []),  # nor might it then; another machine joins
        ({"taken": "last"}, SERVER, [LAST]),  # it may now
    ],
)
def test_nothing_is_otherwise(known: Where | None, here: Where, marks: list[HighWaterSeen]) -> None:
    assert restored(known, here, marks) is None


@pytest.mark.parametrize(
    ("known", "here", "marks", "why"),
    [
        (FILE, FILE, [LOST], "events_missing"),
        (FILE, FILE, [THERE, LOST], "events_missing"),
        (None, FILE, [LOST], "events_missing"),  # a backup of before the update over what came since
        (SERVER, {**SERVER, "timeline": 2}, [LOST], "events_missing"),
        (FILE, {**FILE, "inode": 9}, [THERE], "elsewhere"),
        (FILE, {**FILE, "machine": "n", "boot": "c"}, [THERE], "elsewhere"),
        (FILE, {**FILE, "device": 70}, [THERE], "elsewhere"),  # the same boot, another disk
        (FILE, {**FILE, "inode": 9}, [], "elsewhere"),
        ({**FILE, "born": 5}, {**FILE, "born": 6}, [THERE], "elsewhere"),  # put in its place, by the same number
        (FILE, FILE, [], "mark_missing"),
        (SERVER, {**SERVER, "database": 6}, [THERE], "elsewhere"),
        (SERVER, {**SERVER, "system": "t"}, [], "elsewhere"),
        ({**SERVER, "taken": "last"}, {**SERVER, "timeline": 2}, [THERE], "elsewhere"),  # others have dialled since
        (
            {**SERVER, "taken": "last"},
            {**SERVER, "timeline": 2},
            [THERE, HighWaterSeen(9, "e", True, "x")],
            "elsewhere",
        ),
        ({**FILE, "taken": "last"}, {**FILE, "inode": 9}, [LAST], "elsewhere"),
        (SERVER, {**SERVER, "timeline": 2}, [], "elsewhere"),  # a clone, seen from a folder that knows nothing
    ],
)
def test_something_is(known: Where | None, here: Where, marks: list[HighWaterSeen], why: str) -> None:
    found = restored(known, here, marks)

    assert found is not None
    assert found.why == why
    assert found.missing_position == (12 if why == "events_missing" else None)


def test_what_was_copied_is_until_somebody_has_dialled_there() -> None:
    found = restored(None, FILE, [], is_copied=True)

    assert found is not None
    assert found.why == "copied"
    assert restored(FILE, FILE, [THERE], is_copied=True) is None
