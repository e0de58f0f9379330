"""Events as the mapper stores and reads them, and a cipher that seals them."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from adapters.event_mapper import EventMapper, Stamp
from domain.events import Event
from tests.adapters.ledger.examples import EXAMPLES, METADATA
from tests.adapters.ledger.examples_of_people import PERSON, RECORDED_AT

EXAMPLE_OF = {event.NAME: (stream, event) for stream, event in EXAMPLES}


class KeystreamCipher:
    """A real, if slow, cipher: each stream's own key, SHA-256 in counter mode behind a nonce, with a tag."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}

    def seal(self, stream: str, kind: str, bound: bytes, personal: bytes) -> tuple[str, bytes]:
        key_id = f"{kind}-of-{stream}"
        key = self.keys.setdefault(key_id, secrets.token_bytes(32))
        nonce = secrets.token_bytes(16)
        sealed = nonce + self._crypt(key, nonce, personal)
        return key_id, hashlib.sha256(key + bound + sealed).digest() + sealed

    def open(self, key_id: str, bound: bytes, sealed: bytes) -> bytes | None:
        if key_id not in self.keys:
            return None
        key = self.keys[key_id]
        assert hashlib.sha256(key + bound + sealed[32:]).digest() == sealed[:32], f"{key_id} did not seal this here"
        return self._crypt(key, sealed[32:48], sealed[48:])

    def is_destroyed(self, key_id: str) -> bool:
        return key_id not in self.keys

    def forget(self, keys: Iterable[str]) -> None:
        for key_id in keys:
            self.keys.pop(key_id, None)

    def close(self) -> None:
        pass

    @staticmethod
    def _crypt(key: bytes, nonce: bytes, text: bytes) -> bytes:
        blocks = range(len(text) // 32 + 1)
        keystream = b"".join(hashlib.sha256(key + nonce + n.to_bytes(8, "big")).digest() for n in blocks)
        return bytes(one ^ other for one, other in zip(text, keystream, strict=False))


def stored(mapper: EventMapper, event: Event, stream: str = PERSON) -> bytes:
    return mapper.encode(stream, 3, "event-1", Stamp(recorded_at=RECORDED_AT), METADATA, event)


def read(mapper: EventMapper, state: bytes, name: str, stream: str = PERSON) -> Any:
    return mapper.decode(7, stream, 3, name, state).event
