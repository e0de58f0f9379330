"""The log's secret key: read anew, and worked out anew only where it is another."""

import shutil
from pathlib import Path

from adapters.verifiable_log.key_file import KEY_FILE, LogKeys
from tests.adapters.verifiable_log.examples import ORIGIN


def key_of(keys: LogKeys) -> str:
    """The public part of the present one."""
    found = keys.current()
    assert found is not None
    return found.key.text


def test_a_key_that_another_process_put_there_is_the_key_from_then_on(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    here, there = LogKeys(tmp_path / "here", b"a seed".ljust), LogKeys(tmp_path / "there", b"another seed".ljust)
    first, second = here.make(ORIGIN), there.make(ORIGIN)
    assert key_of(here) == first.key.text
    assert here.current() is here.current()

    shutil.copy(there.folder / KEY_FILE, here.folder / KEY_FILE)

    assert key_of(here) == second.key.text != first.key.text
