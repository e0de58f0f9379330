"""All rules, applied to a folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.simulation.judge.answers import answers
from tests.simulation.judge.asked import nobody_in_doubt, one_request, taken_at_its_word, within_the_policy
from tests.simulation.judge.consent import consent
from tests.simulation.judge.day import Day
from tests.simulation.judge.ends import completed_in_time, nobody_stuck
from tests.simulation.judge.feed import acknowledged, in_order, notices, once, tied
from tests.simulation.judge.limits import at_once, budget, caps, pace
from tests.simulation.judge.lines import Broken
from tests.simulation.judge.moment import calling_hours, epochs, restored, standing
from tests.simulation.judge.warming import canary

RULES: tuple[Callable[[Day], Iterator[Broken]], ...] = (
    one_request,
    taken_at_its_word,
    nobody_in_doubt,
    within_the_policy,
    calling_hours,
    standing,
    consent,
    restored,
    epochs,
    pace,
    canary,
    at_once,
    budget,
    caps,
    in_order,
    once,
    acknowledged,
    tied,
    notices,
    nobody_stuck,
    completed_in_time,
)


def judge(folder: Path) -> list[Broken]:
    """What is broken by what lies in a folder: `provider.jsonl`, `feed.jsonl`, and the feeds before each restore."""
    day = Day(folder)
    return [*(broken for rule in RULES for broken in rule(day)), *answers(day, folder)]
