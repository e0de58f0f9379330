"""What may be on disk after the power was lost."""

from random import Random  # noqa: TID251 - seeded

from tests.crashes.replay import Disk, State, losses_of
from tests.crashes.shim import Call, Kind


def call(kind: Kind, path: str = "a", inode: int = 1, **more: object) -> Call:
    return Call(kind=kind, path=path, inode=inode, **more)  # type: ignore[arg-type]


MADE = [call("create"), call("sync_folder", "")]


def states(*calls: Call) -> dict[str, dict[str, bytes]]:
    disk = Disk()
    for one in calls:
        disk.do(one)
    return {state.loss: state.files for state in disk.states(len(calls), Random(1))}


def test_what_was_synced_is_there_whatever_is_lost() -> None:
    assert states(*MADE, call("write", data=b"one"), call("sync")) == {"nothing": {"a": b"one"}}


def test_what_was_not_synced_is_there_or_not() -> None:
    found = states(*MADE, call("write", data=b"one"), call("sync"), call("write", at=1, data=b"NE"), call("cut", at=2))

    assert found["nothing"] == {"a": b"one"}
    assert found["everything"] == {"a": b"oN"}
    assert {files["a"] for files in found.values()} <= {b"one", b"oN", b"oNE", b"on"}


def test_a_write_may_be_torn_at_a_sector() -> None:
    found = states(*MADE, call("write", data=b"x" * 1024), call("sync"), call("write", data=b"y" * 1024))

    assert found["torn"] == {"a": b"y" * 512 + b"x" * 512}


def test_a_name_is_not_on_disk_before_its_folder_was_synced() -> None:
    inside = [call("create", "d/a"), call("write", "d/a", data=b"x"), call("sync", "d/a")]

    assert states(call("folder", "d", 2), *inside, call("sync_folder", "d", 2))["nothing"] == {}
    assert states(call("folder", "d", 2), *inside, call("sync_folder", ""))["nothing"] == {}
    both = [call("folder", "d", 2), *inside, call("sync_folder", "d", 2), call("sync_folder", "")]
    assert states(*both)["nothing"] == {"d/a": b"x"}


def test_a_file_takes_the_place_of_another_or_does_not() -> None:
    before = [*MADE, call("write", data=b"old"), call("sync")]
    after = [call("create", "new", 2), call("write", "new", 2, data=b"new"), call("sync", "new", 2)]
    found = states(*before, *after, call("rename", "new", 0, target="a"))

    assert (found["nothing"], found["names"]) == ({"a": b"old"}, {"a": b"new"})


def test_an_inode_that_is_used_again_is_another_file() -> None:
    gone = [call("write", data=b"old"), call("sync"), call("unlink", inode=0), call("sync_folder", "")]

    assert states(*MADE, *gone, call("create", "b"), call("sync_folder", ""))["nothing"] == {"b": b""}


def test_a_sync_that_failed_is_none() -> None:
    found = states(*MADE, call("write", data=b"one"), call("sync", failed=5))

    assert found["nothing"] == {"a": b""}


def test_the_power_is_lost_before_each_sync_and_in_the_end() -> None:
    calls = [*MADE, call("write", data=b"x"), call("sync"), call("write", "ignored", 9), call("write", at=1, data=b"y")]
    found: list[State] = list(losses_of(calls, Random(1), lambda path: path == "ignored"))

    assert [(state.calls, state.loss, state.files) for state in found] == [
        (1, "nothing", {}),
        (1, "names", {"a": b""}),
        (3, "nothing", {"a": b""}),
        (3, "everything", {"a": b"x"}),
        (6, "nothing", {"a": b"x"}),
        (6, "everything", {"a": b"xy"}),
    ]
