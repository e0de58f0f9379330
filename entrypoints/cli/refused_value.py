"""Why a value on the command line is refused, in words that name it: Typer has those of pydantic."""

import re

_WORDS = (
    (r"Input should be a valid integer.*", "{value} is not a whole number"),
    (r"Input should be a valid number.*", "{value} is not a number"),
    (r"Input should be greater than or equal to (\S+)", "{value} is too small; it must be at least {said}"),
    (r"Input should be less than or equal to (\S+)", "{value} is too large; it must be at most {said}"),
    (r"(?:Value error|Assertion failed), (.*)", "{said}"),
)


def in_our_words(said: str, value: object) -> str:
    """What pydantic said of a value."""
    for pattern, words in _WORDS:
        if (found := re.fullmatch(pattern, said, re.DOTALL)) is not None:
            told = words.format(value=repr(str(value)), said=found.group(found.lastindex or 0))
            return told if told.endswith(".") else f"{told}."
    return said
