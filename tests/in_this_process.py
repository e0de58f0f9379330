"""Commands in this process, as in one of their own: those take longer to start than to do."""

import io
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from msgspec import Struct

from entrypoints.cli.program import run


class Ran(Struct, frozen=True):
    """How a command ended, and what it wrote to stdout and to stderr."""

    code: int
    data: str
    talk: str


def run_here(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Ran:
    """Run `dialtrail` with these words in this folder, with this environment alone."""
    data, talk = io.StringIO(), io.StringIO()
    code = run_writing(words, folder, environ, data, talk)
    return Ran(code, data.getvalue(), talk.getvalue())


def run_writing(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], data: io.StringIO, talk: io.StringIO
) -> int:
    """The same, written to these, which may be one; the exit code."""
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environ, clear=True))  # noqa: TID251 - the command's own
        stack.enter_context(chdir(folder))
        stack.enter_context(redirect_stdout(data))
        stack.enter_context(redirect_stderr(talk))
        return run(words)
