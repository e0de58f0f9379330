"""The cipher of personal fields: AES-256-GCM, a key for each stream and kind, a random nonce for each part."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.keys.pool import KeyPool
from adapters.keys.table import DESTROYED, MISSING, KeyTable, by_batch, destroy_in, key_place, slice_of
from domain.errors import LedgerUnusable
from domain.kept_numbers import forget_numbers

NONCE_BYTES = 12
NONCES_AHEAD = 256
STREAMS_KEPT_MAX = 10_000
"""Whose stream is not kept gets another key with its next event: which one it was need not be looked up."""
BATCHES_KEPT_MAX = 256
"""8 MiB of keys."""
CONTEXTS_KEPT_MAX = 2_048
"""To begin with a key takes as long as to use it, and what is begun takes 2.6 kB."""


class SealingCipher:
    """Seals in one thread, the writer's; opens in any. Without `new_bytes`, the source of chance, it only opens."""

    def __init__(self, table: KeyTable, new_bytes: Callable[[int], bytes] | None = None) -> None:
        self._table = table
        self._new_bytes = new_bytes
        self._pool = None if new_bytes is None else KeyPool(self._added, new_bytes)
        self._of_streams: OrderedDict[str, dict[str, tuple[str, bytes]]] = OrderedDict()
        self._nonces = b""
        self._nonce_at = 0
        self._batches: dict[str, bytes] = {}
        self._contexts: dict[str, AESGCM] = {}
        self._changing = Lock()
        self._destroyed_times = 0
        self._gone: dict[str, int] = {}

    def seal(self, stream: str, kind: str, bound: bytes, personal: bytes) -> tuple[str, bytes]:
        """The id of the key that was used, and nonce and ciphertext. Raises `LedgerUnavailable` where no key can be made."""
        key_id, key = self._own_key(stream, kind)
        context = self._contexts.get(key_id) or self._begun(key_id, key, self._destroyed_times)
        nonce = self._nonce()
        return key_id, nonce + context.encrypt(nonce, personal, bound)

    def open(self, key_id: str, bound: bytes, sealed: bytes) -> bytes | None:
        """What was sealed; None where its key was destroyed. Raises `LedgerUnusable`, and `LedgerUnavailable`."""
        context = self._contexts.get(key_id) or self._context(key_id)
        if context is None:
            return None
        try:
            return context.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise LedgerUnusable(
                f"its personal fields do not open with key {key_id}: they were altered, or moved here from another event"
            ) from error

    def key(self, key_id: str) -> bytes | None:
        """The key itself, for whoever is to open what was sealed under it elsewhere; None where it was destroyed, or is missing."""
        batch, place = key_place(key_id)
        keys = self._batches.get(batch)
        found = slice_of(self._read(batch) if keys is None else keys, place)
        return None if found in {DESTROYED, MISSING} else found

    def destroy(self, keys: Iterable[str], mark: str) -> None:
        """Destroy keys for good, and know that the ledger's list was gone through up to `mark`. Raises `LedgerUnavailable`."""
        keys = list(keys)
        self.forget(keys)
        self._table.overwrite(keys, mark)

    def forget(self, keys: Iterable[str]) -> None:
        """These are destroyed, here or by another process, which may be about to do it: use them no more, whatever the store has.

        Whoever reads the ledger again says so of the same keys again: that changes nothing.
        """
        with self._changing:
            new: dict[str, set[int]] = {}
            for batch, places in by_batch(keys).items():
                known = self._gone.get(batch, 0)
                if some := {place for place in places if not known >> place & 1}:
                    new[batch] = some
                    self._gone[batch] = known | sum(1 << place for place in some)
            if not new:
                return
            self._destroyed_times += 1
            self._of_streams, self._contexts = OrderedDict(), {}
            forget_numbers()
            for batch, places in new.items():
                if batch in self._batches:
                    self._keep(batch, destroy_in(self._batches[batch], places))

    @property
    def destroyed_times(self) -> int:
        """How often this process has heard that keys were destroyed: what it made of events before is to be made anew."""
        return self._destroyed_times

    @property
    def mark(self) -> str | None:
        """How far the ledger's list of destroyed keys was gone through here."""
        return self._table.mark()

    def close(self) -> None:
        """Close the store."""
        self._table.close()

    def is_destroyed(self, key_id: str) -> bool:
        """Whether a key was destroyed; one that is missing was not. Raises `LedgerUnusable`, and `LedgerUnavailable`."""
        return self._key(key_id) == DESTROYED

    def _key(self, key_id: str) -> bytes:
        batch, place = key_place(key_id)
        keys = self._batches.get(batch)
        return slice_of(self._read(batch) if keys is None else keys, place)

    def _context(self, key_id: str) -> AESGCM | None:
        """What opens with a key; None where that was destroyed."""
        times = self._destroyed_times
        key = self._key(key_id)
        if key == DESTROYED:
            return None
        if key == MISSING:
            raise LedgerUnusable(
                f"its personal fields are sealed with key {key_id}, which is not in the store of keys, and which no erasure "
                "destroyed: restore the newest backup of the keys"
            )
        return self._begun(key_id, key, times)

    def _begun(self, key_id: str, key: bytes, destroyed_times: int) -> AESGCM:
        context = AESGCM(key)
        with self._changing:
            if destroyed_times == self._destroyed_times:  # else the key may be from before it was destroyed
                self._contexts[key_id] = context
                if len(self._contexts) > CONTEXTS_KEPT_MAX:
                    del self._contexts[next(iter(self._contexts))]
        return context

    def _own_key(self, stream: str, kind: str) -> tuple[str, bytes]:
        known = self._of_streams
        own = known.get(stream)
        if own is None:
            own = known[stream] = {}
            if len(known) > STREAMS_KEPT_MAX:
                known.popitem(last=False)
        found = own.get(kind)
        if found is None:
            if self._pool is None:
                raise LedgerUnusable("this process only reads the ledger, and has no keys to seal with")
            found = own[kind] = self._pool.take()
        return found

    def _nonce(self) -> bytes:
        at = self._nonce_at
        if at >= len(self._nonces):
            if self._new_bytes is None:
                raise LedgerUnusable("this process only reads the ledger, and has no nonces to seal with")
            self._nonces, at = self._new_bytes(NONCE_BYTES * NONCES_AHEAD), 0
        self._nonce_at = at + NONCE_BYTES
        return self._nonces[at : self._nonce_at]

    def _added(self, batch: str, keys: bytes) -> None:
        self._table.add(batch, keys)
        with self._changing:
            self._keep(batch, keys)

    def _read(self, batch: str) -> bytes:
        keys = self._table.read(batch)
        with self._changing:
            gone = self._gone.get(batch, 0)
            if gone:
                keys = destroy_in(keys, {place for place in range(gone.bit_length()) if gone >> place & 1})
            if keys is None:
                return b""
            self._keep(batch, keys)
        return keys

    def _keep(self, batch: str, keys: bytes) -> None:
        self._batches.pop(batch, None)
        self._batches[batch] = keys
        while len(self._batches) > BATCHES_KEPT_MAX:
            del self._batches[next(iter(self._batches))]
