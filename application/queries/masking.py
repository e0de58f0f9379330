"""What viewers see of texts that somebody outside may have written: words, never sentences, and nobody's word on a person."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from application.actor import Actor
from domain.phone_number import mask, mask_field

WRITTEN_BY_PEOPLE = frozenset({"source", "why"})
OUR_REASONS_IN_DOUBT = frozenset({"call_end_unknown", "not_judged"})
WORD_CHARS_MAX = 64
WORD_DIGITS_MAX = 5
OTHER_CODES = "other"
_WORD = re.compile(r"[a-z][a-z0-9_.-]*", re.ASCII | re.IGNORECASE)

Input = str | int | bool | None
AnswerT = TypeVar("AnswerT")


def seen_by(actor: Actor, answer: AnswerT) -> AnswerT:
    """An answer as it leaves: to viewers without numbers, also where somebody put one in the place of an id or in a text.

    Every answer passes here, of whichever query; what is known to be a number, or somebody's word, is masked there.
    """
    return answer if actor.sees_numbers else cast("AnswerT", _without_numbers("", answer))


def _without_numbers(name: str, value: Any) -> Any:
    """The value of a field; the very same where there is nothing to mask."""
    if isinstance(value, str):
        return mask_field(name, value)
    if isinstance(value, Struct):
        fields = {field: getattr(value, field) for field in value.__struct_fields__}
        shown = {field: _without_numbers(field, one) for field, one in fields.items()}
        changed = {field: one for field, one in shown.items() if one is not fields[field]}
        return replace(value, **changed) if changed else value
    if isinstance(value, Mapping):
        return {_without_numbers("", key): _without_numbers(str(key), one) for key, one in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(_without_numbers(name, one) for one in value)
    return value


def shown_number(number: str | None, actor: Actor) -> str | None:
    """A phone number, masked to viewers; None if there is none."""
    if not number:
        return None
    return number if actor.sees_numbers else mask(number)


def shown_text(text: str | None, actor: Actor) -> str | None:
    """A sentence, such as why an attempt is unresolved; nothing to viewers."""
    return text if actor.sees_numbers else None


def shown_word(text: str | None, actor: Actor) -> str | None:
    """A code of MiniVoice or of ours; to viewers only where it looks like one, and has no number in it."""
    return text if actor.sees_numbers else word_or_none(text)


def word_or_none(text: str | None) -> str | None:
    """What viewers see of a code."""
    return text if text is not None and _is_word(text) else None


def shown_reason(status: str, reason: str | None, actor: Actor) -> str | None:
    """Why a recipient's status is what it is; viewers are not told on whose word it is, nor what became of a request."""
    if status == "suppressed" or (status == "unresolved" and reason not in OUR_REASONS_IN_DOUBT):
        return shown_text(reason, actor)
    return shown_word(reason, actor)


def shown_codes(counted: Mapping[str, int], *, sees_all: bool) -> Mapping[str, int]:
    """How often each code came; to viewers those that do not look like codes as `other`."""
    if sees_all:
        return counted
    shown: Counter[str] = Counter()
    for code, count in counted.items():
        shown[code if _is_word(code) else OTHER_CODES] += count
    return shown


def shown_inputs(inputs: Mapping[str, Input], actor: Actor) -> Mapping[str, Input]:
    """What a rule was judged by."""
    return {
        name: shown_text(value, actor)
        if isinstance(value, str) and name in WRITTEN_BY_PEOPLE
        else shown_number(value, actor)
        if isinstance(value, str) and name == "spelling"
        else shown_word(value, actor)
        if isinstance(value, str) and name == "code"
        else value
        for name, value in inputs.items()
    }


def _is_word(text: str) -> bool:
    """Whether it looks like a code, and has too few digits to hold a number."""
    digits = sum(character.isdigit() for character in text)
    return len(text) <= WORD_CHARS_MAX and digits <= WORD_DIGITS_MAX and _WORD.fullmatch(text) is not None
