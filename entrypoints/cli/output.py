"""Data goes to stdout, talk to stderr. Off a terminal nothing is coloured, cut or wrapped."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from adapters.printable import visible
from entrypoints.cli.stacked import GAP, stacked, wrapped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def console(*, talk: bool = False) -> "Console":
    """Rich on stdout, or on stderr for talk; its terminal is the stream's own, whatever the environment claims."""
    from rich.console import Console  # noqa: PLC0415 - here and below: help off a terminal needs no Rich

    stream = sys.stderr if talk else sys.stdout
    return Console(file=stream, force_terminal=stream.isatty(), markup=False, emoji=False, highlight=False)


def say(text: str) -> None:
    """Tell the person; one line, never on stdout."""
    sys.stderr.write(visible(text) + "\n")
    sys.stderr.flush()


def confirm(question: str) -> None:
    """Ask on stderr, and end the command where the answer is no. Whether there is somebody to ask, the caller knows."""
    import typer  # noqa: PLC0415 - its import is all that some who say something would wait for

    typer.confirm(visible(question), abort=True, err=True)


def write(text: str = "", style: str = "", *, hang: int | None = None) -> None:
    """A line of data; `style` is Rich's. Only a terminal shows that, and wraps between words, under the text of a list.

    `hang` is how many columns the lines after the first are indented, where it is not the text of a list.
    """
    if sys.stdout.isatty():
        shown = console()
        at = len(text) - len(text.lstrip("-✓✗ ")) if hang is None else hang
        for line in wrapped(styled(text[at:], style), shown, styled(text[:at], style), " " * at):
            shown.print(line, soft_wrap=True)
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
        sys.stdout.write(_writable_json(visible_json(orjson.dumps(value, option=option).decode())))
    else:
        sys.stdout.write(_writable_json(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE).decode()))


def write_table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), lead: Sequence[str] = ()
) -> None:
    """A table; the columns named in `right` are numbers. A cell is anything, or a `Text` made by `styled`.

    On a terminal that is too narrow for it each row is stacked into lines, the columns in `lead` (else the first one) in
    the first of them; nothing is lost.
    """
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    cells = [[cell if isinstance(cell, Text) else styled(cell, "") for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in plain_table(headers, [[cell.plain for cell in row] for row in cells], right):
            sys.stdout.write(line + "\n")
        return
    shown = console()
    if _width(headers, cells) > shown.width:
        for part in stacked(headers, cells, right, lead or headers[:1], shown):
            shown.print(part, soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, len(GAP), 0, 0))
    for header in headers:
        table.add_column(header, justify="right" if header in right else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    shown.print(table)


def _width(headers: Sequence[str], rows: "Sequence[Sequence[Text]]") -> int:
    """How many columns of a terminal the table takes."""
    columns = range(len(headers))
    return sum(max(len(headers[at]), *(row[at].cell_len for row in rows), 0) + len(GAP) for at in columns) - len(GAP)


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


def json_text(value: Any) -> str:
    """The value as JSON in a cell; on a terminal with spaces between members, where it may be wrapped."""
    return json.dumps(value, ensure_ascii=False, separators=None if sys.stdout.isatty() else (",", ":"))


def visible_json(text: str) -> str:
    """The same JSON with what steers a terminal, or turns the direction of writing, as escapes of JSON's own."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\n" else _escaped(one) for one in text)


def _writable_json(text: str) -> str:
    """The same JSON, with escapes of JSON's own where the output's encoding lacks a character."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return "".join(one if one.isascii() else _escaped(one) for one in text)
    return text


def _escaped(one: str) -> str:
    units = one.encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
