"""Where time, chance and the machine come in, and how this process keeps its memory."""

import ctypes
import gc
import resource
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from adapters.turns import IN_THREADS, WorkDriver
from adapters.zone_files import use_newest_zone_files

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
MACHINE_ID_FILE = Path("/etc/machine-id")
# Our objects hold no cycles, and are many: looking through them after every 700 new ones took 40 % of an import.
GC_THRESHOLDS = (200_000, 50, 100)

# Before anything asks for a zone: which files it is read from is decided once.
use_newest_zone_files()


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)  # noqa: TID251 - this is where the clock comes in


def awake_and_asleep() -> float:
    """A monotonic clock, in seconds, that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class RandomIds:
    """Ids of 128 random bits as hex, drawn from the system many at a time."""

    DRAWN_AT_ONCE = 256
    BYTES = 16

    def __init__(self) -> None:
        self._drawn: list[str] = []

    def __call__(self) -> str:
        """A new id: 32 hex characters."""
        try:
            return self._drawn.pop()
        except IndexError:
            drawn = secrets.token_hex(self.BYTES * self.DRAWN_AT_ONCE)
            chars = 2 * self.BYTES
            self._drawn.extend(drawn[at : at + chars] for at in range(chars, len(drawn), chars))
            return drawn[:chars]


new_id = RandomIds()
new_request_id = RandomIds()


def chance() -> float:
    """A number from 0 to 1, evenly drawn."""
    return secrets.randbits(53) / 2**53


def boot_id() -> str:
    """What tells one boot of this machine from another; empty where the machine does not say."""
    try:
        return BOOT_ID_FILE.read_text().strip()
    except OSError:
        return ""


def machine_id() -> str:
    """What tells this machine from others; empty where it does not say, as in many containers."""
    try:
        return MACHINE_ID_FILE.read_text().strip()
    except OSError:
        return ""


class Outside(Struct, frozen=True, kw_only=True):
    """All that comes in from outside: time, chance, the machine, and how the parts of a process get their turns.

    `monotonic` is in seconds; `awake_and_asleep`, too, and goes on while the machine sleeps. `chance` is from 0 to 1,
    `new_bytes` draws so many secret ones.
    """

    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    awake_and_asleep: Callable[[], float]
    chance: Callable[[], float]
    new_id: Callable[[], str]
    new_request_id: Callable[[], str]
    new_bytes: Callable[[int], bytes]
    boot_id: Callable[[], str]
    machine_id: Callable[[], str]
    turns: WorkDriver


THIS_MACHINE = Outside(
    clock=utc_now,
    monotonic=time.monotonic,
    awake_and_asleep=awake_and_asleep,
    chance=chance,
    new_id=new_id,
    new_request_id=new_request_id,
    new_bytes=secrets.token_bytes,
    boot_id=boot_id,
    machine_id=machine_id,
    turns=IN_THREADS,
)


def allow_open_files(wanted: int) -> int:
    """How many files this process may have open; where they are fewer than wanted, as many as the machine grants it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = [wanted if limit == resource.RLIM_INFINITY else limit for limit in (soft, hard)]
    if allowed[0] >= wanted:
        return allowed[0]
    granted = min(wanted, allowed[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    return granted


def stop_gc() -> None:
    """For a process that lives as long as one piece of work: what it makes holds no cycles."""
    gc.freeze()
    gc.disable()


def give_back_memory() -> None:
    """To the machine, what a piece of work took and left free: the C library keeps that in the part of each thread.

    Where it is not glibc, nothing: others do so by themselves.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def tune_gc() -> None:
    """What there is by now stays, and is not looked through again; what comes is looked through seldom."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
