"""One question for an AI result of a call."""

from datetime import datetime

from msgspec import Struct


class InsightTry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question for an AI result: `at` by our clock, and what came of it (completed, missing or failed).

    `status` and `code` are the answer's, where there was one.
    """

    at: datetime
    result: str
    status: int | None = None
    code: str | None = None
