"""What a subscription must never reach or show: inner addresses, whatever a name stands for at a retry, and its secrets."""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.outbox import Outbox
from domain.errors import InvalidInput
from tests.adapters.ledger.stage import BY, feed
from tests.application.subscriptions.stage import SECRET, Stage, subscriber
from tests.application.subscriptions.test_service import ONE


def test_a_name_is_judged_at_each_retry_and_reached_only_while_it_is_allowed(tmp_path: Path) -> None:
    stands_for = ["127.0.0.1"]

    async def resolve(host: str, port: int) -> Sequence[str]:
        return list(stands_for)

    stage = Stage(tmp_path, resolve=resolve)

    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(f"http://crm.example.org:{crm.port}/hook", role="auditor")
            outbox, inner = running.service.outbox, (["169.254.169.254"], ["127.0.0.1", "10.0.0.1"], ["::1"])
            stands_for[:] = inner[0]
            stage.enrol(ONE)
            for tried, answers in enumerate((*inner[1:], ["127.0.0.1"]), 1):
                await running.until(lambda: len(outbox.tries("crm", 9)) == tried)  # noqa: B023
                stands_for[:] = answers
                stage.clock.now += timedelta(hours=1)
            await running.until(lambda: len(outbox.tries("crm", 9)) == 4)
            *refused, taken = reversed(outbox.tries("crm", 9))
            assert [one.status for one in refused] == [None] * 3
            assert all("DIALTRAIL_TARGETS_ALLOWED" in (one.why or "") for one in refused)
            assert (taken.status, len(crm.came)) == (204, 1)

    asyncio.run(scene())
    stage.ledger.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304])
def test_a_redirect_is_a_failure_that_is_tried_again(stage: Stage, status: int) -> None:
    async def scene() -> None:
        statuses = [204, status]
        async with subscriber(lambda _: statuses.pop()) as crm, stage.running() as running:
            await running.subscribe(crm.url)
            stage.enrol(ONE)
            await running.until(lambda: running.service.outbox.counts("crm") == (1, 0))
            [waits] = running.service.outbox.waiting("crm")
            assert waits.why == f"answered {status}"
            stage.clock.now += timedelta(seconds=10)
            await running.until(lambda: len(crm.taken) == 1)

    asyncio.run(scene())


@pytest.mark.parametrize(
    "url", ["https://user:hush@crm.example.org/", "https://hush@crm.example.org/", "https://127.0.0.1:hush@10.0.0.1/"]
)
def test_an_address_with_credentials_is_refused_without_repeating_them(stage: Stage, url: str) -> None:
    async def scene() -> None:
        async with stage.running() as running:
            with pytest.raises(InvalidInput, match="url: ") as refused:
                await running.subscribe(url)
            assert "hush" not in str(refused.value)
            assert running.service.outbox.place("crm") is None

    asyncio.run(scene())


def test_no_secret_is_in_a_log_line_or_an_event_whatever_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with subscriber(lambda _: 500) as crm, stage.running() as running:
            await running.subscribe(crm.url)
            made = (await running.asking.rotate("crm", None, 60, BY)).secret
            assert made is not None
            write, broken = Outbox.write, [True]

            def fails_once(outbox: Outbox, *parts: Any) -> None:
                if broken:
                    broken.clear()
                    raise OSError(28, "No space left on device", repr(parts))
                write(outbox, *parts)

            monkeypatch.setattr(Outbox, "write", fails_once)
            stage.enrol(ONE)
            await running.until(lambda: running.service.outbox.counts("crm") == (1, 0))
            assert broken == []
            secrets = [text.removeprefix("whsec_") for text in (SECRET, made)]
            lines = repr(logged) + repr(feed(stage.ledger)) + repr(running.service.outbox.tries("crm", 9))
            assert "deliveries stand still" in lines
            assert not any(secret in lines for secret in secrets)
            with sqlite3.connect(stage.folder / "outbox.db") as kept:
                assert secrets[1] in repr(kept.execute("SELECT * FROM place").fetchall())
            kept.close()

    with capture_logs() as logged:
        asyncio.run(scene())
