"""How long a line to a PostgreSQL server may be silent, for the views: a machine that is gone sends no word."""

from collections.abc import Mapping

from sqlalchemy.engine import URL

NOTICED_SOON: Mapping[str, str] = {
    "connect_timeout": "4",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""libpq's settings by which such a line is given up after some 10 s."""


def noticed_soon(url: URL) -> dict[str, str]:
    """Those that a database's URL does not say otherwise."""
    return {name: value for name, value in NOTICED_SOON.items() if name not in url.query}
