"""All rules, applied to a folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.simulation.judge.asked import nobody_in_doubt, one_request, taken_at_its_word, within_the_policy
from tests.simulation.judge.day import Day
from tests.simulation.judge.lines import Broken

RULES: tuple[Callable[[Day], Iterator[Broken]], ...] = (
    one_request,
    taken_at_its_word,
    nobody_in_doubt,
    within_the_policy,
)


def judge(folder: Path) -> list[Broken]:
    """What is broken by what lies in a folder: `provider.jsonl`, `feed.jsonl`, and the feeds before each restore."""
    day = Day(folder)
    return [broken for rule in RULES for broken in rule(day)]
