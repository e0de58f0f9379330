"""The marks tell, after a kill, what certainly was not sent, and of nothing else than what they are about."""

import os
import shutil
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import pytest
from msgspec.structs import replace

from adapters.sending_marks import (
    BOOT_ID_BYTES_MAX,
    EARLIER_MARKS_FILE,
    FILE_BYTES,
    HEADER_BYTES,
    SLOT_BYTES,
    SLOTS_MAX,
    LastCommit,
    MarksHeader,
    SendingMarks,
    Witness,
    no_place_for_marks,
    open_marks,
    place_of_marks,
    read_witness,
)
from domain.errors import SettingsError

MARKS_FILE = "1-2.marks"
FLIPS = 300
BOOT = "4b1f7d5e-6c1b-4c1f-9b1a-2f3e4d5c6b7a"
HERE = MarksHeader(boot_id=BOOT, ledger={"key": "k", "device": 1, "inode": 2}, epoch="e1")
LAST = LastCommit(7, "event-7")


def begun(folder: Path, *attempt_ids: str) -> SendingMarks:
    """Marks in which these attempts were begun."""
    marks = open_marks(folder / MARKS_FILE, HERE, LAST)
    for attempt_id in attempt_ids:
        marks.begin(attempt_id)
    return marks


def found(folder: Path, here: MarksHeader = HERE, events: tuple[LastCommit, ...] = (LAST,)) -> Witness:
    """What is read as another process would read it after a kill: nothing was closed or flushed."""
    return read_witness(folder / MARKS_FILE, replace(here, epoch="e2"), events.__contains__)


def test_only_an_attempt_that_was_begun_and_not_marked_was_certainly_not_sent(tmp_path: Path) -> None:
    marks = begun(tmp_path, "begun", "marked", "settled")
    marks.mark("marked")
    marks.mark("settled")
    marks.clear("settled")

    witness = found(tmp_path)

    names = ("begun", "marked", "settled", "never heard of")
    assert witness.doubt is None
    assert [witness.certainly_not_sent(name, "e1") for name in names] == [True, False, False, False]
    assert [witness.may_be_on_the_wire(name) for name in names] == [False, True, False, False]
    assert not witness.certainly_not_sent("begun", "the epoch of another run")


@pytest.mark.parametrize(
    ("here", "doubt"),
    [
        (replace(HERE, boot_id="another"), "the machine was started anew since"),
        (replace(HERE, ledger={"key": "k", "device": 1, "inode": 3}), "the marks are about another ledger"),
        (replace(HERE, ledger={"key": "other", "device": 1, "inode": 2}), "the marks are about another ledger"),
        (replace(HERE, ledger=None), "the marks are about another ledger"),
        (replace(HERE, form="dialtrail sending marks 3"), "the marks are an earlier version's"),
    ],
)
def test_marks_about_something_else_prove_nothing(tmp_path: Path, here: MarksHeader, doubt: str) -> None:
    begun(tmp_path, "att_1")

    witness = found(tmp_path, here)

    assert (witness.doubt, witness.certainly_not_sent("att_1", "e1")) == (doubt, False)


def test_a_ledger_that_cannot_be_told_from_another_is_no_proof_even_of_itself(tmp_path: Path) -> None:
    unknown = replace(HERE, ledger=None)
    open_marks(tmp_path / MARKS_FILE, unknown, LAST).begin("att_1")

    assert found(tmp_path, unknown).doubt == "the marks are about another ledger"


def test_a_ledger_without_the_last_event_that_the_marks_know_of_was_restored(tmp_path: Path) -> None:
    marks = begun(tmp_path, "att_1")
    marks.raise_to(12, "event-12")

    for events in [(LAST,), (LastCommit(12, "of another past"),), ()]:
        assert found(tmp_path, events=events).doubt == (
            "the ledger has lost event event-12 at position 12, which the marks know of"
        )
    assert found(tmp_path, events=(LastCommit(12, "event-12"),)).certainly_not_sent("att_1", "e1")


