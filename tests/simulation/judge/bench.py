"""All rules, applied to a folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.simulation.judge.asked import nobody_in_doubt, one_request, taken_at_its_word, within_the_policy
from tests.simulation.judge.day import Day
from tests.simulation.judge.limits import at_once, budget, caps, pace
from tests.simulation.judge.lines import Broken
from tests.simulation.judge.moment import calling_hours, epochs, restored, standing

RULES: tuple[Callable[[Day], Iterator[Broken]], ...] = (
    one_request,
    taken_at_its_word,
    nobody_in_doubt,
    within_the_policy,
    calling_hours,
    standing,
    restored,
    epochs,
    pace,
    at_once,
    budget,
    caps,
)


def judge(folder: Path) -> list[Broken]:
    """What is broken by what lies in a folder: `provider.jsonl`, `feed.jsonl`, and the feeds before each restore."""
    day = Day(folder)
    return [broken for rule in RULES for broken in rule(day)]
