"""The file of `--out`: written beside its place, and put there once it is complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TextIO

from domain.errors import InvalidInput


@contextmanager
def whole_file(path: Path, *, otherwise: str = "") -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` where the block ends well; else `path` is as it was.

    Only its owner may read it: it may hold people's numbers. `InvalidInput` where `path` cannot be a file, with what to do
    `otherwise`.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise InvalidInput("--out", f"{path} is no regular file; name one{otherwise}")
    try:
        descriptor, name = mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except (FileNotFoundError, NotADirectoryError):
        raise InvalidInput("--out", f"there is no folder {path.parent}; make it first") from None
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def whole_text_file(path: Path) -> Iterator[TextIO]:
    """The same, to write text to, for a command that otherwise writes to standard output."""
    with whole_file(path, otherwise=", or leave --out out for standard output") as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()  # what was written goes into the file, which is closed where it was opened
