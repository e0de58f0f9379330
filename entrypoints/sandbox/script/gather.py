"""What a gather asks for, and what its caller does: presses a named digit or a wrong one, stays silent, hangs up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from entrypoints.sandbox.chance import Chance
from entrypoints.sandbox.settings import SandboxSettings

KEYS = "1234567890*#"
TIMEOUT_SECONDS, FINISH_ON_KEY = 5, "#"
"""Where a gather names none; the document does not say."""
NAMED_KEY = re.compile(r"(?<![\w*#+.,-])[0-9*#](?![\w*#]|[.,][0-9])")


class Does(StrEnum):
    PRESSES = "presses"
    PRESSES_WRONG = "presses_wrong"
    SILENT = "silent"
    HANGS_UP = "hangs_up"


@dataclass(frozen=True, slots=True)
class GatherAction:
    """With defaults filled in: exactly `num_digits` (1) unless min_digits or max_digits say otherwise."""

    prompt: str
    min_digits: int
    max_digits: int
    timeout_seconds: int
    finish_on_key: str

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "GatherAction":
        num_digits = int(str(fields.get("num_digits", 1)))
        max_digits = int(str(fields.get("max_digits", num_digits)))
        return cls(
            prompt=str(fields.get("prompt", "")),
            min_digits=int(str(fields.get("min_digits", min(num_digits, max_digits)))),
            max_digits=max_digits,
            timeout_seconds=int(str(fields.get("timeout_seconds", TIMEOUT_SECONDS))),
            finish_on_key=str(fields.get("finish_on_key", FINISH_ON_KEY)),
        )

    def named_keys(self) -> str:
        """The keys that stand alone in the prompt, without the one that finishes: `12` of "Press 1 or 2, then #."."""
        found = dict.fromkeys(NAMED_KEY.findall(self.prompt))
        return "".join(key for key in found if key != self.finish_on_key)


@dataclass(frozen=True, slots=True)
class GatheredDigits:
    """`complete` when there were enough digits; else the gather times out, with those that there were."""

    does: Does
    digits: str
    complete: bool
    after_seconds: float

    def data(self, gather: GatherAction) -> dict[str, object]:
        """`data` of call.gathered."""
        return {
            "digits": self.digits,
            "status": "completed" if self.complete else "timeout",
            "timed_out": not self.complete,
            "min_digits": gather.min_digits,
            "max_digits": gather.max_digits,
            "timeout_seconds": gather.timeout_seconds,
            "finish_on_key": gather.finish_on_key,
        }


def hear(
    chance: Chance, settings: SandboxSettings, gather: GatherAction, nth: int, subject: tuple[object, ...]
) -> GatheredDigits:
    """What the caller does at the nth gather of a call."""
    about = (nth, *subject)
    does, keys = _choice(chance, settings, gather, nth, about)
    waits = gather.timeout_seconds * settings.wait_factor
    if does is Does.HANGS_UP:
        return GatheredDigits(does, "", complete=False, after_seconds=waits * chance.roll("hangs up after", *about))
    digits, ends = _taken(gather, keys)
    complete = len(digits) >= gather.min_digits
    after_seconds = chance.seconds(settings.press_seconds, "presses after", *about) if keys else 0.0
    return GatheredDigits(does, digits, complete, after_seconds if ends and complete else after_seconds + waits)


def _choice(
    chance: Chance, settings: SandboxSettings, gather: GatherAction, nth: int, about: tuple[object, ...]
) -> tuple[Does, str]:
    """What is done, and the keys pressed, as many as the gather needs."""
    if nth <= len(settings.press):
        fixed = settings.press[nth - 1]
        doing = {"silent": Does.SILENT, "hang_up": Does.HANGS_UP}.get(fixed, Does.PRESSES)
        return doing, fixed if doing is Does.PRESSES else ""
    if chance.hits(settings.hang_up_rate, "hangs up", *about):
        return Does.HANGS_UP, ""
    if chance.hits(settings.silent_rate, "silent", *about):
        return Does.SILENT, ""
    named = gather.named_keys()
    usable = KEYS.replace(gather.finish_on_key, "") if gather.finish_on_key else KEYS
    if chance.hits(settings.wrong_digit_rate, "wrong digit", *about):
        wrong = "".join(key for key in usable if key not in named)
        return Does.PRESSES_WRONG, _keys(chance, wrong or usable, gather, about)
    if not chance.hits(settings.press_rate, "presses", *about):
        return Does.SILENT, ""
    return Does.PRESSES, _keys(chance, named or usable, gather, about)


def _keys(chance: Chance, among: str, gather: GatherAction, about: tuple[object, ...]) -> str:
    keys = (among[chance.whole(0, len(among) - 1, "key", place, *about)] for place in range(gather.min_digits))
    finish = gather.finish_on_key if gather.min_digits < gather.max_digits else ""
    return "".join(keys) + finish


def _taken(gather: GatherAction, keys: str) -> tuple[str, bool]:
    """The digits that the gather takes of the keys pressed, and whether it waits for no more of them."""
    finished = bool(gather.finish_on_key) and gather.finish_on_key in keys[: gather.max_digits + 1]
    digits = keys.partition(gather.finish_on_key)[0] if finished else keys[: gather.max_digits]
    return digits, finished or len(digits) == gather.max_digits
