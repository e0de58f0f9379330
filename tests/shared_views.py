"""The views' tables in a new file, made once a worker: each of thousands of installations begins with a copy."""

from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from application.views.places import ViewsFile
from projections.store import ViewStore, sqlite_store


def share_empty_views() -> None:
    """Put a file with all tables where a data folder has no views yet; what is there by then is looked at as ever."""
    opened = ViewsFile.in_use

    def in_use(self: ViewsFile) -> ViewStore:
        if not self._path.exists():
            with suppress(OSError):  # the views themselves say what is wrong with the folder
                self._path.touch(mode=0o644)
                self._path.write_bytes(_empty_views())
        return opened(self)

    ViewsFile.in_use = in_use  # type: ignore[method-assign]


@cache
def _empty_views() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "views.db"
        with closing(sqlite_store(path)) as store:
            store.create()
        return path.read_bytes()
