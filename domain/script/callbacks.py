"""Digits that wish a callback: so long after they were pressed the person wishes to be called again."""

import re
from collections.abc import Iterator, Mapping

from domain.counted import counted
from domain.script.limits import CALLBACK_AFTER_PATTERN, CALLBACK_AFTER_SECONDS_MAX
from domain.script.script import Gather, Script

UNIT_SECONDS: Mapping[str, int] = {"m": 60, "h": 3_600, "d": 86_400}
UNITS: Mapping[str, str] = {"m": "minute", "h": "hour", "d": "day"}
AFTER_SHOWN = "a whole number of minutes, hours or days, from 1m to 30d, like 30m, 2h or 1d"
_AFTER = re.compile(CALLBACK_AFTER_PATTERN[1:-1], re.ASCII)


def seconds_after(text: str) -> int | None:
    """How long after it was pressed, in seconds; None where that is not written as it is to be, or is too long."""
    if _AFTER.fullmatch(text) is None:
        return None
    seconds = int(text[:-1]) * UNIT_SECONDS[text[-1]]
    return seconds if seconds <= CALLBACK_AFTER_SECONDS_MAX else None


def after_in_words(text: str) -> str:
    """`2 hours`, of what is written as it is to be."""
    return counted(int(text[:-1]), UNITS[text[-1]])


def offered(gather: Gather) -> dict[str, int]:
    """The seconds after which a call is wished, by the digits as they may be reported: with the key that finishes, and without."""
    found: dict[str, int] = {}
    for digits, after in gather.callback.items():
        seconds = seconds_after(after)
        if seconds is not None:
            found[digits] = seconds
            if gather.ask.finish_on_key is not None:
                found.setdefault(digits + gather.ask.finish_on_key, seconds)
    return found


def offers_callbacks(script: Script) -> bool:
    """Whether any of its digits wishes one."""
    return any(isinstance(step.exit, Gather) and step.exit.callback for step in script.steps.values())


def callback_faults(gather: Gather) -> Iterator[tuple[str, str]]:
    """What is wrong with them: the field, and what to do."""
    for digits, after in gather.callback.items():
        if digits not in gather.on:
            yield (
                f"callback.{digits}",
                f"is for digits that lead nowhere; write on.{digits} beside it, with the step that says so",
            )
        elif seconds_after(after) is None:
            yield f"callback.{digits}", f"must be {AFTER_SHOWN}"
