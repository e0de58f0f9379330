"""Planted bugs: each a small change kept as data, put into a copy of the rooms, and to be found by simulated days.

    scripts/simulate --planted [NAME …] [--seeds N] [--at-once N] [--clean]

exits 1 and names each bug that no day of the first N seeds shows, or that a day shows which is broken without the bug, too.
With --clean nothing is planted, each world is played with all N seeds, and it exits 2 where a day is not clean.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
PLANTED = Path(__file__).resolve().parent / "planted"
ROOMS = ("domain", "adapters", "projections", "application", "entrypoints", "tests")
SEEDS_DEFAULT = 6
SECONDS_MAX = 900.0
DAYS = ("-m", "tests.simulation.planted_days")
FOUND, UNCLEAN = 1, 2
SAID_LINES_MAX = 12
SEED = re.compile(r": seed (\d+): ")


@dataclass(frozen=True)
class Change:
    """In one file of the rooms, a text that is there exactly once, and what is put in its place."""

    file: str
    find: str
    put: str


@dataclass(frozen=True)
class PlantedBug:
    """A bug: in a sentence `what` it does, the rules of which one must find it, what is changed, and in which world it shows."""

    name: str
    what: str
    found_by: tuple[str, ...]
    changes: tuple[Change, ...]
    world: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Looked:
    """What came of looking for one bug: the rules that were broken, and what was printed."""

    rules: frozenset[str]
    code: int
    said: str
    seed: int = 0
    """The last one that was played; 0 where nothing was broken."""

    def shows(self, bug: PlantedBug) -> bool:
        """Whether that is this bug, seen by a rule that is to see it."""
        return self.code == FOUND and not self.rules.isdisjoint(bug.found_by)


def planted_bugs(folder: Path = PLANTED) -> list[PlantedBug]:
    """All that are kept, in order of their names."""
    found = []
    for file in sorted(folder.glob("*.toml")):
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        changes = tuple(Change(**change) for change in said["changes"])
        found.append(PlantedBug(file.stem, said["what"], tuple(said["found_by"]), changes, said.get("world", {})))
    return found


def plant(bug: PlantedBug, target: Path, checkout: Path = CHECKOUT) -> None:
    """The rooms in another folder, as links, and in them the bug. Raises `ValueError` where a change does not fit just once."""
    changed = {checkout / change.file for change in bug.changes}
    for room in ROOMS:
        _link(checkout / room, target / room, {*changed, *(parent for file in changed for parent in file.parents)})
    for change in bug.changes:
        file = target / change.file
        text = file.read_text(encoding="utf-8")
        if text.count(change.find) != 1:
            raise ValueError(f"{change.file} has {text.count(change.find)} times, and not once: {change.find!r}")
        if file.is_symlink():
            file.unlink()
        file.write_text(text.replace(change.find, change.put), encoding="utf-8")


def _link(source: Path, target: Path, changed: Collection[Path]) -> None:
    """One link to a folder in which nothing is changed; else a folder with links, but to nothing that was compiled."""
    if source not in changed or source.is_file():
        target.symlink_to(source)
        return
    target.mkdir(parents=True)
    for inside in source.iterdir():
        if inside.name != "__pycache__":
            _link(inside, target / inside.name, changed)


def look(bug: PlantedBug, seeds: Sequence[int], *, keep: bool = False) -> Looked:
    """Simulate the bug's world with these seeds, with the bug in the rooms, in a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="dialtrail-planted-"))
    try:
        plant(bug, folder)
        command = [sys.executable, *DAYS, bug.name, f"{seeds[0]}..{seeds[-1]}"]
        environment = {"PATH": os.defpath, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
        seeds_broken = [int(found) for found in SEED.findall(done.stdout)]
        said = done.stdout + done.stderr
        return Looked(frozenset(_rules(done.stdout)), done.returncode, said, max(seeds_broken, default=0))
    except ValueError as unfit:
        return Looked(frozenset(), UNCLEAN, f"it could not be planted: {unfit}")
    except subprocess.TimeoutExpired as late:
        return Looked(frozenset(), 2, f"it took more than {SECONDS_MAX:g} s; {late.stdout!r}")
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _rules(said: str) -> list[str]:
    """The names before the first colon of each line that has one."""
    return [line.strip().partition(":")[0] for line in said.splitlines() if ": " in line]


def broken_without(days: Sequence[str], at_once: int) -> dict[str, list[str]]:
    """What is broken on these days (`NAME:SEED`) in the rooms as they are; a day that did not come to its end is broken by that."""
    shares = [days[nth::at_once] for nth in range(at_once) if days[nth::at_once]]
    with ThreadPoolExecutor(max(1, at_once)) as pool:
        told = list(pool.map(_played_clean, shares))
    return {day: broken for share in told for day, broken in share.items()}


def _played_clean(days: Sequence[str]) -> dict[str, list[str]]:
    found = {day: ["it was not played to its end"] for day in days}
    done = subprocess.run(
        [sys.executable, *DAYS, "--clean", *days],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    for line in done.stdout.splitlines():
        told = json.loads(line)
        found[told["day"]] = told["broken"]
    return found


def main(arguments: Sequence[str]) -> int:
    """Look for all bugs, or for those that are named; what was not found is printed, and makes it fail."""
    asked = _options(arguments)
    bugs = [bug for bug in planted_bugs() if not asked.names or bug.name in asked.names or bug.name[:2] in asked.names]
    unknown = set(asked.names) - {name for bug in bugs for name in (bug.name, bug.name[:2])}
    if unknown:
        sys.stderr.write(f"no such planted bug: {', '.join(sorted(unknown))}\n")
        return 2
    seeds = range(1, asked.seeds + 1)
    if asked.clean:
        return UNCLEAN if _unclean([f"{bug.name}:{seed}" for bug in bugs for seed in seeds], asked.at_once) else 0
    with ThreadPoolExecutor(max(1, asked.at_once)) as pool:
        looked = pool.map(lambda bug: look(bug, seeds, keep=asked.keep), bugs)
        shown = _shown(bugs, looked)
    unclean = _unclean([f"{name}:{seed}" for name, seed in shown.items()], asked.at_once)
    _say(f"{len(shown) - unclean} of {len(bugs)} found, on days that are clean without the bug")
    return FOUND if len(shown) < len(bugs) or unclean else 0


def _shown(bugs: Sequence[PlantedBug], all_looked: Iterable[Looked]) -> dict[str, int]:
    """The bugs that were found, and the seed of the day that showed each."""
    found = {}
    for bug, looked in zip(bugs, all_looked, strict=True):
        is_found = looked.shows(bug)
        if is_found:
            found[bug.name] = looked.seed
        by = (
            f"{', '.join(sorted(looked.rules & set(bug.found_by)))}; seed {looked.seed}"
            if is_found
            else f"exit {looked.code}"
        )
        _say(f"{'found' if is_found else 'MISSED'} {bug.name}: {bug.what} ({by})", "" if is_found else looked.said)
    return found


def _unclean(days: Sequence[str], at_once: int) -> int:
    """How many days are broken with nothing planted: by a mistake of Dialtrail's, of the world or of the judge."""
    broken = {day: found for day, found in broken_without(days, at_once).items() if found}
    for day, found in broken.items():
        _say(f"NOT CLEAN without the bug: {day}", "\n".join(found))
    _say(f"{len(days) - len(broken)} of {len(days)} days are clean without a bug")
    return len(broken)


def _say(what: str, more: str = "") -> None:
    sys.stdout.write(f"{what}\n" + "".join(f"    {line}\n" for line in more.splitlines()[-SAID_LINES_MAX:]))
    sys.stdout.flush()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="planting", description=__doc__)
    parser.add_argument("names", nargs="*", help="which bugs, by name or number; all without")
    parser.add_argument("--seeds", type=int, default=SEEDS_DEFAULT, help="how many seeds, from 1 on")
    parser.add_argument("--at-once", type=int, default=1, help="how many are looked for at the same time")
    parser.add_argument("--clean", action="store_true", help="plant nothing, and play the same worlds")
    parser.add_argument("--keep", action="store_true", help="leave the folders with the bugs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
