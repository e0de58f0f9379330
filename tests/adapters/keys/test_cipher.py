"""The cipher of personal fields, on a store in memory."""

import secrets
from collections.abc import Iterable, Sequence

import pytest

from adapters.keys import SealingCipher, destroy_in
from adapters.keys.cipher import STREAMS_KEPT_MAX
from adapters.keys.table import by_batch
from domain.errors import LedgerUnusable


class MemoryTable:
    """Batches in a dictionary; `reads` counts how often one was asked for."""

    def __init__(self) -> None:
        self.batches_of: dict[str, bytes] = {}
        self.said: str | None = None
        self.reads = 0

    def read(self, batch: str) -> bytes | None:
        self.reads += 1
        return self.batches_of.get(batch)

    def add(self, batch: str, keys: bytes) -> None:
        self.batches_of[batch] = keys

    def batches(self, after: str, batches_max: int) -> list[tuple[str, bytes]]:
        return [one for one in sorted(self.batches_of.items()) if one[0] > after][:batches_max]

    def put(self, batches: Sequence[tuple[str, bytes]]) -> None:
        self.batches_of |= dict(batches)

    def overwrite(self, keys: Iterable[str], mark: str | None) -> None:
        for batch, places in by_batch(keys).items():
            self.batches_of[batch] = destroy_in(self.batches_of.get(batch), places)
        self.said = mark

    def mark(self) -> str | None:
        return self.said

    def close(self) -> None:
        pass


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


@pytest.fixture
def cipher(table: MemoryTable) -> SealingCipher:
    return SealingCipher(table, secrets.token_bytes)


def test_each_kind_of_each_stream_has_a_key_and_keeps_it(cipher: SealingCipher) -> None:
    ids = [cipher.seal(stream, kind, b"here", b"{}")[0] for stream in "ab" for kind in ("number", "body") for _ in "xy"]
    assert [ids[n] == ids[n + 1] for n in range(0, 8, 2)] == [True] * 4
    assert len(set(ids)) == 4


def test_the_same_words_are_never_sealed_to_the_same(cipher: SealingCipher) -> None:
    sealed = {cipher.seal("a", "body", b"here", b"words")[1] for _ in range(600)}
    assert len(sealed) == 600
    assert len({one[:12] for one in sealed}) == 600


def test_it_opens_where_it_was_sealed_and_nowhere_else(cipher: SealingCipher) -> None:
    key, sealed = cipher.seal("a", "body", b"here", b"words")
    assert cipher.open(key, b"here", sealed) == b"words"
    for bound, text in ((b"there", sealed), (b"here", sealed[:-1] + bytes([sealed[-1] ^ 1])), (b"here", b"short")):
        with pytest.raises(LedgerUnusable, match="altered, or moved here"):
            cipher.open(key, bound, text)


def test_what_this_process_sealed_it_opens_without_a_look_into_the_store(
    table: MemoryTable, cipher: SealingCipher
) -> None:
    key, sealed = cipher.seal("a", "body", b"here", b"words")
    assert cipher.open(key, b"here", sealed) == b"words"
    assert table.reads == 0

    other = SealingCipher(table)
    assert [other.open(key, b"here", sealed) for _ in range(3)] == [b"words"] * 3
    assert table.reads == 1


def test_whose_stream_is_not_kept_any_more_gets_another_key(cipher: SealingCipher) -> None:
    first, sealed = cipher.seal("a", "body", b"here", b"words")
    for n in range(STREAMS_KEPT_MAX):
        cipher.seal(f"b{n}", "body", b"here", b"")
    again, _ = cipher.seal("a", "body", b"here", b"words")

    assert again != first
    assert cipher.open(first, b"here", sealed) == b"words"


def test_nothing_is_sealed_under_a_key_that_was_destroyed(table: MemoryTable, cipher: SealingCipher) -> None:
    key, sealed = cipher.seal("a", "body", b"here", b"words")
    cipher.destroy([key], "1 event-1")

    assert cipher.open(key, b"here", sealed) is None
    assert cipher.is_destroyed(key)
    assert not cipher.is_destroyed("lost.0")
    assert cipher.seal("a", "body", b"here", b"words")[0] != key
    assert cipher.mark == "1 event-1"


def test_who_hears_of_a_destruction_before_it_is_done_believes_it(table: MemoryTable, cipher: SealingCipher) -> None:
    key, sealed = cipher.seal("a", "body", b"here", b"words")
    reader = SealingCipher(table)
    assert reader.open(key, b"here", sealed) == b"words"

    reader.forget([key])

    assert reader.open(key, b"here", sealed) is None


def test_who_hears_of_it_again_goes_on_with_the_keys_that_it_has(table: MemoryTable, cipher: SealingCipher) -> None:
    gone, _ = cipher.seal("a", "body", b"here", b"words")
    cipher.forget([gone])
    other, _ = cipher.seal("b", "body", b"here", b"words")

    cipher.forget([gone])

    assert cipher.seal("b", "body", b"here", b"words")[0] == other


def test_a_key_that_the_store_has_still_or_again_is_not_used(table: MemoryTable, cipher: SealingCipher) -> None:
    key, sealed = cipher.seal("a", "body", b"here", b"words")
    reader = SealingCipher(table)
    reader.forget([key, "lost.0"])

    assert reader.open(key, b"here", sealed) is None
    assert reader.key(key) is None
    assert reader.is_destroyed("lost.0")


def test_who_only_reads_seals_nothing(table: MemoryTable) -> None:
    with pytest.raises(LedgerUnusable, match="only reads"):
        SealingCipher(table).seal("a", "body", b"here", b"words")


def test_a_key_that_is_nowhere_is_an_error_in_words(cipher: SealingCipher) -> None:
    with pytest.raises(LedgerUnusable, match=r"key lost\.0, which is not in the store of keys"):
        cipher.open("lost.0", b"here", b"x" * 40)
