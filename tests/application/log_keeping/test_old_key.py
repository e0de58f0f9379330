"""A key that another one followed signs nothing more, wherever it still lies."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.verifiable_log.key_file import KEY_FILE, NEXT_FILE, LogKeys
from domain.errors import NotReady
from tests.application.copied_ledgers import Place
from tests.application.log_keeping.ledgers import MINUTE, T0, made, put, rows, signed, store_of


@pytest.mark.parametrize("clock", [MINUTE, -MINUTE])
def test_after_a_new_key_a_server_with_the_one_before_signs_nothing(
    place: Place, tmp_path: Path, clock: timedelta
) -> None:
    made(place, 3)
    signed(place, tmp_path)
    shutil.copytree(tmp_path / "keys", tmp_path / "other" / "keys")
    new = LogKeys(tmp_path, b"another seed".ljust).make_next().key.text
    put(place, rows(1, after=3))
    signed(place, tmp_path, now=T0 + clock)
    put(place, rows(1, after=4))

    with pytest.raises(NotReady, match="copy the one of the server that changed it"):
        signed(place, tmp_path / "other", now=T0 + 2 * clock)

    with store_of(place) as store:
        assert store.signing_keys()[-1] == new
    assert signed(place, tmp_path, now=T0 + 3 * clock).fork is None


def test_who_was_ended_while_the_key_changed_goes_on(place: Place, tmp_path: Path) -> None:
    made(place, 3)
    signed(place, tmp_path)
    shutil.copy(tmp_path / "keys" / KEY_FILE, tmp_path / "before")
    LogKeys(tmp_path, b"another seed".ljust).make_next()
    put(place, rows(1, after=3))
    signed(place, tmp_path, now=T0 + MINUTE)
    (tmp_path / "keys" / KEY_FILE).rename(tmp_path / "keys" / NEXT_FILE)
    shutil.copy(tmp_path / "before", tmp_path / "keys" / KEY_FILE)
    put(place, rows(1, after=4))

    assert signed(place, tmp_path, now=T0 + 2 * MINUTE).fork is None
    assert not (tmp_path / "keys" / NEXT_FILE).exists()
