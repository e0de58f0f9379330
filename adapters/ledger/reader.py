"""A ledger to be read only, for a process beside the one that owns it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import PersistenceError

from adapters.event_mapper import EventMapper, Stamp
from adapters.keys import KeyTable, SealingCipher
from adapters.ledger.acknowledged import Acknowledged, Decode
from adapters.ledger.key_tables import keys_of
from adapters.ledger.own_rows import damaged_rows
from adapters.ledger.pseudonym_key import stored_key
from adapters.ledger.recorder import LedgerRecorder, Row
from adapters.ledger.sealing import read_with
from adapters.ledger.sqlite import ReadOnlyDatastore, SqliteRecorder
from adapters.sqlite_errors import is_damage
from adapters.wal_files import LEDGER_FILE
from domain.errors import LedgerUnavailable, LedgerUnusable
from domain.events import Recorded
from domain.identity import recipient_stream

DAMAGED = "ledger.db is damaged; `dialtrail doctor` says where, and a backup has to be put in its place"


class LedgerReader:
    """What is on disk of a ledger, whoever put it there. Usable from any thread."""

    def __init__(self, recorder: LedgerRecorder, close: Callable[[], None], keys: Callable[[], KeyTable]) -> None:
        """`keys` opens the store of keys, where the ledger is sealed. Raises `LedgerUnusable`."""
        self._recorder = recorder
        self._mapper = EventMapper()
        try:
            read_with(recorder, self._mapper, keys)
        except BaseException:
            close()
            raise
        self._acknowledged = Acknowledged(recorder, self._mapper.decode)
        self._close = close
        self._key: bytes | None = None

    @property
    def position(self) -> int:
        """The last position on disk."""
        with readable():
            return self._recorder.max_notification_id() or 0

    def read_feed(self, after_position: int, events_max: int) -> list[Recorded]:
        """Events in the ledger's order, after a position."""
        with readable():
            rows = self._recorder.read_feed(after_position, events_max)
        return [self._mapper.decode(*row) for row in rows]

    def read_rows(self, after_position: int, rows_max: int) -> list[Row]:
        """The same as they are stored, byte for byte."""
        with readable():
            return self._recorder.read_feed(after_position, rows_max)

    def read_stream_rows(self, streams: Collection[str], up_to_position: int) -> list[Row]:
        """Several streams' events up to a position of the ledger, as they are stored."""
        with readable():
            return self._recorder.read_streams(list(streams), up_to_position)

    def damaged_rows(self) -> list[str]:
        """Of what the ledger says of itself beside its events, and what is in no log, each row that is damaged, in words."""
        with readable():
            return [str(error) for error in damaged_rows(self._recorder.read_meta)]

    def sealing_keys(self, key_ids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys by their ids; those that were destroyed are left out. Raises `LedgerUnusable`, and `LedgerUnavailable`."""
        cipher = self._mapper.personal_cipher
        found = {one: cipher.key(one) for one in key_ids} if isinstance(cipher, SealingCipher) else {}
        return {one: key for one, key in found.items() if key is not None}

    def read_some(
        self, after_position: int, looked_at_max: int, is_wanted: Callable[[str, str], bool]
    ) -> tuple[int, list[Recorded]]:
        """Of the events after a position those whose stream and name are wanted, and the last position that was looked at.

        Only those are decoded: whoever wants few of them reads many times as fast.
        """
        with readable():
            rows = self._recorder.read_feed(after_position, looked_at_max)
        decode = self._mapper.decode
        return (rows[-1][0] if rows else after_position), [decode(*row) for row in rows if is_wanted(row[1], row[3])]

    def read_streams(self, streams: Collection[str], up_to_position: int) -> Mapping[str, Sequence[Recorded]]:
        """Several streams' events up to a position of the ledger; streams without any are left out."""
        with readable():
            rows = self._recorder.read_streams(list(streams), up_to_position)
            self._acknowledged.read()
        return by_stream(rows, self._acknowledged.decode_as_of(up_to_position))

    def recipient_stream(self, number: str) -> str:
        """The stream of a number, under this ledger's key. Raises `LedgerUnusable` where the key is damaged."""
        if self._key is None:
            with readable():
                self._key = stored_key(self._recorder)
        return recipient_stream(self._key, number)

    def close(self) -> None:
        """Close every connection."""
        if self._mapper.personal_cipher is not None:
            self._mapper.personal_cipher.close()
        self._close()


def open_sqlite_reader(folder: Path, keys_url: str | None = None) -> LedgerReader:
    """The ledger in a data folder that another process owns, which has it open. Raises `LedgerUnusable`."""
    try:
        datastore = ReadOnlyDatastore(f"{(folder / LEDGER_FILE).absolute().as_uri()}?mode=ro")
        return LedgerReader(SqliteRecorder(datastore), datastore.close, lambda: keys_of(folder, keys_url, writes=False))
    except PersistenceError as error:
        raise LedgerUnusable(f"the ledger cannot be opened ({error})") from error


def by_stream(rows: Iterable[Row], decode: Decode) -> dict[str, list[Recorded]]:
    """Rows as events, each stream's together."""
    found: dict[str, list[Recorded]] = {}
    for row in rows:
        found.setdefault(row[1], []).append(decode(*row))
    return found


class readable:  # noqa: N801 - used as a function is
    """Tells the library's errors of reading as ours."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, EventSourcingError):
            if is_damage(error):
                raise LedgerUnavailable(f"the ledger could not be read ({error}): {DAMAGED}") from error
            raise LedgerUnavailable(f"the ledger could not be read ({error}); try again") from error


def end_of(recorder: LedgerRecorder, mapper: EventMapper) -> tuple[int, Stamp | None]:
    """A position that is on disk, and the stamp of the event there; 0 where there is none."""
    last = recorder.max_notification_id() or 0
    with readable():
        rows = recorder.read_feed(last - 1, 1) if last else []
    return last, mapper.stamp(rows[0][4]) if rows else None
