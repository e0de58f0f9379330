"""What a start does with the attempts that an earlier process left."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from adapters.folder_owner import FolderOwner
from adapters.ledger.sqlite import SqliteRecorder
from adapters.recipient_file import RecipientRow
from adapters.sending_marks import MARKS_IN_MEMORY, LastCommit, MarksHeader, open_marks, place_of_marks
from application.commands import campaigns, recipients
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.outcomes import settle_attempt
from application.moment import Moment
from domain.campaign import Plan
from domain.dial_outcome import Unresolved
from domain.errors import LedgerUnavailable
from entrypoints.process import boot_id, utc_now
from entrypoints.settings import load_settings
from entrypoints.wiring import System, running_system
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import BY, KEY, WAIT_SECONDS_MAX, dialer_of, numbers

ENVIRON = {"MINIVOICE_API_KEY": KEY, "MINIVOICE_BASE_URL": "http://127.0.0.1:9"}


def marks_of(folder: Path) -> Path:
    """Where the marks of a data folder lie."""
    return place_of_marks(MARKS_IN_MEMORY, folder)


def nothing() -> None:
    """What happens where nothing does."""


async def _started(parts: System, attempt_id: str, stream: str) -> StartedAttempt:
    command = start_attempt(
        attempt_id=attempt_id,
        campaign_id="spring",
        stream=stream,
        fingerprint=parts.in_flight.fingerprint or "",
        epoch="before",
        only_numbers=None,
    )
    done = (await parts.ledger.execute(command, lane="attempts", metadata=BY)).result
    assert isinstance(done, StartedAttempt)
    return done


async def leave_behind(
    folder: Path,
    marked: Iterable[str],
    *,
    boot: str = "",
    before_they_leave: Callable[[], None] = nothing,
    **environ: str,
) -> list[StartedAttempt]:
    """A process that started three attempts, and ended with these of them marked; under the present boot or another."""
    settings = load_settings({**ENVIRON, **environ, "DIALTRAIL_HOME": str(folder)})
    owner = FolderOwner.take(folder, "test")
    owner.keep()  # as one that dials does
    async with running_system(settings, owner) as parts:
        rows = [(parts.ledger.recipient_stream(n), RecipientRow(2, n, None, {})) for n in numbers(3)]
        for decide in (
            campaigns.create_campaign("spring", Plan(caller_number="+15551230001")),
            recipients.enroll_recipients("spring", "file", rows),
            start_campaign("spring"),
        ):
            await parts.ledger.execute(decide, lane="commands", metadata=BY)
        started = [await _started(parts, f"att_{number}", stream) for number, (stream, _) in enumerate(rows)]
        about = MarksHeader(boot_id=boot or boot_id(), ledger=parts.ledger.identity(), epoch="before")
        marks = open_marks(marks_of(folder), about, LastCommit(*parts.ledger.last_event()))
    owner.release()
    for attempt in started:
        marks.begin(attempt.attempt_id)
    before_they_leave()
    for attempt_id in marked:
        marks.mark(attempt_id)
    marks.close()
    return started


async def counts_of(parts: System) -> dict[str, int]:
    """How many recipients have each status, by all that is on disk."""
    assert await parts.projector.wait_for(parts.ledger.position, WAIT_SECONDS_MAX)
    read = parts.reads.campaign("spring", Moment(parts.ledger.position, utc_now()))
    assert read.counts is not None
    return {str(status): n for status, n in read.counts.items() if n}


async def start_again(folder: Path, **environ: str) -> dict[str, int]:
    """The counts once a new process has settled what it found; it cannot reach the provider."""
    settings = load_settings({**ENVIRON, **environ, "DIALTRAIL_HOME": str(folder)})
    owner = FolderOwner.take(folder, "test")
    async with running_system(settings, owner, dials=True) as parts:
        dialer = dialer_of(parts)
        await parts.ledger.execute(campaigns.pause_campaign("spring"), lane="commands", metadata=BY)
        dialing = asyncio.create_task(dialer.run())
        async with asyncio.timeout(10):
            while parts.in_flight.attempts.started or not parts.follower.is_live:
                await parts.follower.moved(0.02)
        await dialer.stop()
        dialing.cancel()
        await asyncio.gather(dialing, return_exceptions=True)
        counts = await counts_of(parts)
    owner.release()
    return counts


def test_under_the_same_boot_only_the_marked_are_unresolved_and_the_others_go_back(tmp_path: Path) -> None:
    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, ["att_1"])
        return await start_again(tmp_path)

    assert asyncio.run(scenario()) == {"queued": 2, "unresolved": 1}


def test_after_a_reboot_all_are_unresolved(tmp_path: Path) -> None:
    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, ["att_1"], boot="another-boot")
        return await start_again(tmp_path)

    assert asyncio.run(scenario()) == {"unresolved": 3}


def test_without_the_file_all_are_unresolved(tmp_path: Path) -> None:
    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, [])
        marks_of(tmp_path).unlink()
        return await start_again(tmp_path)

    assert asyncio.run(scenario()) == {"unresolved": 3}


def test_what_was_settled_before_the_end_stays_as_it_is(tmp_path: Path) -> None:
    async def scenario() -> dict[str, int]:
        started = await leave_behind(tmp_path, ["att_0"])
        settings = load_settings({**ENVIRON, "DIALTRAIL_HOME": str(tmp_path)})
        owner = FolderOwner.take(tmp_path, "test")
        async with running_system(settings, owner) as parts:
            settle = settle_attempt(started[0], Unresolved(why="time-out"), parts.in_flight.fingerprint or "")
            await parts.ledger.execute(settle, lane="answers", metadata=BY)
        owner.release()
        return await start_again(tmp_path)

    assert asyncio.run(scenario()) == {"queued": 2, "unresolved": 1}


def test_a_ledger_that_refuses_at_the_start_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = SqliteRecorder.writing

    def refuses(*_: object) -> object:
        raise LedgerUnavailable("disk full")

    async def scenario() -> dict[str, int]:
        await leave_behind(tmp_path, ["att_1"])
        settings = load_settings({**ENVIRON, "DIALTRAIL_HOME": str(tmp_path)})
        owner = FolderOwner.take(tmp_path, "test")
        async with running_system(settings, owner, dials=True) as parts:
            dialer = dialer_of(parts)
            await parts.ledger.execute(campaigns.pause_campaign("spring"), lane="commands", metadata=BY)
            monkeypatch.setattr(SqliteRecorder, "writing", refuses)
            dialing = asyncio.create_task(dialer.run())
            async with asyncio.timeout(10):
                while "could not be settled" not in (dialer.trouble or ""):
                    await parts.follower.moved(0.02)
                monkeypatch.setattr(SqliteRecorder, "writing", real)
                while parts.in_flight.attempts.started or dialer.trouble is not None:
                    await parts.follower.moved(0.02)
            await dialer.stop()
            dialing.cancel()
            await asyncio.gather(dialing, return_exceptions=True)
            counts = await counts_of(parts)
        owner.release()
        return counts

    assert asyncio.run(scenario()) == {"queued": 2, "unresolved": 1}
