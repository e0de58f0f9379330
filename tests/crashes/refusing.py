"""Webhooks while the disk refuses: `python -m tests.crashes.refusing FOLDER CALLS`, with the library before it.

It is full, broken, or does not sync; only for the ledger, then for all files. One delivery comes after the other, and with each the disk
refuses one call further on than before, and every call after it. Then it takes everything again. What was answered stands in `FOLDER/sandbox.jsonl`, as the sandbox writes it. It ends as kill -9
does, without a word to the ledger.
"""

import asyncio
import errno
import hashlib
import os
import sys
from io import FileIO
from pathlib import Path

import orjson

from tests.crashes.shim import Faults
from tests.crashes.short_run import SANDBOX_LOG
from tests.entrypoints.serving import Serving, payload, serving, until

WAYS = {"full": (errno.ENOSPC, "WTC"), "broken": (errno.EIO, "WTC"), "unsynced": (errno.EIO, "S")}
"""The error, and the kinds of calls that end in it: writes, cuts and new files; or syncs alone."""
NAMES = {"ledger": "ledger.db", "all": "data/"}
"""What the path of a file that refuses has in it."""
NOTE_BYTES = 20_000
PAGES_A_CHECKPOINT = 40


class Refusing:
    """Delivers, and writes down what was answered."""

    def __init__(self, stage: Serving, root: Path) -> None:
        self._stage = stage
        self._answers = FileIO(root / SANDBOX_LOG, "a")
        self.wrong: list[str] = []

    async def deliver(self, call_id: str) -> int:
        """Its status, written down."""
        body = payload("call.answered", call_id, note="x" * NOTE_BYTES)
        status = (await self._stage.deliver(body)).status_code
        line = {
            "kind": "delivery",
            "call_id": call_id,
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "status": status,
        }
        self._answers.write(orjson.dumps(line) + b"\n")
        if status not in {204, 503}:
            self.wrong.append(f"{call_id} was answered {status}")
        return status

    async def during(self, faults: Faults, n: int, way: str, which: str) -> bool:
        """Deliver while the disk refuses from its n-th call on, then while it does not; whether it came to refuse."""
        error, kinds = WAYS[way]
        faults.fail(after=n, error=error, kinds=kinds, name=NAMES[which])
        status = await self.deliver(f"call_{way}_{which}_{n}")
        refused = faults.calls() > n
        ready = await self._stage.client.get("/health/ready")
        if status == 503 and (ready.status_code, self._stage.ledger.trouble is None) != (503, False):
            self.wrong.append(f"call_{way}_{which}_{n} was refused, and nothing was said")
        faults.none()
        await until(lambda: self._stage.ledger.trouble is None)
        if await self.deliver(f"call_{way}_{which}_{n}_after") != 204:
            self.wrong.append(f"call_{way}_{which}_{n}: refused although the disk takes everything")
        return refused


async def play(root: Path, calls: int) -> None:
    """Say what was wrong, and end."""
    async with serving(root / "data") as stage:
        writer = stage.ledger._recorder.datastore.writer  # type: ignore[attr-defined]
        writer.execute(f"PRAGMA wal_autocheckpoint={PAGES_A_CHECKPOINT}")
        refusing, faults = Refusing(stage, root), Faults()
        points = [(n, way, which) for way in WAYS for which in NAMES for n in range(calls)]
        counted = [await refusing.during(faults, *point) for point in points]
        sys.stdout.write(
            f"{sum(counted)} of {len(counted)} were refused; wrong: {', '.join(refusing.wrong) or 'nothing'}\n"
        )
        sys.stdout.flush()
        os._exit(1 if refusing.wrong else 0)


if __name__ == "__main__":
    asyncio.run(play(Path(sys.argv[1]), int(sys.argv[2])))
