"""Planted bugs: each can be planted into today's code, and names rules that there are."""

import ast
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.simulation import planting
from tests.simulation.planting import (
    CHECKOUT,
    FOUND,
    UNCLEAN,
    Change,
    Looked,
    PlantedBug,
    broken_without,
    plant,
    planted_bugs,
)

BUGS = planted_bugs()
RULES_OF_INVARIANTS = {"invariant"}


def rules_of_the_judge() -> set[str]:
    """The first argument of each `Broken(…)` in the judge."""
    found = set()
    for file in (Path(__file__).parent / "judge").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Broken":
                rule = node.args[0]
                assert isinstance(rule, ast.Constant)
                found.add(str(rule.value))
    return found


def test_there_are_as_many_as_were_promised() -> None:
    assert len(BUGS) >= 20


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_each_fits_today_s_code_exactly_once_and_leaves_python(bug: PlantedBug) -> None:
    texts: dict[str, str] = {}
    for change in bug.changes:
        text = texts.get(change.file) or (CHECKOUT / change.file).read_text()
        assert text.count(change.find) == 1, f"{bug.name} no longer fits {change.file}: say it anew"
        texts[change.file] = text.replace(change.find, change.put)
    for file, text in texts.items():
        compile(text, file, "exec")
    assert bug.what.endswith(".")


def test_each_names_rules_that_there_are() -> None:
    known = rules_of_the_judge() | RULES_OF_INVARIANTS
    assert {bug.name: set(bug.found_by) - known for bug in BUGS if not known.issuperset(bug.found_by)} == {}


def _rooms(folder: Path) -> Path:
    for room in ("domain", "adapters", "projections", "application", "entrypoints", "tests"):
        (folder / room).mkdir(parents=True)
        (folder / room / "one.py").write_text("limit = 1\n")
    return folder


def test_a_bug_is_planted_in_a_copy_and_nowhere_else(tmp_path: Path) -> None:
    checkout, bug = _rooms(tmp_path / "checkout"), PlantedBug("x", "It.", (), (Change("domain/one.py", "1", "2"),))

    plant(bug, tmp_path / "copy", checkout)

    assert (tmp_path / "copy" / "domain" / "one.py").read_text() == "limit = 2\n"
    assert (tmp_path / "copy" / "adapters" / "one.py").read_text() == "limit = 1\n"
    assert (checkout / "domain" / "one.py").read_text() == "limit = 1\n"


def test_a_change_that_does_not_fit_is_said(tmp_path: Path) -> None:
    checkout, bug = _rooms(tmp_path / "checkout"), PlantedBug("x", "It.", (), (Change("domain/one.py", "3", "2"),))

    with pytest.raises(ValueError, match=r"domain/one\.py has 0 times, and not once: '3'"):
        plant(bug, tmp_path / "copy", checkout)


def test_what_is_found_counts_on_days_that_hold_without_the_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """44's day is clean without it, 45's is not, and 46 is not found."""
    seeds = {"44-canary-off-by-one": 3, "45-ramp-is-left-out": 2}
    played: list[str] = []

    def look(bug: PlantedBug, *_: object, **__: object) -> Looked:
        seed = seeds.get(bug.name, 0)
        return Looked(frozenset(bug.found_by if seed else ()), FOUND if seed else 0, "", seed)

    def broken_without(days: Sequence[str], _: int) -> dict[str, list[str]]:
        played.extend(days)
        return {day: ["pace: too fast"] if day.startswith("45") else [] for day in days}

    monkeypatch.setattr(planting, "look", look)
    monkeypatch.setattr(planting, "broken_without", broken_without)

    assert [planting.main([name]) for name in ("44", "45", "46")] == [0, FOUND, FOUND]
    assert played == ["44-canary-off-by-one:3", "45-ramp-is-left-out:2"]
    assert [planting.main(["--clean", "--seeds", "2", name]) for name in ("44", "45")] == [0, UNCLEAN]
    assert played[2:4] == ["44-canary-off-by-one:1", "44-canary-off-by-one:2"]


def test_a_day_that_does_not_come_to_its_end_is_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(stdout='{"day": "x:1", "broken": []}\n')

    monkeypatch.setattr(subprocess, "run", run)

    assert broken_without(["x:1", "x:2"], 1) == {"x:1": [], "x:2": ["it was not played to its end"]}


def test_a_bug_that_does_not_fit_is_one_that_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = _rooms(tmp_path / "checkout")
    monkeypatch.setattr(planting, "plant", lambda bug, target: plant(bug, target, checkout))
    unfit = PlantedBug("x", "It.", ("pace",), (Change("domain/one.py", "there is no such text", "2"),))

    looked = planting.look(unfit, [1])

    assert not looked.shows(unfit)
    assert looked.said.startswith("it could not be planted: domain/one.py has 0 times")
