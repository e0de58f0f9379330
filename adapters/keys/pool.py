"""Keys that are made ahead, in batches that are durable before one of them is used: whoever seals waits for no fsync."""

from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread

from adapters.keys.table import KEY_BYTES
from domain.errors import LedgerUnavailable

BATCH_ID_BYTES = 12
KEYS_FIRST = 64
KEYS_A_BATCH = 1_024
"""The first batch is small: most commands seal little, and what is left of a batch when a process ends is never used."""

Add = Callable[[str, bytes], None]


class KeyPool:
    """`add` keeps a batch durably. One thread takes; another fills, of which there is one at a time."""

    def __init__(self, add: Add, new_bytes: Callable[[int], bytes]) -> None:
        self._add = add
        self._new_bytes = new_bytes
        self._ready: deque[tuple[str, bytes]] = deque()
        self._filling = Lock()
        self._size = KEYS_FIRST

    def take(self) -> tuple[str, bytes]:
        """A key that nobody has, and its id; made here and now where none is ready. Raises `LedgerUnavailable`."""
        while not self._ready:
            with self._filling:
                if not self._ready:
                    self._fill()
        if len(self._ready) <= self._size // 2 and self._filling.acquire(blocking=False):
            Thread(target=self._fill_beside, name="dialtrail-keys", daemon=True).start()
        return self._ready.popleft()

    def _fill_beside(self) -> None:
        try:
            self._fill()
        except LedgerUnavailable:
            pass  # whoever finds the pool empty tries again, and hears why
        finally:
            self._filling.release()

    def _fill(self) -> None:
        batch = urlsafe_b64encode(self._new_bytes(BATCH_ID_BYTES)).decode()
        keys = self._new_bytes(KEY_BYTES * self._size)
        self._add(batch, keys)
        self._ready.extend(
            (f"{batch}.{place}", keys[place * KEY_BYTES : (place + 1) * KEY_BYTES]) for place in range(self._size)
        )
        self._size = KEYS_A_BATCH