def test_a_copy_of_the_file_proves_nothing(tmp_path: Path) -> None:
    begun(tmp_path, "att_1")
    shutil.copy2(tmp_path / MARKS_FILE, tmp_path / "copy")
    (tmp_path / "copy").replace(tmp_path / MARKS_FILE)

    assert found(tmp_path).doubt == "the file of the marks is a copy"


def test_an_earlier_copy_that_was_written_over_the_file_proves_nothing_of_later_attempts(tmp_path: Path) -> None:
    marks = begun(tmp_path, "earlier")
    marks.mark("earlier")
    earlier = (tmp_path / MARKS_FILE).read_bytes()
    marks.begin("later")
    marks.mark("later")
    (tmp_path / MARKS_FILE).write_bytes(earlier)

    witness = found(tmp_path)

    assert [witness.certainly_not_sent(name, "e1") for name in ("earlier", "later")] == [False, False]


EARLIER_FORM = BOOT.encode().ljust(64, b"\0") + b"\0" * 64 * 1024


@pytest.mark.parametrize("content", [b"", b"x" * 100, EARLIER_FORM, b"\0" * FILE_BYTES, b"\xff" * FILE_BYTES])
def test_a_file_that_is_damaged_or_of_an_earlier_version_proves_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MARKS_FILE).write_bytes(content)

    assert found(tmp_path).doubt == "the marks are damaged, or an earlier version's"


def test_half_a_high_water_mark_proves_nothing(tmp_path: Path) -> None:
    begun(tmp_path, "att_1")
    content = bytearray((tmp_path / MARKS_FILE).read_bytes())
    content[HEADER_BYTES : HEADER_BYTES + 4] = b"12 e"
    (tmp_path / MARKS_FILE).write_bytes(content)

    assert found(tmp_path).doubt is not None


def test_a_folder_without_marks_proves_nothing(tmp_path: Path) -> None:
    assert found(tmp_path).doubt == "no marks were left"


def test_a_clean_stop_leaves_no_file_and_one_that_left_an_attempt_open_does(tmp_path: Path) -> None:
    marks = begun(tmp_path, "att_1")
    marks.clear("att_1")
    marks.close()
    marks.raise_to(8, "event-8")
    assert not (tmp_path / MARKS_FILE).exists()

    begun(tmp_path, "att_2").close()
    assert found(tmp_path).certainly_not_sent("att_2", "e1")


def test_a_new_process_begins_without_marks_and_keeps_those_of_the_old_out_of_its_way(tmp_path: Path) -> None:
    old = begun(tmp_path, "att_1")

    new = begun(tmp_path, "att_2")
    old.mark("att_1")

    witness = found(tmp_path)
    assert [witness.certainly_not_sent(i, "e1") for i in ("att_1", "att_2")] == [False, True]
    new.close()


def test_there_is_room_for_so_many_and_each_outcome_makes_room_again(tmp_path: Path) -> None:
    marks = open_marks(tmp_path / MARKS_FILE, HERE, LAST)
    for number in range(SLOTS_MAX):
        assert not marks.is_full
        marks.begin(f"att_{number}")

    is_full = [marks.is_full]
    marks.clear("att_7")
    marks.clear("att_7")
    marks.clear("never begun")
    is_full.append(marks.is_full)
    marks.begin("again")
    marks.mark("again")
    is_full.append(marks.is_full)

    assert is_full == [True, False, True]
    assert found(tmp_path).may_be_on_the_wire("again")


def test_an_id_that_does_not_fit_is_not_cut(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"at most {SLOT_BYTES - 1} bytes"):
        open_marks(tmp_path / MARKS_FILE, HERE, LAST).begin("a" * SLOT_BYTES)


