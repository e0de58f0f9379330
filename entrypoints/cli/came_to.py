"""What a call came to in plain words, as a cell of a table."""

from typing import TYPE_CHECKING

from entrypoints.cli.api import Json
from entrypoints.cli.output import styled
from entrypoints.cli.styles import CAME_TO_STYLES

if TYPE_CHECKING:
    from rich.text import Text


def came_to(call: Json) -> "Text | None":
    """From a call, or from its state, as the API answers it; nothing where an older server does not say it."""
    words = came_to_words(call)
    return None if words is None else styled(words, CAME_TO_STYLES.get(str(call["plain_outcome"]), ""))


def came_to_words(call: Json) -> str | None:
    """The same without a colour, such as `no answer`."""
    word = call.get("plain_outcome")
    return None if word is None else str(word).replace("_", " ")


def seconds_text(seconds: float | None) -> str | None:
    """Seconds to a tenth; nothing where they are not known."""
    return None if seconds is None else f"{seconds:.1f}"
