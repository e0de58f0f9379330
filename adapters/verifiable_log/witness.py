"""A witness of logs: it cosigns what goes on from what it cosigned before, and nothing else (C2SP's tlog-witness).

So whoever trusts it knows that a log has shown others the same history: one that was altered, cut or forked has no
cosignature from then on.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock

from msgspec import Struct

from adapters.verifiable_log.add_checkpoint import SIZE_TYPE, TEXT_TYPE, AddCheckpoint
from adapters.verifiable_log.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint, read_checkpoint
from adapters.verifiable_log.note import Signer, VerifierKey, joined, open_note
from adapters.verifiable_log.tree import EMPTY_ROOT, verify_consistency
from adapters.verifiable_log.witness_folder import WitnessFolder, origin_hash
from domain.errors import InvalidInput, NotProven, NotReady, SettingsError

Tell = Callable[[str], None]


class WitnessedLog(Struct, frozen=True):
    """A log that may ask: the name that its checkpoints begin with, and the keys that it may sign them with."""

    origin: str
    keys: Sequence[VerifierKey]


class WitnessReply(Struct, frozen=True):
    """What goes back, as HTTP has it."""

    status: int
    body: bytes
    content_type: str = TEXT_TYPE


class LogWitness:
    """Usable from any thread. `clock` gives the time of each cosignature; `tell` is told what a person has to know."""

    def __init__(
        self,
        logs: Sequence[WitnessedLog],
        signer: Signer,
        folder: WitnessFolder,
        *,
        clock: Callable[[], datetime],
        tell: Tell,
    ) -> None:
        """Raises `SettingsError` where what it knows of a log cannot be believed."""
        self._logs: Mapping[str, WitnessedLog] = {log.origin: log for log in logs}
        self._origins = {origin_hash(origin): origin for origin in self._logs}
        self._signer = signer
        self._folder = folder
        self._clock = clock
        self._tell = tell
        self._lock = Lock()
        self._notes: dict[str, bytes] = {}
        self._known: dict[str, Checkpoint] = {}
        self._told: dict[str, Checkpoint] = {}
        for log in logs:
            self._load(log)

    def add_checkpoint(self, body: bytes) -> WitnessReply:
        """Cosign a checkpoint, once it is on disk here; or say, by the status that the protocol has for it, why not."""
        try:
            asked = AddCheckpoint.parse(body)
            checkpoint = read_checkpoint(asked.note)
            log = self._logs.get(checkpoint.origin)
            if log is None:
                return _refusal(404, f"the log {checkpoint.origin!a} is not known here")
            opened = open_checkpoint(asked.note, log.origin, log.keys)
            if asked.old_size > checkpoint.size:
                return _refusal(400, f"the old size {asked.old_size} is larger than the checkpoint's")
        except InvalidInput as error:
            return _refusal(400, str(error))
        except NotProven as error:
            return _refusal(403, str(error))
        with self._lock:
            return self._cosign(asked, opened, body)

    def checkpoint(self, hashed_origin: str) -> WitnessReply:
        """The checkpoint of a log that was cosigned last, with the log's signatures and this witness's."""
        note = self._notes.get(self._origins.get(hashed_origin, ""))
        return _refusal(404, "nothing of this log has been cosigned here") if note is None else WitnessReply(200, note)

    def _cosign(self, asked: AddCheckpoint, opened: OpenedCheckpoint, body: bytes) -> WitnessReply:
        checkpoint = opened.checkpoint
        known = self._known.get(checkpoint.origin, Checkpoint(checkpoint.origin, 0, EMPTY_ROOT))
        if asked.old_size != known.size:
            return WitnessReply(409, f"{known.size}\n".encode(), SIZE_TYPE)
        try:
            verify_consistency(known.size, known.root, checkpoint.size, checkpoint.root, asked.proof)
        except NotProven as error:
            self._refused(known, checkpoint, body, str(error))
            return _refusal(422, str(error))
        line = self._signer.line(opened.note.text, self._clock())
        note = joined(opened.note.text, [*(one.line.text for one in opened.note.signed), line])
        try:
            self._folder.keep(checkpoint.origin, note)
        except NotReady as error:
            self._tell(str(error))
            return _refusal(503, "this witness could not keep the checkpoint; try again")
        self._known[checkpoint.origin], self._notes[checkpoint.origin] = checkpoint, note
        return WitnessReply(200, line.encode())

    def _refused(self, known: Checkpoint, checkpoint: Checkpoint, body: bytes, why: str) -> None:
        """Tell a person, once of each checkpoint, for anybody can send one on with a proof that is none.

        Two roots of one size, both signed by the log, need no proof: what says so is kept.
        """
        if self._told.get(checkpoint.origin) == checkpoint:
            return
        self._told[checkpoint.origin] = checkpoint
        kept = ""
        if checkpoint.size == known.size:
            try:
                kept = (
                    f"; the log has signed two histories: kept in {self._folder.keep_refused(checkpoint.origin, body)}"
                )
            except NotReady as error:
                kept = f"; the log has signed two histories: {error}"
        self._tell(f"refused a checkpoint that the log {checkpoint.origin!a} has signed: {why}{kept}")

    def _load(self, log: WitnessedLog) -> None:
        note = self._folder.known(log.origin)
        if note is None:
            return
        try:
            checkpoint = Checkpoint.parse(open_note(note, [self._signer.key, *log.keys]).text)
        except (InvalidInput, NotProven) as error:
            raise _not_believed(log, str(error)) from None
        if checkpoint.origin != log.origin:
            raise _not_believed(log, "it is of another log")
        self._known[log.origin], self._notes[log.origin] = checkpoint, note


def _not_believed(log: WitnessedLog, why: str) -> SettingsError:
    return SettingsError(
        f"--state: what is kept of the log {log.origin!a} cannot be believed ({why}); put the file back from a copy: "
        "without it this witness would cosign a second history"
    )


def _refusal(status: int, why: str) -> WitnessReply:
    return WitnessReply(status, f"{why}\n".encode())