@pytest.mark.parametrize("boot", ["", "b" * (BOOT_ID_BYTES_MAX + 1)])
def test_a_machine_that_does_not_say_its_boot_is_refused(tmp_path: Path, boot: str) -> None:
    with pytest.raises(SettingsError, match="boot id"):
        open_marks(tmp_path / MARKS_FILE, replace(HERE, boot_id=boot), LAST)


def test_each_data_folder_has_a_file_that_is_not_in_it_and_only_its_user_may_open_it(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("memory", "one", "other")]
    for folder in folders:
        folder.mkdir()
    memory, one, other = folders

    places = [place_of_marks(memory, folder) for folder in (one, other, one)]
    one.rename(tmp_path / "moved")
    places.append(place_of_marks(memory, tmp_path / "moved"))

    assert [place == places[0] for place in places] == [True, False, True, True]
    assert {place.parent.parent for place in places} == {memory}
    assert places[0].parent.stat().st_mode & 0o777 == 0o700


def test_what_an_earlier_version_left_in_the_data_folder_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / EARLIER_MARKS_FILE).write_bytes(EARLIER_FORM)

    place_of_marks(tmp_path, tmp_path)

    assert not (tmp_path / EARLIER_MARKS_FILE).exists()


def test_a_folder_in_memory_that_others_may_open_is_refused_by_name(tmp_path: Path) -> None:
    ours = place_of_marks(tmp_path, tmp_path).parent
    ours.chmod(0o750)

    with pytest.raises(SettingsError, match=f"DIALTRAIL_MARKS_FOLDER: {ours} is not a folder of user"):
        place_of_marks(tmp_path, tmp_path)


def test_a_link_that_somebody_put_in_its_place_is_refused(tmp_path: Path) -> None:
    ours = place_of_marks(tmp_path, tmp_path).parent
    ours.rename(tmp_path / "theirs")
    ours.symlink_to(tmp_path / "theirs")

    with pytest.raises(SettingsError, match="is not a folder of user"):
        place_of_marks(tmp_path, tmp_path)


@pytest.mark.parametrize("memory", ["missing", "file"])
def test_a_place_that_cannot_be_used_is_refused_by_name(tmp_path: Path, memory: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match=f"DIALTRAIL_MARKS_FOLDER: {tmp_path / memory}.* cannot be used"):
        place_of_marks(tmp_path / memory, tmp_path)


def test_why_a_folder_would_be_refused_is_found_without_making_anything(tmp_path: Path) -> None:
    none, ours = tmp_path / "none", tmp_path / f"dialtrail-{os.getuid()}"

    assert no_place_for_marks(tmp_path) is None
    assert not ours.exists()
    assert no_place_for_marks(none) == (
        f"DIALTRAIL_MARKS_FOLDER: {none} is no folder that this user may write; "
        "set it to a folder in memory (tmpfs) that you may write"
    )
    ours.mkdir(mode=0o755)
    fault = no_place_for_marks(tmp_path)
    with pytest.raises(SettingsError) as refused:
        place_of_marks(tmp_path, tmp_path)
    assert fault == str(refused.value)


def test_no_bit_that_turned_says_that_what_was_sent_was_not(tmp_path: Path) -> None:
    marks = begun(tmp_path, "att_7c1", "att_7c2")
    marks.mark("att_7c1")
    path = tmp_path / MARKS_FILE
    raw = path.read_bytes()
    bits = [8 * at + bit for at, byte in enumerate(raw) if byte for bit in range(8)]
    for at, bit in (divmod(one, 8) for one in Random(1).sample(bits, FLIPS)):
        with path.open("r+b") as file:  # in its place: another file would be a copy
            os.pwrite(file.fileno(), bytes([raw[at] ^ 1 << bit]), at)
            witness = found(tmp_path)
            os.pwrite(file.fileno(), raw[at : at + 1], at)
        assert not witness.certainly_not_sent("att_7c1", "e1"), (at, bit)
    assert found(tmp_path).certainly_not_sent("att_7c2", "e1")
