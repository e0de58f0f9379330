"""Texts with `{variables}` in them; `{{` and `}}` are braces. A value is put in as it is, and never read again."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from domain.script.limits import PLACEHOLDERS_A_TEXT_MAX, VARIABLE_NAME_PATTERN, VARIABLE_VALUE_CHARS_MAX

TEXTS_CACHED_MAX = 4_096
# In a value's first this many characters is all that can be kept of it, so that a long one costs nothing.
VALUE_CHARS_READ_MAX = 20 * VARIABLE_VALUE_CHARS_MAX
JOINERS = "\u200c\u200d"  # within a word they belong to it
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(VARIABLE_NAME_PATTERN.removeprefix("^").removesuffix("$"), re.ASCII)


class Template(Struct, frozen=True):
    """A text taken apart: what is between the variables, their names, and why it is not well-formed, if so.

    `between` has one part more than there are names.
    """

    between: tuple[str, ...]
    names: tuple[str, ...]
    fault: str | None = None

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with these values, of which none may be missing."""
        parts = [self.between[0]]
        for name, after in zip(self.names, self.between[1:], strict=True):
            parts += (values[name], after)
        return "".join(parts)


def template_of(text: str) -> Template:
    """The text taken apart."""
    return _template_of(text)


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def _template_of(text: str) -> Template:
    between: list[str] = [""]
    names: list[str] = []
    fault: str | None = None
    end = 0
    for part in _PART.finditer(text):
        between[-1] += text[end : part.start()]
        end = part.end()
        name: str | None = part[1]
        if name is None:
            between[-1] += part[0][0]
            if len(part[0]) == 1:
                fault = fault or f"has a {part[0]} without its other half; write {{name}}, or {part[0] * 2} for a brace"
        elif _NAME.fullmatch(name) is None:
            between[-1] += part[0]
            fault = fault or (
                "has braces around something that is no variable's name; write {name} with letters, digits and _, "
                "or {{ and }} for braces"
            )
        else:
            names.append(name)
            between.append("")
    between[-1] += text[end:]
    if len(names) > PLACEHOLDERS_A_TEXT_MAX:
        fault = fault or f"has more than {PLACEHOLDERS_A_TEXT_MAX} variables in it; say it in two actions"
    return Template(tuple(between), tuple(names), fault)


def cleaned(value: str) -> str:
    """A value as it is spoken: no control characters, runs of whitespace are one space, cut at 200 characters."""
    if value.isprintable():
        return " ".join(value[:VALUE_CHARS_READ_MAX].split())[:VARIABLE_VALUE_CHARS_MAX].rstrip()
    kept = "".join(_kept(char) for char in value[:VALUE_CHARS_READ_MAX])
    return " ".join(kept.split())[:VARIABLE_VALUE_CHARS_MAX].strip(JOINERS + " ")


def _kept(char: str) -> str:
    if char.isspace():
        return " "
    # Cc are controls, Cf directions and what nobody sees, Cs halves of characters, Co and Cn nobody's.
    return "" if unicodedata.category(char)[0] == "C" and char not in JOINERS else char


def spoken_values(defaults: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """What each variable is spoken as: the recipient's value, or, where that is blank or not there, the default's."""
    values = {name: cleaned(value) for name, value in defaults.items()}
    values |= {name: spoken for name, value in variables.items() if (spoken := cleaned(value))}
    return {name: spoken for name, spoken in values.items() if spoken}
