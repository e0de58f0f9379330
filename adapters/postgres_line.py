"""How long a line to a PostgreSQL server may be silent: a machine that is gone sends no word, and who reads would wait for hours."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CONNECT_SECONDS_MAX = 4
NOTICED_SOON = {
    "connect_timeout": str(CONNECT_SECONDS_MAX),
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""libpq's settings by which such a line is given up after some 10 s. What the database's URL says itself goes before it."""


def line_to(url: str, **own: str | int) -> str:
    """What libpq is told of a database, with settings of our own."""
    known: dict[str, Any] = {**NOTICED_SOON, **conninfo_to_dict(url), **own}
    return make_conninfo(**known)
