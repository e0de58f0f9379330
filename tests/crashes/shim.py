"""The preloaded library `shim.c`: built, put before a process, and what it wrote down, read again."""

import ctypes
import errno
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, cast

import pytest
from msgspec import Struct

SOURCE = Path(__file__).with_name("shim.c")
HEAD = struct.Struct("=QqIIII")
ALL = -1
Kind = Literal["create", "write", "cut", "sync", "sync_folder", "rename", "unlink", "folder"]
KINDS: Mapping[int, Kind] = {
    ord("C"): "create",
    ord("W"): "write",
    ord("T"): "cut",
    ord("S"): "sync",
    ord("D"): "sync_folder",
    ord("R"): "rename",
    ord("U"): "unlink",
    ord("M"): "folder",
}
LETTERS = {kind: chr(letter) for letter, kind in KINDS.items()}


class Call(Struct, frozen=True, kw_only=True):
    """One call on a file below the folder: `path` is relative to it, `target` the new name where it is renamed.

    `at` is the offset in bytes of what was written, or the length that a file was cut to. `failed` is the error's number.
    """

    kind: Kind
    inode: int
    path: str
    at: int = 0
    data: bytes = b""
    target: str = ""
    failed: int = 0


def built(folder: Path) -> Path:
    """The library, made here; without a C compiler the test is skipped, and says so."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed, and the library that records what is written is made by it")
    library = folder / "shim.so"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl", "-lpthread"], check=True)
    return library


def environ(library: Path, root: Path, log: Path | None) -> dict[str, str]:
    """What has a process begin with it: it writes down what is done below `root`, into `log` where there is one."""
    given = {"LD_PRELOAD": str(library), "CRASH_ROOT": str(root.resolve())}
    return given if log is None else given | {"CRASH_LOG": str(log)}


def calls_in(log: Path) -> Iterator[Call]:
    """What was written down, in order."""
    raw = log.read_bytes()
    at = 0
    while at < len(raw):
        inode, offset, letter, path_bytes, data_bytes, failed = HEAD.unpack_from(raw, at)
        at += HEAD.size
        path = raw[at : at + path_bytes].decode()
        data = raw[at + path_bytes : at + path_bytes + data_bytes]
        at += path_bytes + data_bytes
        kind = KINDS[letter]
        target = data.decode() if kind == "rename" else ""
        yield Call(kind=kind, inode=inode, path=path, at=offset, data=data, target=target, failed=failed)


class Faults:
    """Within a process that has the library: lets calls fail."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)

    def fail(self, after: int, count: int = ALL, error: int = errno.ENOSPC, kinds: str = "WTC", name: str = "") -> None:
        """After so many calls of these kinds, on files whose path has `name`, so many fail."""
        self._library.crash_fail(ctypes.c_long(after), ctypes.c_long(count), error, kinds.encode(), name.encode())

    def none(self) -> None:
        """No call fails any more."""
        self.fail(after=2**31, count=0)

    def calls(self) -> int:
        """How many there were since that could have failed."""
        self._library.crash_calls.restype = ctypes.c_long
        return cast("int", self._library.crash_calls())
