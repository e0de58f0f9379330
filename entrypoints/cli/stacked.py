"""A table whose rows do not fit the terminal, stacked: what tells the rows apart first, all else in lines below."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

GAP = "  "
INDENT = " " * 4
DEEPER = " " * 2
WIDEST_CHARACTER = 2


def stacked(
    headers: Sequence[str],
    rows: "Sequence[Sequence[Text]]",
    right: Sequence[str],
    lead: Sequence[str],
    console: "Console",
) -> "Iterator[Text]":
    """The lines. Columns in `lead` stand in the first line of their row, under each other; an empty cell is not named."""
    widths = [max(row[at].cell_len for row in rows) for at in range(len(headers))]
    for row in rows:
        first = [
            _padded(cell, width, at_right=header in right)
            for header, cell, width in zip(headers, row, widths, strict=True)
            if header in lead
        ]
        yield from _flowed(first, console, "")
        named = [(header, cell) for header, cell in zip(headers, row, strict=True) if header not in lead and cell.plain]
        yield from _flowed([_named(header, cell) for header, cell in named], console, INDENT)


def wrapped(text: "Text", console: "Console", begin: "str | Text", then: str) -> "Iterator[Text]":
    """The text in lines that fit, broken between words where that can be; the first begins with `begin`, others with `then`."""
    from rich.text import Text  # noqa: PLC0415 - on a terminal only

    room = max(console.width - len(then), WIDEST_CHARACTER)
    for place, line in enumerate(text.wrap(console, room, overflow="fold")):
        line.rstrip()
        yield Text.assemble(then if place else begin, line)


def _flowed(parts: "Sequence[Text]", console: "Console", indent: str) -> "Iterator[Text]":
    """As many parts in a line as fit; one that is wider than a line goes on in the next."""
    from rich.text import Text  # noqa: PLC0415

    line = Text()
    for part in parts:
        if line and len(indent) + line.cell_len + len(GAP) + part.cell_len > console.width:
            yield from wrapped(line, console, indent, indent + DEEPER)
            line = Text()
        line = Text.assemble(line, GAP, part) if line else part.copy()
    line.rstrip()
    if line:
        yield from wrapped(line, console, indent, indent + DEEPER)


def _named(header: str, cell: "Text") -> "Text":
    from rich.text import Text  # noqa: PLC0415

    return Text.assemble((f"{header} ", "dim"), cell)


def _padded(cell: "Text", width: int, *, at_right: bool) -> "Text":
    padded = cell.copy()
    space = width - cell.cell_len
    padded.pad_left(space) if at_right else padded.pad_right(space)
    return padded
