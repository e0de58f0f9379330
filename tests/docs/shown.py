"""Each block that a page shows, fenced or indented, and what can be done with it."""

import re
from textwrap import dedent

from msgspec import Struct

from tests.docs.console import SERVERS, commands

_BLOCK = re.compile(
    r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$|(?<=\n\n)((?: {4}[^\n]*\n|\n(?= {4}))+)', re.MULTILINE | re.DOTALL
)
_PROMPTLESS = re.compile(r"^(?=(?:dialtrail|cd) )", re.MULTILINE)
_COMMAND = re.compile(r"^(?:\$|dialtrail|cd) ", re.MULTILINE)
_DOCUMENT = re.compile(r'\{"id": |id = |\[(policy|schedule|inbound_script|agents)\]')
_COMMENT = re.compile(r"\s+# .*")
_FIGURES = re.compile(r"^.*\d.*$", re.MULTILINE)


class Shown(Struct, frozen=True):
    """A block of a page. `language` and `title` are empty where it has none: an indented one has neither."""

    page: str
    language: str
    title: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """The page, and the block's first line."""
        return self.page, self.text.partition("\n")[0]

    @property
    def is_commands(self) -> bool:
        return _COMMAND.search(self.text) is not None

    @property
    def is_document(self) -> bool:
        """Whether it is a campaign's plan, or a part of one."""
        return _DOCUMENT.match(self.text) is not None

    @property
    def is_python(self) -> bool:
        return self.text.startswith(("from ", "import "))


def shown(page: str, text: str) -> list[Shown]:
    """All blocks of a page, in order."""
    return [
        Shown(page, language, title, fenced or dedent(indented))
        for language, title, fenced, indented in _BLOCK.findall(text)
    ]


def as_console(text: str) -> str:
    """Commands, with or without a prompt, as a page that a `Terminal` can follow.

    Nothing has to be printed where nothing is shown, and a printed line with figures may differ: it is an example. What
    `cat` shows of a file is the file. Servers print what is shown.
    """
    parts = []
    for command in commands(_PROMPTLESS.sub("$ ", text)):
        line, prints = _COMMENT.sub("", command.line), command.prints
        if line.startswith("cat "):
            parts.append(f'```toml title="{line.removeprefix("cat ")}"\n{prints}```\n')
            continue
        if not line.startswith(SERVERS):
            prints = _FIGURES.sub("…", prints) or "…\n"
        parts.append(f"```console\n$ {line}\n{prints}```\n")
    return "\n".join(parts)
