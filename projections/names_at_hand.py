"""Names out of a views file that nobody keeps at present, without the libraries that keep it: a shell waits for them."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

BUSY_SECONDS_MAX = 0.2
_QUERIES: Mapping[str, str] = {
    "campaigns": "SELECT campaign_id FROM campaign_summary WHERE campaign_id GLOB :begin ORDER BY campaign LIMIT :most",
    "calls": (
        "SELECT call_id FROM call_index WHERE call_id GLOB :begin AND :campaign IN ('', campaign_id) "
        "ORDER BY place DESC LIMIT :most"
    ),
    "numbers": (
        "SELECT number FROM recipient_enrollment WHERE number GLOB :begin AND campaign = "
        "(SELECT campaign FROM campaign_summary WHERE campaign_id = :campaign) ORDER BY place LIMIT :most"
    ),
}


def names_at_hand(views: Path, what: str, begin: str, campaign: str, names_max: int) -> list[str]:
    """`campaigns`, `calls` (the latest first) or a campaign's `numbers` that begin so.

    The file is read as it lies there, and nothing is written beside it. Raises `sqlite3.Error` where it cannot be read.
    """
    literal = "".join(f"[{one}]" if one in "*?[" else one for one in begin)
    given = {"begin": f"{literal}*", "campaign": campaign, "most": names_max}
    address = f"{views.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS_MAX)) as opened:
        return [str(name) for (name,) in opened.execute(_QUERIES[what], given)]
