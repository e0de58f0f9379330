"""The file of `--out`: written beside its place, and put there once it is complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import TextIO

from domain.errors import InvalidInput


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file to write text to, which takes the place of `path` where the block ends well; else `path` is as it was.

    Only its owner may read it: it may hold people's numbers. `InvalidInput` where `path` cannot be a file.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise InvalidInput("--out", f"{path} is no regular file; name one, or leave --out out for standard output")
    try:
        descriptor, name = mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except (FileNotFoundError, NotADirectoryError):
        raise InvalidInput("--out", f"there is no folder {path.parent}; make it first") from None
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
