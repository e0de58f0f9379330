"""A paused account, and a start after it: nobody is dialled before an operator's word, whatever the key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.folder_owner import FolderOwner
from adapters.recipient_file import RecipientRow
from application.commands import campaigns, recipients
from domain.campaign import Plan
from entrypoints.settings import load_settings
from entrypoints.wiring import System, running_system
from tests.application.commands.starting import start_campaign
from tests.application.commands.test_campaigns import pause_account
from tests.application.dialer.stage import BY, KEY, dialer_of, numbers

LOOKS = 5


@asynccontextmanager
async def started(folder: Path, key: str, *, dials: bool) -> AsyncIterator[System]:
    """A process with this key; it cannot reach the provider."""
    environ = {"MINIVOICE_API_KEY": key, "MINIVOICE_BASE_URL": "http://127.0.0.1:9", "DIALTRAIL_HOME": str(folder)}
    owner = FolderOwner.take(folder, "test")
    try:
        async with running_system(load_settings(environ), owner, dials=dials) as parts:
            if not dials:
                yield parts
                return
            dialer = dialer_of(parts)
            dialing = asyncio.create_task(dialer.run())
            try:
                yield parts
            finally:
                await dialer.stop()
                dialing.cancel()
                await asyncio.gather(dialing, return_exceptions=True)
    finally:
        owner.release()


async def leave_paused(folder: Path) -> None:
    """A process that ended with a running campaign on a paused account."""
    async with started(folder, KEY, dials=False) as parts:
        rows = [(parts.ledger.recipient_stream(n), RecipientRow(2, n, None, {})) for n in numbers(3)]
        for decide in (
            campaigns.create_campaign("spring", Plan(caller_number="+15551230001")),
            recipients.enroll_recipients("spring", "file", rows),
            start_campaign("spring"),
            pause_account(parts.in_flight.fingerprint or ""),
        ):
            await parts.ledger.execute(decide, lane="commands", metadata=BY)


def begun(parts: System) -> int:
    return sum(1 for recorded in parts.ledger.replay() if recorded.name == "attempt.started")


@pytest.mark.parametrize("key", [KEY, "mv_live_another", "mv_live_sandbox_2"])
def test_a_start_dials_nobody_before_an_operator_resumes(tmp_path: Path, key: str) -> None:
    async def scenario() -> tuple[int, int]:
        await leave_paused(tmp_path)
        async with started(tmp_path, key, dials=True) as parts, asyncio.timeout(60):
            while dialer_of(parts).trouble is not None or parts.in_flight.account.pause is None:
                assert not begun(parts)
                await parts.follower.moved(0.02)
            for _ in range(LOOKS):
                await parts.follower.moved(0.02)
            before = begun(parts)
            fingerprint = parts.in_flight.fingerprint
            await parts.ledger.execute(campaigns.resume_campaign("spring", fingerprint), lane="commands", metadata=BY)
            while not begun(parts):
                await parts.follower.moved(0.02)
            return before, begun(parts)

    before, after = asyncio.run(scenario())
    assert (before, after > 0) == (0, True)
