"""A script as its page tells it: each step once, below the one that leads to it first, with what is said and where it goes."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from application.queries.script_steps import StepsReached
from domain.errors import InvalidInput
from domain.script import StepPreview, check_script, scenes, script_of
from entrypoints.script_wording import action_in_words, way_in_words

DEPTH_MAX = 4


class Doing(Struct, frozen=True):
    """One thing that happens in a step: what, the text that is spoken, and what else is to know of it."""

    does: str
    text: str | None
    more: str | None


class WayOn(Struct, frozen=True):
    """What leads on, and to which step."""

    when: str
    step: str


class StepLine(Struct, frozen=True, kw_only=True):
    """A step. `depth` is how far it is drawn in, `came_by` what leads to it here; `calls` reached it, None where nobody counted."""

    step: str
    depth: int
    came_by: str
    does: list[Doing]
    tries_max: int
    ways: list[WayOn]
    calls: int | None


def script_lines(written: Mapping[str, Any] | None, reached: StepsReached | None) -> list[StepLine]:
    """The steps in the order in which a caller comes to them; none of a script that nobody could walk through."""
    if written is None:
        return []
    try:
        script = script_of(written)
    except InvalidInput:
        return []
    if check_script(script):
        return []
    calls = {one.step: one.calls for one in reached.steps} if reached is not None and reached.calls else {}
    first, *others = scenes(script, {})
    lines = [*_lines(first, "the call begins here", 0, calls)]
    for one in others:
        lines += _lines(one, "where a variable is missing", 0, calls)
    return lines


def _lines(scene: StepPreview, came_by: str, depth: int, calls: Mapping[str, int]) -> Iterator[StepLine]:
    yield StepLine(
        step=scene.step,
        depth=min(depth, DEPTH_MAX),
        came_by=came_by,
        does=[Doing(*action_in_words(action)) for action in scene.actions],
        tries_max=scene.tries_max or 1,
        ways=[WayOn(way_in_words(way), way.step) for way in scene.ways],
        calls=calls.get(scene.step),
    )
    for way in scene.ways:
        if way.scene is not None:
            # What only goes on is not drawn in: it is the same way.
            deeper = depth if way.when == ("next",) else depth + 1
            yield from _lines(way.scene, f"{way_in_words(way)}, after {scene.step}", deeper, calls)
