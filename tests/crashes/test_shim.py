"""The preloaded library writes down what a process does to its files, in order, and fails calls on order."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crashes.shim import Call, built, calls_in, environ

WRITES = """
import mmap, os
os.mkdir("sub")
fd = os.open("sub/a", os.O_RDWR | os.O_CREAT)
os.write(fd, b"one"); os.pwrite(fd, b"two", 8); os.fdatasync(fd); os.ftruncate(fd, 4); os.fsync(fd)
mapped = mmap.mmap(fd, 4); mapped[0:1] = b"O"
more = os.open("sub/a", os.O_WRONLY | os.O_APPEND); os.write(more, b"!")
folder = os.open("sub", os.O_RDONLY); os.fsync(folder)
os.rename("sub/a", "sub/b"); os.unlink("sub/b")
outside = os.open(os.path.abspath("../outside"), os.O_WRONLY | os.O_CREAT); os.write(outside, b"not ours"); os.fsync(outside)
"""
REFUSED = """
import ctypes, os
fail = ctypes.CDLL(None).crash_fail
fd = os.open("a", os.O_RDWR | os.O_CREAT)
said = []
def attempt(act):
    try: act()
    except OSError as error: said.append(error.strerror)
    else: said.append("done")
fail(ctypes.c_long(1), ctypes.c_long(2), 28, b"W", b"a")
for _ in range(4): attempt(lambda: os.write(fd, b"x"))
fail(ctypes.c_long(0), ctypes.c_long(-1), 5, b"S", b"")
attempt(lambda: os.fsync(fd)); attempt(lambda: os.write(fd, b"x"))
fail(ctypes.c_long(0), ctypes.c_long(-1), 5, b"W", b"other")
attempt(lambda: os.write(fd, b"x"))
print(said)
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("library"))


def run(library: Path, folder: Path, program: str) -> tuple[str, list[Call]]:
    root, log = folder / "root", folder / "calls"
    root.mkdir()
    command = [sys.executable, "-I", "-S", "-c", program]
    ran = subprocess.run(command, cwd=root, env=environ(library, root, log), capture_output=True, text=True, check=True)
    return ran.stdout.strip(), list(calls_in(log))


def test_what_is_done_is_written_down_in_order(library: Path, tmp_path: Path) -> None:
    _, calls = run(library, tmp_path, WRITES)

    assert [(call.kind, call.path, call.at, call.target or call.data) for call in calls] == [
        ("folder", "sub", 0, b""),
        ("create", "sub/a", 0, b""),
        ("write", "sub/a", 0, b"one"),
        ("write", "sub/a", 8, b"two"),
        ("sync", "sub/a", 0, b""),
        ("cut", "sub/a", 4, b""),
        ("sync", "sub/a", 0, b""),
        ("write", "sub/a", 0, b"One\0"),
        ("write", "sub/a", 4, b"!"),
        ("sync_folder", "sub", 0, b""),
        ("rename", "sub/a", 0, "sub/b"),
        ("unlink", "sub/b", 0, b""),
    ]
    assert len({call.inode for call in calls if call.kind in {"create", "write", "cut", "sync"}}) == 1


def test_calls_fail_on_order(library: Path, tmp_path: Path) -> None:
    said, calls = run(library, tmp_path, REFUSED)

    full, broken = "No space left on device", "Input/output error"
    assert said == str(["done", full, full, "done", broken, "done", "done"])
    assert [call.failed for call in calls if call.kind in {"write", "sync"}] == [0, 28, 28, 0, 5, 0, 0]
