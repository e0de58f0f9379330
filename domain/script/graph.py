"""Which step leads to which, and where that goes round."""

from collections.abc import Iterable, Mapping

from domain.script.script import Gather, HandOver, Next, Script, ScriptStep
from domain.script.text import template_of
from domain.script.walk import texts_of

Ways = Mapping[str, tuple[str, ...]]


def ways_of(script: Script, needed: frozenset[str]) -> Ways:
    """The steps that each can lead to. One that says a variable which may be missing leads to `on_missing_variable`, too."""
    return {
        name: tuple(dict.fromkeys((*_exits(step), *_instead(script, step, needed))))
        for name, step in script.steps.items()
    }


def _exits(step: ScriptStep) -> list[str]:
    found: list[str] = []
    match step.exit:
        case Next(following):
            found.append(following)
        case Gather() as gather:
            found += [*gather.on.values(), gather.no_input, gather.on_invalid, gather.on_timeout, gather.on_exhausted]
        case HandOver(otherwise=str(following)):
            found.append(following)
        case _:
            pass
    return found


def _instead(script: Script, step: ScriptStep, needed: frozenset[str]) -> tuple[str, ...]:
    """What is said in place of a step whose variable may be missing."""
    if script.on_missing_variable is not None and any(
        name in needed for _, text in texts_of(step) for name in template_of(text).names
    ):
        return (script.on_missing_variable,)
    return ()


def without_questions(script: Script, needed: frozenset[str]) -> Ways:
    """The ways on which nobody is asked anything: a step that asks is one only where what it says may be missing."""
    ways = ways_of(script, needed)
    return {
        name: _instead(script, step, needed) if isinstance(step.exit, Gather) else ways[name]
        for name, step in script.steps.items()
    }


def reachable(ways: Ways, begins: Iterable[str]) -> set[str]:
    """These steps, and all that they lead to."""
    found = set(begins)
    waiting = list(found)
    while waiting:
        for following in ways[waiting.pop()]:
            if following not in found:
                found.add(following)
                waiting.append(following)
    return found


def circle_among(ways: Ways) -> list[str] | None:
    """Steps that lead back to the first of them, in order; None where there are no such."""
    for members in components(ways):
        first = min(members)
        if len(members) > 1 or first in ways[first]:
            return _circle(ways, first, members)
    return None


def _circle(ways: Ways, first: str, members: set[str]) -> list[str]:
    came_from: dict[str, str] = {}
    waiting = [first]
    while first not in came_from:
        step = waiting.pop(0)
        for following in ways[step]:
            if following in members and following not in came_from:
                came_from[following] = step
                waiting.append(following)
    circle = [came_from[first]]
    while circle[-1] != first:
        circle.append(came_from[circle[-1]])
    return circle[::-1]


def components(ways: Ways) -> list[set[str]]:
    """The steps in groups: two are in one where each leads to the other. At most a hundred, so that the plain way will do."""
    reached = {name: reachable(ways, ways[name]) for name in ways}
    found: list[set[str]] = []
    placed: set[str] = set()
    for name in ways:
        if name not in placed:
            group = {name} | {other for other in reached[name] if name in reached[other]}
            placed |= group
            found.append(group)
    return found
