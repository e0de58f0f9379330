"""Kills, stops and cuts off processes that call through a campaign on one PostgreSQL, and says which promises were broken.

Two of each of `serve`, `dial` and `project`, and an `up`. Each round does something to one of them, at random: kill -9 and
a new start, SIGSTOP and SIGCONT, or a line to the database that freezes or is cut. So many rounds are a chapter, on a new
database. What came of it is a line of the file given, if any; chapters that are there already are not played again. Of one
that stands still, `stalled.txt` in its folder, which stays, says who waits for whom.

.venv/bin/python scripts/proofs/processes.py [--rounds N] [--seed N] [--kept FILE]
"""

import argparse
import json
import random  # noqa: TID251 - the faults, from a seed
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.adapters.ledger.postgres_server import Server, running
from tests.journeys.many_processes import Company, company, dialled_again, ended, faults_of
from tests.journeys.member import Member

ROLES = ("serve", "serve", "dial", "dial", "project", "project", "up")
ROUNDS_A_CHAPTER = 20
RECIPIENTS = 900
HOLDER_SHARE = 0.5
FAULT_SECONDS = 0.2, 7.0
BETWEEN_SECONDS = 0.5, 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--rounds-a-chapter", type=int, default=ROUNDS_A_CHAPTER)
    parser.add_argument("--recipients", type=int, default=RECIPIENTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args()
    is_there = given.kept is not None and given.kept.exists()
    kept = [json.loads(line) for line in given.kept.read_text().splitlines()] if is_there else []
    seed = given.seed
    with running() as server:
        while sum(one["rounds"] for one in kept) < given.rounds:
            while seed in {one["seed"] for one in kept}:
                seed += 1
            kept.append(_chapter(server, seed, given.rounds_a_chapter, given.recipients))
            if given.kept is not None:
                with given.kept.open("a") as file:
                    file.write(json.dumps(kept[-1]) + "\n")
            print(json.dumps(kept[-1]), flush=True)
    return _said(kept)


def _chapter(server: Server, seed: int, rounds: int, recipients: int) -> dict[str, Any]:
    """One campaign on a database of its own."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    done, took = [], []
    folder = tempfile.mkdtemp(prefix=f"processes-{seed}-")  # of a chapter that breaks off, all logs stay
    with company(Path(folder), server.new_database(), ROLES) as them:
        them.create(recipients)
        dialled_again(them, 0, time.monotonic(), 300)
        for _ in range(rounds):
            if them.counts()["queued"] == 0:
                break
            name, seconds = _round(them, chance)
            done.append(name)
            took += [] if seconds is None else [round(seconds, 2)]
        outcome = ended(them)
    broken = faults_of(outcome, recipients)
    if not broken:
        shutil.rmtree(folder)
    return {
        "seed": seed,
        "rounds": len(done),
        "faults": {name: done.count(name) for name in sorted(set(done))},
        "hand_over_seconds": took,
        "requests": len(outcome.posts),
        "unresolved": len(outcome.unresolved),
        "broken": broken,
    }


def _round(them: Company, chance: random.Random) -> tuple[str, float | None]:
    """One fault; which, and after how many seconds another process dialled where the one that dialled had it."""
    before = them.lease()
    holder = before[0]
    member = holder if holder is not None and chance.random() < HOLDER_SHARE else chance.choice(them.members)
    name = chance.choice(["kill", "stop", "freeze", "cut"])
    seconds = chance.uniform(*FAULT_SECONDS)
    began = time.monotonic()
    _do(member, name)
    taken = None
    while time.monotonic() - began < seconds:
        if taken is None and member is holder and them.lease()[1] > before[1]:
            taken = time.monotonic() - began
        time.sleep(0.05)
    _undo(member, name)
    time.sleep(chance.uniform(*BETWEEN_SECONDS))
    return name, taken


def _do(member: Member, name: str) -> None:
    match name:
        case "kill":
            member.kill()
        case "stop":
            member.stop()
        case "freeze":
            member.wire.freeze()
        case "cut":
            member.wire.freeze()
            member.wire.cut()


def _undo(member: Member, name: str) -> None:
    match name:
        case "kill":
            member.start()
        case "stop":
            member.go_on()
        case _:
            member.wire.mend()


def _said(kept: list[dict[str, Any]]) -> int:
    rounds, took = sum(one["rounds"] for one in kept), sorted(t for one in kept for t in one["hand_over_seconds"])
    requests, unresolved = (sum(one[name] for one in kept) for name in ("requests", "unresolved"))
    broken = [f"seed {one['seed']}: {what}" for one in kept for what in one["broken"]]
    print(f"{rounds} rounds, {requests} requests, {unresolved} people unresolved in the end")
    if took:
        print(f"  {len(took)} hand-overs: median {took[len(took) // 2]} s, longest {took[-1]} s")
    print(f"  broken: {'; '.join(broken) or 'nothing'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
