"""Whether a ledger is sealed, which is said when it begins, and that its destroyed keys stay so."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import cast

from eventsourcing.persistence import IntegrityError, PersistenceError
from msgspec import Struct

from adapters.event_mapper import EventMapper
from adapters.keys import KeyTable, SealingCipher
from adapters.ledger.recorder import LedgerRecorder
from domain.errors import LedgerError, LedgerUnusable, SettingsError
from domain.events import Recorded
from domain.identity import KEYS_STREAM
from domain.ledger_life import KeysDestroyed

SEALED = "sealed"
SEALED_BY_COPY = "copied"
"""What it says of a ledger that was copied from one without seals; "1" of one that began so."""
TRY_AGAIN_SECONDS = 30.0
VERSION_DIGITS_MAX = 18


class Sealing(Struct, frozen=True, kw_only=True):
    """How a ledger that is sealed is opened to be written.

    `new_bytes` is the source of chance, of which keys and nonces are made. With `begins` an empty ledger becomes a sealed
    one. `keys_url` is a PostgreSQL database that has the keys, None where they are beside the ledger.
    """

    new_bytes: Callable[[int], bytes]
    begins: bool = False
    keys_url: str | None = None


def seal_with(
    recorder: LedgerRecorder, mapper: EventMapper, sealing: Sealing | None, keys: Callable[[], KeyTable]
) -> None:
    """Have a sealed ledger's events sealed and opened. Raises `SettingsError` where it shall be sealed, and was begun otherwise."""
    if not is_sealed(recorder) and (sealing is None or not sealing.begins or not _begin(recorder)):
        return
    if sealing is None:
        raise LedgerUnusable("the ledger is sealed, and whoever opened it has no chance to make keys of")
    mapper.use(SealingCipher(keys(), sealing.new_bytes))


def read_with(recorder: LedgerRecorder, mapper: EventMapper, keys: Callable[[], KeyTable]) -> None:
    """Have a sealed ledger's events opened, but for those whose keys are listed as destroyed, though they may have been put back."""
    if is_sealed(recorder):
        cipher = SealingCipher(keys())
        mapper.use(cipher)
        try:
            not_gone_through(recorder, mapper, cipher.mark)  # whoever decodes that uses those keys no more
        except BaseException:
            cipher.close()
            raise


def is_sealed(recorder: LedgerRecorder) -> bool:
    """Whether the ledger was begun as a sealed one: nobody turns that off."""
    return recorder.read_meta(SEALED) is not None


def _begin(recorder: LedgerRecorder) -> bool:
    if recorder.max_notification_id() is not None:
        raise SettingsError(
            "DIALTRAIL_SEALED: the ledger there was begun without sealing, and its events stay as they are; take the setting "
            "away, or begin another ledger (DIALTRAIL_HOME, DIALTRAIL_DATABASE_URL)"
        )
    with suppress(IntegrityError):  # another process was first, and says the same
        recorder.write_meta({SEALED: "1"})
    return True


class Destruction:
    """Destroys in the store of keys what the ledger lists as destroyed, and was not gone through there yet.

    So a store that was put back from a backup loses its keys once more; one that was lost, and is begun anew, knows at least
    which were destroyed. `trouble` says why keys may still be there, None where none is: it is tried again until then.
    """

    def __init__(self, recorder: LedgerRecorder, mapper: EventMapper) -> None:
        """Goes on at once: it is of those before whom nothing was read. Raises `LedgerUnavailable`, and `LedgerUnusable`."""
        self._recorder = recorder
        self._mapper = mapper
        self.trouble: str | None = None
        self._tried_at = 0.0
        self.catch_up()

    @property
    def times(self) -> int:
        """How often this process has heard of one, whoever it was that recorded it; told before anybody hears of the commit."""
        cipher = self._mapper.personal_cipher
        return cipher.destroyed_times if isinstance(cipher, SealingCipher) else 0

    def take(self, recorded: Iterable[Recorded]) -> bool:
        """This was appended just now; whether keys were destroyed with it, so that what was folded has to be folded anew."""
        if not any(type(one.event) is KeysDestroyed for one in recorded):
            return False
        self._try()
        return True

    def try_again(self) -> None:
        """Where keys may still be there, and that was not tried just now; in the writer's thread."""
        if self.trouble is not None and monotonic() - self._tried_at >= TRY_AGAIN_SECONDS:
            self._try()

    def _try(self) -> None:
        try:
            self.catch_up()
            if self.trouble is not None:
                self._clean()
        except (LedgerError, PersistenceError) as error:
            self.trouble = f"keys that the ledger lists as destroyed may still be there ({error}); it is tried again"
        else:
            self.trouble = None
        self._tried_at = monotonic()

    def _clean(self) -> None:
        """Have the store leave nothing behind of what it overwrote when that failed: the mark may be past it."""
        cipher = self._mapper.personal_cipher
        if isinstance(cipher, SealingCipher) and cipher.mark is not None:
            cipher.destroy((), cipher.mark)

    def catch_up(self) -> None:
        """Go on where the store's mark stands, if the ledger has that event. Raises `LedgerUnavailable`, and `LedgerUnusable`."""
        cipher = self._mapper.personal_cipher
        if not isinstance(cipher, SealingCipher):
            return
        for one in not_gone_through(self._recorder, self._mapper, cipher.mark):
            cipher.destroy(cast("KeysDestroyed", one.event).keys, _mark(one.version, one.event_id))


def not_gone_through(recorder: LedgerRecorder, mapper: EventMapper, mark: str | None) -> list[Recorded]:
    """The events that list destroyed keys after a store's mark; all, where the ledger does not have the event that it names."""
    said = (mark or "").partition(" ")[0]
    # What is no version, as where a bit of it turned, is none: all is gone through once more.
    version = int(said) if said.isascii() and said.isdigit() and len(said) <= VERSION_DIGITS_MAX else 0
    rows = recorder.read_stream(KEYS_STREAM, max(version - 1, 0))
    if version and (not rows or _mark(rows[0][2], mapper.event_id(rows[0][4])) != mark):
        rows, version = recorder.read_stream(KEYS_STREAM), 0
    return [mapper.decode(*row) for row in (rows[1:] if version else rows)]


def _mark(version: int, event_id: str) -> str:
    return f"{version} {event_id}"
