"""Plays inputs against a surface, and says what came of them: what each was answered, what was slow or large, what broke."""

import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import chain
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import NamedTuple

from tests.journeys.hostile.mutation import Mutator, as_text

SECONDS_MAX = 1.0
"""Of the processor, for one input of at most 64 KiB."""
GROWTH_MIB_MAX = 160
"""What the process may have had resident more than after the inputs that are right. An answer may need some 10 MiB for a moment."""
FAULTS_MAX = 20
RIGHT_MAX = 60
"""Of a surface's own inputs so many come first: what they need is there before the memory is looked at."""
MARGIN_SECONDS, AGAIN_TIMES = 0.05, 3
Take = Callable[[bytes, Mutator, Random], str]
"""Has an input read, and says in a word how it was answered. Raises what it was not answered with."""


class Surface(NamedTuple):
    """Something that reads what others wrote. `opened` gives what takes an input, on a folder."""

    name: str
    corpus: Sequence[bytes]
    words: Sequence[bytes]
    opened: Callable[[Path], AbstractContextManager[Take]]


class Found(NamedTuple):
    """What came of a chapter."""

    inputs: int
    answers: dict[str, int]
    seconds: float
    slowest_ms: float
    grown_mib: float
    broken: list[str]


def play(surface: Surface, seed: int, inputs: int, folder: Path) -> Found:
    """Some that are right, then so many inputs by this seed."""
    chance = Random(f"{surface.name} {seed}")
    mutator = Mutator(chance, surface.corpus, surface.words)
    answers: Counter[str] = Counter()
    broken: list[str] = []
    slowest, began = 0.0, time.perf_counter()
    with surface.opened(folder) as take:
        right = surface.corpus[:RIGHT_MAX]
        before = resident_mib()
        for number, data in enumerate(chain(right, (mutator.next() for _ in range(inputs)))):
            before = resident_mib() if number == len(right) else before
            start = time.perf_counter()
            try:
                answers[take(data, mutator, chance)] += 1
            except Exception as fault:  # noqa: BLE001 - each of them is what is looked for
                answers["broken"] += 1
                broken += [told(seed, number, f"{type(fault).__name__}: {fault}", data)][: FAULTS_MAX - len(broken)]
            # How long a busy machine takes says little, and its processor's time takes long to ask for.
            if time.perf_counter() - start > slowest + MARGIN_SECONDS:
                spent = seconds_of(take, data, mutator, chance)
                slowest = max(slowest, spent)
                if spent > SECONDS_MAX:
                    broken += [told(seed, number, f"took {spent:.1f} s", data)][: FAULTS_MAX - len(broken)]
    grown = resident_mib() - before
    if grown > GROWTH_MIB_MAX:
        broken.append(f"seed {seed}: {grown:.0f} MiB more were resident than before")
    seconds = time.perf_counter() - began
    return Found(
        len(right) + inputs, dict(answers), round(seconds, 1), round(slowest * 1000, 1), round(grown, 1), broken
    )


def seconds_of(take: Take, data: bytes, mutator: Mutator, chance: Random) -> float:
    """What one input costs the processor, the most of a few times: what else is drawn for it may be another each time."""
    most = 0.0
    for _ in range(AGAIN_TIMES):
        start = time.process_time()
        with suppress(Exception):  # told of already
            take(data, mutator, chance)
        most = max(most, time.process_time() - start)
    return most


def told(seed: int, number: int, what: str, data: bytes) -> str:
    """One that broke something, so that it can be played again."""
    return f"seed {seed}, input {number}: {what[:500]}: {as_text(data)[:4_000]}"


def resident_mib() -> float:
    """The most that this process has had resident."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 if sys.platform == "linux" else most / 1024**2
