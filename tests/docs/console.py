"""The runnable parts of a page: files to write, commands with what they print, and servers that go on beside them."""

import io
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from msgspec import Struct

from tests.in_this_process import run_writing
from tests.journeys.processes import POLL_SECONDS, until

COMMAND_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 40.0
SERVERS = ("dialtrail up", "dialtrail sandbox ")
# Commands that change nothing are asked until they answer as the page says: a call takes its time.
READS = re.compile(
    r"dialtrail (status|timeline|events|explain|deliveries|export|doctor|unresolved|(campaign|calls) list|campaign history)\b"
)
PLAIN = re.compile(r"dialtrail [^|;&<>$`*]*")
_FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_ANYTHING = "…"
_CALL_ID = re.compile(r"call_\d{8}T\d{6}\.\d+")
_VARIES = re.compile(rf"({_ANYTHING})|({_CALL_ID.pattern})|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class Block(Struct, frozen=True):
    """A fenced block; `title` names the file, or the terminal."""

    language: str
    title: str
    text: str


class Command(Struct, frozen=True):
    """A line after a `$`, and what is printed below it."""

    line: str
    prints: str


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    return [Block(language, title, text) for language, title, text in _FENCE.findall(page)]


def commands(text: str) -> Iterator[Command]:
    """The commands of a console's text. A line that ends in a backslash goes on below."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, prints = part.replace("\\\n", " ").partition("\n")
        yield Command(" ".join(line.split()), prints)


def meant(prints: str, printed: str, known: Mapping[str, str]) -> Mapping[str, str] | None:
    """Whether a command printed what the page shows: the page's call ids with the ones that are there, or None.

    `…` stands for anything in its line, and alone for any lines; times differ; columns may have another width.
    """
    names: list[str] = []
    pattern = "".join(_line_pattern(" ".join(line.split()), names, known) for line in prints.splitlines())
    shown = "".join(f"{' '.join(line.split())}\n" for line in printed.splitlines())
    found = re.fullmatch(pattern, shown)
    return None if found is None else {**known, **dict(zip(names, found.groups(), strict=True))}


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(STOP_SECONDS_MAX)
    finally:
        server.kill()


def _line_pattern(line: str, names: list[str], known: Mapping[str, str]) -> str:
    if line == _ANYTHING:
        return r"(?:[^\n]*\n)*?"
    pattern, begin = "", 0
    for one in _VARIES.finditer(line):
        pattern += re.escape(line[begin : one.start()])
        begin = one.end()
        if one[1]:
            pattern += r"[^\n]*?"
        elif not one[2]:
            pattern += r"\S+"
        elif one[2] in known:
            pattern += re.escape(known[one[2]])
        elif one[2] in names:
            pattern += rf"(?:\{names.index(one[2]) + 1})"
        else:
            names.append(one[2])
            pattern += f"({_CALL_ID.pattern})"
    return f"{pattern}{re.escape(line[begin:])}\n"


class Terminal:
    """Follows pages in a folder. The ports that they name are replaced by free ones; its servers end with it."""

    def __init__(self, folder: Path, ports: Mapping[str, str], **environ: str) -> None:
        self._folder = folder
        self._ports = ports
        self._known: Mapping[str, str] = {}
        self._stack = ExitStack()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # noqa: TID251 - the child's environment
        # What is printed comes in the order of a terminal's lines.
        self._environ = {"PATH": path, "HOME": str(folder), "COLUMNS": "200", "PYTHONUNBUFFERED": "1", **environ}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def follow(self, page: str) -> int:
        """Do what the page says, from the top to its end; how many commands that were."""
        count = 0
        for block in blocks(page):
            if block.language == "console":
                for command in commands(block.text):
                    self._do(command)
                    count += 1
            elif block.title:
                (self._folder / block.title).write_text(self._here(block.text))
        return count

    def _do(self, command: Command) -> None:
        if command.line.startswith(SERVERS):
            self._serve(command)
        elif READS.match(command.line):
            deadline = time.monotonic() + COMMAND_SECONDS_MAX
            while (said := self._run(command)) is not None and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
            assert said is None, said
        else:
            said = self._run(command)
            assert said is None, said

    def _run(self, command: Command) -> str | None:
        """None where all is as the page says; else what is not."""
        line = self._here(command.line)
        for shown, there in self._known.items():
            line = line.replace(shown, there)
        code, printed = self._in_this_process(line) if PLAIN.fullmatch(line) else self._in_a_shell(line)
        found = meant(self._here(command.prints), printed, self._known)
        if code == 0 and found is not None:
            self._known = found
            return None
        return f"$ {line}\n(exit code {code})\n{printed}\nbut the page shows:\n{command.prints}"

    def _in_this_process(self, line: str) -> tuple[int, str]:
        """A command of ours alone."""
        printed = io.StringIO()
        code = run_writing(shlex.split(line)[1:], self._folder, self._environ, printed, printed)
        return code, printed.getvalue()

    def _in_a_shell(self, line: str) -> tuple[int, str]:
        ran = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        return ran.returncode, ran.stdout

    def _serve(self, command: Command) -> None:
        log = self._folder / f"{command.line.split()[1]}.log"
        with log.open("wb") as file:
            server = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {self._here(command.line)}"],
                cwd=self._folder,
                env=self._environ,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self._stack.callback(_stop, server)
        wanted = self._here(command.prints).splitlines()

        def is_there() -> bool:
            return set(wanted) <= set(log.read_text().splitlines())

        until(f"{command.line} says {wanted}", lambda: is_there() or server.poll() is not None, COMMAND_SECONDS_MAX)
        assert is_there(), log.read_text()

    def _here(self, text: str) -> str:
        for shown, there in self._ports.items():
            text = (
                text.replace(f":{shown}", f":{there}")
                .replace(f"={shown}", f"={there}")
                .replace(f" {shown}", f" {there}")
            )
        return text
