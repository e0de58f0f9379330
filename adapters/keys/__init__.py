"""The keys of what is sealed: where they are kept, how they are made ahead, and the cipher that uses them."""

from adapters.keys.cipher import SealingCipher
from adapters.keys.pool import KEYS_A_BATCH, KeyPool
from adapters.keys.sqlite_table import KEYS_FILE, SqliteKeyTable
from adapters.keys.table import DESTROYED, KEY_BYTES, MISSING, KeyTable, destroy_in, key_place, slice_of

__all__ = [
    "DESTROYED",
    "KEYS_A_BATCH",
    "KEYS_FILE",
    "KEY_BYTES",
    "MISSING",
    "KeyPool",
    "KeyTable",
    "SealingCipher",
    "SqliteKeyTable",
    "destroy_in",
    "key_place",
    "slice_of",
]
