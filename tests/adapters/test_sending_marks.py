"""The marks tell, after a kill, what certainly was not sent."""

from pathlib import Path

import pytest

from adapters.sending_marks import MARKS_FILE, SLOT_BYTES, SLOTS_MAX, open_marks, read_witness
from domain.errors import SettingsError

BOOT = "4b1f7d5e-6c1b-4c1f-9b1a-2f3e4d5c6b7a"


def test_a_marked_attempt_may_have_been_sent_and_one_without_a_mark_was_not(tmp_path: Path) -> None:
    marks = open_marks(tmp_path, BOOT)
    marks.mark("att_1")
    marks.mark("att_2")
    marks.clear("att_2")

    # The file is read as another process would read it after a kill: nothing was closed or flushed.
    witness = read_witness(tmp_path, BOOT)

    assert witness.can_tell
    assert [witness.certainly_not_sent(i) for i in ("att_1", "att_2", "att_3")] == [False, True, True]


def test_marks_of_another_boot_prove_nothing(tmp_path: Path) -> None:
    open_marks(tmp_path, BOOT).mark("att_1")

    witness = read_witness(tmp_path, "another-boot")

    assert (witness.can_tell, witness.certainly_not_sent("att_1"), witness.certainly_not_sent("att_2")) == (False,) * 3


@pytest.mark.parametrize("content", [None, b"", b"x" * 100, BOOT.encode().ljust(SLOT_BYTES, b"\0")])
def test_a_file_that_is_missing_or_damaged_proves_nothing(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / MARKS_FILE).write_bytes(content)

    assert not read_witness(tmp_path, BOOT).can_tell


def test_a_new_process_begins_without_marks_and_keeps_those_of_the_old_out_of_its_way(tmp_path: Path) -> None:
    old = open_marks(tmp_path, BOOT)
    old.mark("att_1")

    new = open_marks(tmp_path, BOOT)
    old.mark("att_2")

    assert read_witness(tmp_path, BOOT).certainly_not_sent("att_2")
    new.close()


def test_there_is_room_for_so_many_and_each_outcome_makes_room_again(tmp_path: Path) -> None:
    marks = open_marks(tmp_path, BOOT)
    for number in range(SLOTS_MAX):
        assert not marks.is_full
        marks.mark(f"att_{number}")

    is_full = [marks.is_full]
    marks.clear("att_7")
    marks.clear("att_7")
    marks.clear("never marked")
    is_full.append(marks.is_full)
    marks.mark("again")
    is_full.append(marks.is_full)

    assert is_full == [True, False, True]
    assert not read_witness(tmp_path, BOOT).certainly_not_sent("again")


def test_an_id_that_does_not_fit_is_not_cut(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"at most {SLOT_BYTES} bytes"):
        open_marks(tmp_path, BOOT).mark("a" * (SLOT_BYTES + 1))


@pytest.mark.parametrize("boot", ["", "b" * (SLOT_BYTES + 1)])
def test_a_machine_that_does_not_say_its_boot_is_refused(tmp_path: Path, boot: str) -> None:
    with pytest.raises(SettingsError, match="boot id"):
        open_marks(tmp_path, boot)
