"""A short day with the real parts in one process, which is recorded: `python -m tests.crashes.short_run FOLDER [RECIPIENTS]`.

The ledger lies in `FOLDER/data`. What the provider saw and heard is in `FOLDER/sandbox.jsonl`, written at once: by the
order of all writes it is known what was asked of the provider, and acknowledged to it, at any moment.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.application.dialer.stage import numbers, stage

SANDBOX_LOG = "sandbox.jsonl"
SETTLED = frozenset({"reached", "not_reached", "failed", "canceled", "refused", "unresolved"})


async def day(folder: Path, recipients: int) -> None:
    """Until everybody is settled, and every webhook that is to come is in the ledger."""
    told: dict[str, Any] = {
        "log": folder / SANDBOX_LOG,
        "duplicate_rate": 0.2,
        "ring_seconds": "0:0.02",
        "talk_seconds": "0:0.02",
    }
    async with stage(folder / "data", **told) as played:
        await played.campaign(numbers(recipients))
        await played.until("all are settled", lambda: set(played.counts()) <= SETTLED)
        await played.until("all is delivered", lambda: not played.sandbox.summary()["deliveries"]["pending"])  # type: ignore[index]


if __name__ == "__main__":
    asyncio.run(day(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 6))
