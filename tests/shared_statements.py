"""SQLAlchemy's statements for SQLite, composed once a worker.

Each of its engines composes a statement when it is executed first. A test has engines of its own, so that it would compose
all that it needs; what comes out hangs on the dialect alone, which is the same for all SQLite files.
"""

from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

STATEMENTS_MAX = 2_000


def share_statements() -> None:
    """Let all engines of this process have one cache, in which their dialects are one key."""
    shared: LRUCache[Any, Any] = LRUCache(STATEMENTS_MAX)
    made = Engine.__init__

    def with_shared_cache(self: Engine, *arguments: object, **named: object) -> None:
        made(self, *arguments, **named)  # type: ignore[arg-type]
        if isinstance(self.dialect, SQLiteDialect_pysqlite):
            self._compiled_cache = shared

    Engine.__init__ = with_shared_cache  # type: ignore[method-assign]
    SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    SQLiteDialect_pysqlite.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
