import platform
import re
import resource
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import pytest

from entrypoints import process

CHECKOUT = Path(__file__).parents[2]


def test_the_clock_knows_its_zone_and_ids_are_all_different() -> None:
    assert process.utc_now().tzinfo is UTC
    ids = {process.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


def test_a_machine_that_does_not_name_its_boot_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boot = tmp_path / "boot_id"
    boot.write_text("a-boot\n")
    monkeypatch.setattr(process, "BOOT_ID_FILE", boot)
    assert process.boot_id() == "a-boot"
    monkeypatch.setattr(process, "BOOT_ID_FILE", tmp_path / "missing")
    assert process.boot_id() == ""


@pytest.mark.parametrize(
    ("limits", "wanted", "granted"),
    [((1_024, 4_096), 1_640, 1_640), ((256, 256), 1_640, 256), ((4_096, 4_096), 1_640, 4_096), ((100, -1), 500, 500)],
)
def test_as_many_open_files_as_are_wanted_and_the_machine_grants(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], wanted: int, granted: int
) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, to: raised.append(to))
    assert process.allow_open_files(wanted) == granted
    assert raised == ([] if limits[0] >= wanted else [(granted, limits[1])])


FREED = """
import ctypes
from threading import Thread
from entrypoints.process import give_back_memory

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]

def work():
    taken = [library.malloc(3_000) for _ in range(8_000)]
    for place in taken:
        ctypes.memset(place, 1, 3_000)
    for place in taken[:-1]:  # the last one stays, and lies after the others
        library.free(place)

def dirty():
    with open("/proc/self/smaps_rollup") as told:
        return next(int(line.split()[1]) for line in told if line.startswith("Private_Dirty"))

before = dirty()
worker = Thread(target=work)
worker.start()
worker.join()
left = dirty()
give_back_memory()
print(left - before, dirty() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep no memory of their own")
def test_memory_that_a_thread_has_freed_goes_back_to_the_machine() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], cwd=CHECKOUT, capture_output=True, check=True, timeout=60)
    left, kept = map(int, done.stdout.split())
    assert (left > 20_000, kept < 4_000) == (True, True)  # KiB
