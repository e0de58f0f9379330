"""Whether the server notices a bit that turned on its disk."""

import psycopg

CONNECT_TIMEOUT_SECONDS = 10
STATEMENT_TIMEOUT_MS = 5_000


def has_checksums(url: str) -> bool | None:
    """Whether its pages have sums; None where it cannot be asked, which others say."""
    try:
        with psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
        ) as connection:
            return connection.execute("SHOW data_checksums").fetchone() == ("on",)
    except psycopg.Error:
        return None
