import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verifiable_log.add_checkpoint import SIZE_TYPE, AddCheckpoint
from adapters.verifiable_log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from adapters.verifiable_log.note import joined, split_note
from adapters.verifiable_log.tree import EMPTY_ROOT
from adapters.verifiable_log.witness import LogWitness, WitnessedLog, WitnessReply
from adapters.verifiable_log.witness_folder import WitnessFolder, origin_hash
from domain.errors import FolderInUse, NotReady, SettingsError
from tests.adapters.verifiable_log.examples import AT, LOG, NOW, ORIGIN, OTHER_LOG, WITNESS, WITNESS_2
from tests.adapters.verifiable_log.logs import MemoryLog

HISTORY = MemoryLog(200)
FORK = MemoryLog(200, "b", forked_at=7)


class Stage:
    """A witness whose process can end and begin again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.begin()

    def begin(self) -> None:
        self.held = WitnessFolder(self.folder)
        logs = [WitnessedLog(ORIGIN, [LOG.key])]
        self.witness = LogWitness(logs, WITNESS, self.held, clock=lambda: NOW, tell=self.told.append)

    def again(self) -> None:
        self.held.close()
        self.begin()

    def asked(self, body: bytes) -> WitnessReply:
        return self.witness.add_checkpoint(body)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "state")
    yield made
    made.held.close()


def test_a_history_that_goes_on_is_cosigned_step_by_step_also_after_a_restart(stage: Stage) -> None:
    for old, new in ((0, 5), (5, 5), (5, 64), (64, 200)):
        reply = stage.asked(HISTORY.asks(old, new))
        note = HISTORY.note(new)
        text, lines = split_note(note)
        opened = open_checkpoint(joined(text, [lines[0].text, reply.body.decode()]), ORIGIN, [LOG.key], [WITNESS.key])
        assert (reply.status, opened.checkpoint.size, opened.note.signed[1].at) == (200, new, AT)
        stage.again()
    assert stage.told == []


def test_the_last_checkpoint_is_there_for_whoever_watches(stage: Stage) -> None:
    assert stage.witness.checkpoint(origin_hash(ORIGIN)).status == 404
    stage.asked(HISTORY.asks(0, 5))

    for _ in range(2):
        reply = stage.witness.checkpoint(origin_hash(ORIGIN))
        opened = open_checkpoint(reply.body, ORIGIN, [LOG.key], [WITNESS.key])
        assert (reply.status, opened.checkpoint.size, len(opened.note.signed)) == (200, 5, 2)
        stage.again()
    assert stage.witness.checkpoint(origin_hash("other")).status == 404


def test_another_size_than_the_known_one_is_told_the_known_one(stage: Stage) -> None:
    assert stage.asked(HISTORY.asks(5, 9)) == WitnessReply(409, b"0\n", SIZE_TYPE)
    stage.asked(HISTORY.asks(0, 5))
    assert stage.asked(HISTORY.asks(0, 9)) == WitnessReply(409, b"5\n", SIZE_TYPE)
    stage.again()
    assert stage.asked(HISTORY.asks(4, 9)) == WitnessReply(409, b"5\n", SIZE_TYPE)


def test_a_size_that_goes_back_is_refused(stage: Stage) -> None:
    stage.asked(HISTORY.asks(0, 9))
    assert stage.asked(HISTORY.asks(0, 5)).status == 409
    cut = AddCheckpoint(9, [], HISTORY.note(5)).to_bytes()
    assert stage.asked(cut).status == 400
    assert stage.asked(HISTORY.asks(9, 10)).status == 200


def test_a_fork_is_refused_and_told_of_once(stage: Stage) -> None:
    stage.asked(HISTORY.asks(0, 9))

    for _ in range(2):
        reply = stage.asked(FORK.asks(9, 20))
        assert (reply.status, reply.body) == (
            422,
            b"consistency of 9 with 20: the proof leads to another old root than the one given\n",
        )
    assert len(stage.told) == 1
    assert ORIGIN in stage.told[0]
    assert list(stage.folder.glob("*.refused")) == []
    assert stage.asked(HISTORY.asks(9, 20)).status == 200


def test_two_roots_of_one_size_are_kept_as_evidence(stage: Stage) -> None:
    stage.asked(HISTORY.asks(0, 9))
    body = FORK.asks(9, 9)

    assert stage.asked(body).status == 422

    (kept,) = stage.folder.glob("*.refused")
    assert kept.read_bytes() == body
    assert f"signed two histories: kept in {kept}" in stage.told[0]
    assert stage.asked(MemoryLog(9, "c").asks(9, 9)).status == 422
    assert kept.read_bytes() == body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old 0\n\nno note\n", 400),
        (AddCheckpoint(0, [], HISTORY.note(5, origin="log.example/other")).to_bytes(), 404),
        (HISTORY.asks(0, 5, OTHER_LOG), 403),
        (AddCheckpoint(0, [], HISTORY.note(5).replace(b"\n5\n", b"\n6\n")).to_bytes(), 403),
        (AddCheckpoint(0, [], sign_checkpoint(Checkpoint(ORIGIN, 5, bytes(32)), [WITNESS], NOW)).to_bytes(), 403),
        (AddCheckpoint(6, [], HISTORY.note(5)).to_bytes(), 400),
        (AddCheckpoint(0, [bytes(32)], HISTORY.note(5)).to_bytes(), 422),
        (AddCheckpoint(0, [], sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), [LOG], NOW)).to_bytes(), 422),
        (AddCheckpoint(0, [], sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), [LOG], NOW)).to_bytes(), 200),
    ],
)
def test_what_cannot_be_cosigned_has_the_status_of_the_protocol(stage: Stage, body: bytes, status: int) -> None:
    reply = stage.asked(body)
    assert reply.status == status
    assert reply.body.endswith(b"\n")


@given(st.integers(0, 199), st.integers(0, 199), st.integers(0, 199), st.booleans())
def test_no_two_checkpoints_that_do_not_go_on_are_ever_cosigned(
    tmp_path_factory: pytest.TempPathFactory, first: int, second: int, third: int, forked: bool
) -> None:
    stage = Stage(tmp_path_factory.mktemp("witness") / "state")
    known = 0
    try:
        for size, log in ((first, HISTORY), (second, FORK if forked else HISTORY), (third, HISTORY)):
            old = min(known, size)
            if stage.asked(log.asks(old, size)).status == 200:
                assert size >= known
                assert log is HISTORY or known <= 7  # from there on the fork is another history
                if log is FORK and size > 7:
                    return
                known = size
    finally:
        stage.held.close()


def test_nothing_is_cosigned_that_could_not_be_kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise NotReady("no space is left")

    stage.asked(HISTORY.asks(0, 5))
    monkeypatch.setattr(stage.held, "keep", no_room)
    reply = stage.asked(HISTORY.asks(5, 9))
    assert reply.status == 503
    assert b"\xe2\x80\x94" not in reply.body
    assert stage.told == ["no space is left"]
    monkeypatch.undo()
    assert stage.asked(HISTORY.asks(5, 9)).status == 200


def test_it_is_on_disk_before_it_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr("os.fsync", lambda _: done.append("fsync"))
    monkeypatch.setattr(Path, "replace", lambda *_: done.append("replace"))
    stage.asked(HISTORY.asks(0, 5))
    assert done == ["fsync", "replace", "fsync"]


def test_what_is_kept_has_to_be_believed(stage: Stage) -> None:
    stage.asked(HISTORY.asks(0, 5))
    (kept,) = stage.folder.glob("*.checkpoint")
    good = kept.read_bytes()
    stage.held.close()
    for wrong, why in (
        (good.replace(b"\n5\n", b"\n4\n"), "does not hold"),
        (b"", "no empty line"),
        (HISTORY.note(5, signer=OTHER_LOG), "none of its signatures"),
        (HISTORY.note(5, origin="log.example/other"), "of another log"),
    ):
        kept.write_bytes(wrong)
        with pytest.raises(SettingsError, match=f"cannot be believed.*{why}"):
            stage.begin()
        stage.held.close()
    kept.write_bytes(good)
    stage.begin()


def test_a_folder_is_of_one_witness(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(FolderInUse, match="another witness works in"):
        WitnessFolder(stage.folder)
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot be used"):
        WitnessFolder(tmp_path / "file" / "state")
    assert stage.folder.stat().st_mode & 0o077 == 0


def test_a_folder_says_what_is_wrong_with_the_disk(stage: Stage) -> None:
    (stage.folder / f"{origin_hash(ORIGIN)}.checkpoint.new").mkdir()
    with pytest.raises(NotReady, match="could not be written"):
        stage.held.keep(ORIGIN, b"a")
    (stage.folder / f"{origin_hash(ORIGIN)}.checkpoint").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        stage.held.known(ORIGIN)


def test_a_witness_whose_key_changed_goes_on_from_what_the_log_signed(stage: Stage) -> None:
    stage.asked(HISTORY.asks(0, 5))
    logs = [WitnessedLog(ORIGIN, [LOG.key])]
    after = LogWitness(logs, WITNESS_2, stage.held, clock=lambda: NOW, tell=stage.told.append)
    assert after.add_checkpoint(HISTORY.asks(0, 9)).status == 409
    line = after.add_checkpoint(HISTORY.asks(5, 9)).body.decode()
    assert base64.b64decode(line.split(" ")[2])[:4] == WITNESS_2.key.key_id
