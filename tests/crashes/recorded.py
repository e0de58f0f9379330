"""A short day, recorded call by call: played once, and judged on each disk that a loss of power may leave of it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

from msgspec import Struct

from tests.crashes.judge import Seen, faults_of, is_no_disk, seen_in
from tests.crashes.replay import State, losses_of
from tests.crashes.shim import Call, built, calls_in, environ
from tests.journeys.processes import ROOT

PLAY_SECONDS_MAX = 170


class RecordedDay(Struct, frozen=True):
    """All calls on its files, and what the provider saw."""

    calls: Sequence[Call]
    seen: Seen

    def states(self, seed: int) -> Iterator[State]:
        """Each disk that may be left; the seed chooses what is lost or torn where not all of it is."""
        return losses_of(self.calls, Random(seed), is_no_disk)

    def faults_of(self, state: State, folder: Path) -> list[str]:
        """What is broken on such a disk, laid out in a folder of its own, which is gone afterwards."""
        place = folder / f"{state.calls}-{state.loss}"
        try:
            return [f"{fault} ({state.loss}, call {state.calls})" for fault in faults_of(state, self.seen, place)]
        finally:
            shutil.rmtree(place, ignore_errors=True)


def played(folder: Path, recipients: int) -> RecordedDay:
    """Play it in a process of its own that has the library."""
    return recorded_of(folder, "tests.crashes.short_run", str(recipients))[0]


def recorded_of(folder: Path, module: str, *arguments: str) -> tuple[RecordedDay, str]:
    """What a program did to a folder that is its first argument, and what it said in the end, which has to be good."""
    root, log = folder / "root", folder / "calls"
    root.mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", module, str(root), *arguments],
        cwd=ROOT,
        env=environ(built(folder), root, log),
        capture_output=True,
        text=True,
        timeout=PLAY_SECONDS_MAX,
        check=False,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-2_000:]
    return recorded(list(calls_in(log))), ran.stdout


def recorded(calls: Sequence[Call]) -> RecordedDay:
    """The day that these calls are."""
    return RecordedDay(calls, seen_in(calls))
