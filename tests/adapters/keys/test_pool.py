"""Keys that are made ahead."""

import secrets
from itertools import islice
from threading import Event

import pytest

from adapters.keys import KEY_BYTES, KEYS_A_BATCH, KeyPool
from adapters.keys.pool import KEYS_FIRST
from domain.errors import LedgerUnavailable

WAIT_SECONDS_MAX = 60.0


def test_each_key_is_in_a_batch_that_was_kept_before_and_comes_once() -> None:
    kept: dict[str, bytes] = {}
    pool = KeyPool(kept.__setitem__, secrets.token_bytes)

    taken = []
    for _ in range(3 * KEYS_A_BATCH):
        key_id, key = pool.take()
        batch, _, place = key_id.rpartition(".")
        assert kept[batch][int(place) * KEY_BYTES :][:KEY_BYTES] == key
        taken.append(key_id)

    assert len(set(taken)) == len(taken)
    assert sorted({len(keys) // KEY_BYTES for keys in kept.values()}) == [KEYS_FIRST, KEYS_A_BATCH]


def test_the_next_batch_is_made_beside_while_keys_are_left() -> None:
    second, go_on = Event(), Event()
    kept: list[str] = []

    def add(batch: str, _: bytes) -> None:
        if kept:
            second.set()
            assert go_on.wait(WAIT_SECONDS_MAX)
        kept.append(batch)

    pool = KeyPool(add, secrets.token_bytes)
    first = [pool.take()[0] for _ in range(KEYS_FIRST)]

    assert second.wait(WAIT_SECONDS_MAX)
    assert {key_id.rpartition(".")[0] for key_id in first} == {kept[0]}
    go_on.set()
    assert pool.take()[0].rpartition(".")[0] == kept[1]


def test_where_no_batch_can_be_kept_whoever_takes_hears_why_and_no_key_is_used() -> None:
    kept: list[str] = []
    fails = Event()

    def add(batch: str, _: bytes) -> None:
        if fails.is_set():
            raise LedgerUnavailable("the disk is full")
        kept.append(batch)

    pool = KeyPool(add, secrets.token_bytes)
    fails.set()
    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match="the disk is full"):
            pool.take()
    fails.clear()
    assert len(list(islice(iter(pool.take, None), 3))) == 3
