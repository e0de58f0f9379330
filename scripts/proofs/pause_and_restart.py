"""Plays campaigns in which pauses, kills -9, revisions, imports and suppressions come in any order, with `dialtrail up` as a
process, and says which promises were broken: nobody is called twice or against a rule, and nobody is skipped.

.venv/bin/python scripts/proofs/pause_and_restart.py [--sequences N] [--at-once N] [--seed N]
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.journeys.pause_and_restart import ENVIRON, SANDBOX, Step, Story, drawn, faults_of, play
from tests.journeys.processes import WEBHOOK_SECRET, Up, free_port, sandbox_process


class AsProcesses:
    """A `World` of `dialtrail up` and kill -9."""

    def __init__(self, folder: Path, sandbox_url: str, port: int) -> None:
        self._up = Up(folder, sandbox_url, port, **ENVIRON)
        self.home, self.url, self.sandbox_url = self._up.home, self._up.url, sandbox_url

    async def start(self) -> None:
        """Start it, and return when it answers."""
        await asyncio.to_thread(self._up.start)

    async def kill(self) -> None:
        """kill -9."""
        await asyncio.to_thread(self._up.kill)

    async def stop(self) -> None:
        """SIGTERM."""
        if await asyncio.to_thread(self._up.stop) != 0:
            raise RuntimeError("up did not stop in peace")

    def leave(self) -> None:
        """Leave no process behind, whatever happened."""
        self._up.__exit__()


async def one(seed: int) -> tuple[list[str], Counter[str]]:
    """Play the sequence of this number; what it broke, and what it was made of."""
    steps, canceled = drawn(seed)
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        options = [f"--{name.replace('_', '-')}={value}" for name, value in SANDBOX.items()]
        options += [f"--seed={seed}", f"--webhook-secret={WEBHOOK_SECRET}"]
        options += [f"--webhook-url=http://127.0.0.1:{port}/webhooks/minivoice"]
        with sandbox_process(folder, *options) as (url, _):
            world = AsProcesses(folder, url, port)
            try:
                story = await play(world, steps, canceled=canceled)
            finally:
                world.leave()
    return faults_of(story, canceled=canceled), _told(steps, story)


def _told(steps: list[Step], story: Story) -> Counter[str]:
    unresolved = sum(item["status"] == "unresolved" for item in story.people)
    return Counter(
        sequences=1,
        kills=sum(step.kind == "kill" for step in steps),
        steps=len(steps),
        people=story.enrolled,
        requests=len(story.provider.posts),
        unresolved_in_the_end=unresolved,
        abandoned_attempts=sum(recorded.name == "attempt.abandoned" for recorded in story.events),
    )


async def main() -> int:
    """Play them, so many at a time; 1 where something was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    turn = asyncio.Semaphore(given.at_once)
    told: Counter[str] = Counter()
    broken = 0

    async def in_turn(seed: int) -> None:
        nonlocal broken
        async with turn:
            faults, counted = await one(seed)
        told.update(counted)
        broken += bool(faults)
        for fault in faults:
            print(f"seed {seed}: {fault}; steps {drawn(seed)}", flush=True)

    await asyncio.gather(*(in_turn(seed) for seed in range(given.seed, given.seed + given.sequences)))
    print(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in told.items()))
    print(f"broken in {broken} of {given.sequences} sequences", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
