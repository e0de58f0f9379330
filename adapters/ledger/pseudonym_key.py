"""The key of the pseudonyms. It lives in the ledger's own database, so that every copy and backup has it."""

import hashlib
import hmac
from collections.abc import Callable
from contextlib import suppress

from eventsourcing.persistence import IntegrityError

from adapters.ledger.recorder import LedgerRecorder
from domain.errors import LedgerUnusable

KEY_BYTES = 32
_KEY = "pseudonym_key"
CHECK = "pseudonym_key_check"


def pseudonym_key(recorder: LedgerRecorder, new_key: Callable[[int], bytes]) -> bytes:
    """The ledger's key; an empty ledger gets a new one.

    Raises `LedgerUnusable` where events exist and the key is gone or damaged: under another key every person would be
    a stranger, and be called again.
    """
    stored = recorder.read_meta(_KEY)
    if stored is None:
        if recorder.max_notification_id() is not None:
            raise LedgerUnusable(
                "the ledger has events, but its pseudonym key is gone: restore the whole database from a backup"
            )
        key = new_key(KEY_BYTES)
        with suppress(IntegrityError):  # another process was first, and its key is the one
            recorder.write_meta({_KEY: key.hex(), CHECK: check_value(key)})
    return stored_key(recorder)


def stored_key(recorder: LedgerRecorder) -> bytes:
    """The key of a ledger that has one. Raises `LedgerUnusable` where it is damaged."""
    try:
        key = bytes.fromhex(recorder.read_meta(_KEY) or "")
    except ValueError:
        key = b""
    if not hmac.compare_digest(check_value(key), recorder.read_meta(CHECK) or ""):
        raise LedgerUnusable("the ledger's pseudonym key is damaged: restore the whole database from a backup")
    return key


def check_value(key: bytes) -> str:
    """What tells this key from another one, and gives none of it away."""
    return hmac.new(key, b"dialtrail pseudonym key check", hashlib.sha256).hexdigest()
