"""Data goes to stdout, talk to stderr. Off a terminal nothing is coloured, cut or wrapped."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

GAP = "  "


def console(*, talk: bool = False) -> "Console":
    """Rich on stdout, or on stderr for talk; its terminal is the stream's own, whatever the environment claims."""
    from rich.console import Console  # noqa: PLC0415 - here and below: help off a terminal needs no Rich

    stream = sys.stderr if talk else sys.stdout
    return Console(file=stream, force_terminal=stream.isatty(), markup=False, emoji=False, highlight=False)


def say(text: str) -> None:
    """Tell the person; one line, never on stdout."""
    sys.stderr.write(visible(text) + "\n")
    sys.stderr.flush()


def write(text: str = "", style: str = "") -> None:
    """One line of data; `style` is Rich's, and for terminals only."""
    if style and sys.stdout.isatty():
        console().print(styled(text, style), soft_wrap=True)
    else:
        sys.stdout.write(visible(text) + "\n")


def styled(text: object, style: str) -> "Text":
    """A cell with a style, which only a terminal shows."""
    from rich.text import Text  # noqa: PLC0415

    return Text(visible("" if text is None else str(text)), style=style)


def write_json(value: Any) -> None:
    """The value as JSON: indented and without a character that steers a terminal for eyes, one line for programs."""
    if sys.stdout.isatty():
        option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2
        sys.stdout.write(visible_json(orjson.dumps(value, option=option).decode()))
    else:
        sys.stdout.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE).decode())


def write_table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """A table; the columns named in `right` are numbers. On a narrow terminal long cells fold, and nothing is lost.

    A cell is anything, or a `Text` made by `styled`.
    """
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    cells = [[cell if isinstance(cell, Text) else styled(cell, "") for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in plain_table(headers, [[cell.plain for cell in row] for row in cells], right):
            sys.stdout.write(line + "\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, len(GAP), 0, 0))
    for header in headers:
        table.add_column(header, justify="right" if header in right else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    console().print(table)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """On a terminal a line on stderr that counts along, such as `1,200 rows …`; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.status import Status  # noqa: PLC0415

    with Status("reading …", console=console(talk=True)) as line:
        yield lambda count: line.update(f"{count:,} {what} …")


def plain_table(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> list[str]:
    """The table's lines, each column as wide as its widest cell."""
    from rich.cells import cell_len  # noqa: PLC0415

    widths = [max(cell_len(row[index]) for row in (headers, *rows)) for index in range(len(headers))]
    lines = []
    for row in (headers, *rows):
        padded = [
            " " * (width - cell_len(cell)) + cell if header in right else cell + " " * (width - cell_len(cell))
            for header, cell, width in zip(headers, row, widths, strict=True)
        ]
        lines.append(GAP.join(padded).rstrip())
    return lines


def visible(text: str) -> str:
    """The text with control characters written out, so that what others sent us cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def visible_json(text: str) -> str:
    """The same JSON with what steers a terminal, or turns the direction of writing, as escapes of JSON's own."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\n" else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    units = one.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
