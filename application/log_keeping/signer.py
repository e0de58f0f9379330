"""Signs what the log has come to, and tells it to others, so that nobody can say later that it was otherwise."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from adapters.verifiable_log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from adapters.verifiable_log.key_file import LogKeys
from adapters.verifiable_log.note import Signer, VerifierKey
from adapters.verifiable_log.store import KeptCheckpoint, LogHead, LogStore
from adapters.verifiable_log.tree import root_of
from application.log_keeping.publishing import CheckpointPlaces
from domain.errors import Conflict, DialtrailError, NotReady


class Witnessed(NamedTuple):
    """A note with the cosignatures of those who gave theirs, and what the others said instead, in words."""

    note: bytes
    silent: list[str]


AskWitnesses = Callable[[LogHead, bytes], Witnessed]
"""See `Witnesses`."""

log = structlog.get_logger("dialtrail.log")


class LogSigner:
    """Used by one thread. `fork` says where the log is not the one that was published before; then it signs nothing."""

    def __init__(
        self,
        store: LogStore,
        keys: LogKeys,
        places: CheckpointPlaces,
        every: timedelta,
        ask_witnesses: AskWitnesses | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._places = places
        self._every = every
        self._ask_witnesses = ask_witnesses
        self._good: set[Path] = set()
        self._has_begun = False
        self._refused: str | None = None
        self._unwitnessed: tuple[LogHead, KeptCheckpoint] | None = None
        self.newest: KeptCheckpoint | None = None
        self.signed_at: datetime | None = None
        self.fork: str | None = None
        self._silent: list[str] = []
        self.notes: Sequence[str] = ()

    def tick(self, head: LogHead, now: datetime, *, at_once: bool = False) -> None:
        """Sign where it is time, or `at_once`, and something is new; `head` is at the ledger's end. Raises `DialtrailError`."""
        if self.newest is None:
            self.newest = self._store.newest()
        if not self._has_begun:
            self._has_begun, self._refused = True, self._store.refusal(head.origin)
            if self._refused is not None and self.newest is not None:
                self.fork, self._unwitnessed = self._refused, (head, self.newest)  # they may say otherwise now
        signer = self._signer(head.origin, now)
        is_due = at_once or self.signed_at is None or not timedelta() <= now - self.signed_at < self._every
        is_due = is_due and head.size > (0 if self.newest is None else self.newest.size)
        is_written = self.newest is None or self._places.has(self.newest.note.encode(), now)
        if (self.fork is not None or is_due or not is_written) and not self._is_the_published(head, now):
            return
        if is_due:
            self._sign(head, signer, now)
        if self.newest is not None:
            self._places.publish(self.newest.note.encode(), now)
        self.notes = [*self._places.troubles, *self._silent]

    def witness(self) -> None:
        """Ask the witnesses about what was signed last; takes as long as they do."""
        if self._ask_witnesses is None or self._unwitnessed is None:
            return
        head, kept = self._unwitnessed
        self._unwitnessed = None
        try:
            note, self._silent = self._ask_witnesses(head, kept.note.encode())
            self.newest = KeptCheckpoint(kept.size, kept.at, note.decode())
            self._store.put_checkpoint(head.log, self.newest)
            if self._refused is not None and not self._silent:
                self._store.put_refusal(head.origin, None)
                self.fork = self._refused = None
        except Conflict as error:
            self.fork = self._refused = str(error)
            self._store.put_refusal(head.origin, self.fork)
        except DialtrailError as error:
            self._silent = [f"the log's witnesses could not be asked: {error}"]

    def witness_last(self, head: LogHead) -> Sequence[str]:
        """The same about the newest of this log, whoever signed it, if it is over all that the log has; what did not succeed."""
        newest = self.newest
        if newest is not None and (newest.size, newest.note.partition("\n")[0]) == (head.size, head.origin):
            self._unwitnessed = head, newest
        self.witness()
        return self._silent

    def _sign(self, head: LogHead, signer: Signer, now: datetime) -> None:
        following = self._keys.next()
        signers = [signer] if following is None else [signer, following]
        if following is not None:
            self._store.add_key(following.key.text, now.timestamp())
        checkpoint = Checkpoint(head.origin, head.size, self._store.tree(head).root())
        note = sign_checkpoint(checkpoint, signers, now)
        self.newest = KeptCheckpoint(head.size, now.timestamp(), note.decode())
        self._store.put_checkpoint(head.log, self.newest)
        self.signed_at = now
        self._unwitnessed = (head, self.newest)
        if following is not None:
            self._keys.change()
            log.warning("the log has a new key from now on", key=following.key.text, before=signer.key.text)

    def _signer(self, origin: str, now: datetime) -> Signer:
        """The key, if it is the log's. Raises `NotReady` where it is not, or is another server's."""
        known, own = self._store.signing_keys(), self._keys.current()
        if own is None and not known:
            own = self._keys.make(origin)
            log.info("the log has a key of its own", key=own.key.text)
        if own is None:
            raise NotReady(
                f"the log's key is not in {self._keys.folder}, so nothing is signed here: copy it from the server that has it, "
                f"or put it back from your backup of keys (its public part is {known[-1]})"
            )
        if not known:
            self._store.add_key(own.key.text, now.timestamp(), is_first=True)
        elif own.key.text != known[-1] and not self._is_followed_by(known[-1]):
            raise NotReady(
                f"the key in {self._keys.folder} is not the log's, so nothing is signed here: it has {own.key.text}, and the "
                f"log {known[-1]}; put back the file that was there, or copy the one of the server that changed it"
            )
        return own

    def _is_followed_by(self, newest: str) -> bool:
        """Whether the newest key waits here: this process, or one before it, ended just before it was to be the present one."""
        following = self._keys.next()
        return following is not None and following.key.text == newest

    def _is_the_published(self, head: LogHead, now: datetime) -> bool:
        """Whether whatever lies where checkpoints go is this log's beginning; asked before each time something is written there."""
        if self._refused is not None:
            return False
        found = self._places.look(self._good - self._places.paths(now))
        self.fork = self._other_published(head, found.notes)
        if self.fork is None:
            self._good |= {path for path, _ in found.notes}
        self.notes = [f"nothing is signed while the log's checkpoint at {one} cannot be read" for one in found.unread]
        return self.fork is None and not found.unread

    def _other_published(self, head: LogHead, notes: Iterable[tuple[Path, bytes]]) -> str | None:
        known = [VerifierKey.parse(text) for text in self._store.signing_keys()]
        for path, note in notes:
            try:
                published = open_checkpoint(note, head.origin, known).checkpoint
            except DialtrailError:  # of another log, or nothing that anybody of us signed
                continue
            if published.size > head.size:
                return (
                    f"{path} has a signed checkpoint of this log over {published.size} events, and the ledger has {head.size}: "
                    f"its end was cut off, as by a restored backup. {NOTHING_IS_SIGNED}"
                )
            if root_of(published.size, self._store.reader(head)) != published.root:
                return (
                    f"{path} has a signed checkpoint of this log over its first {published.size} events, and they are not "
                    f"those of the ledger: it was altered, or is another one. {NOTHING_IS_SIGNED}"
                )
        return None


NOTHING_IS_SIGNED = (
    "Nothing is signed; look closer with `dialtrail verify`. Put the right ledger back, or begin a new log beside the old "
    "one: set DIALTRAIL_LOG_ORIGIN to a new name and start again"
)
