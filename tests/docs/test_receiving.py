"""The receiver that the page shows takes what Dialtrail sends, and a delivery has the fields that the page shows."""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn

from tests.adapters.ledger.stage import Clock
from tests.application.subscriptions.stage import SECRET, Stage, subscriber
from tests.docs.shown import shown

PAGE = Path(__file__).parents[2] / "docs" / "receiving.md"
ONE = "+15551230002"


def block_beginning(text: str) -> str:
    [found] = [one.text for one in shown(PAGE.name, PAGE.read_text()) if one.text.startswith(text)]
    return found


def test_the_receiver_takes_each_once_and_refuses_what_is_not_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALTRAIL_SUBSCRIPTION_SECRET", SECRET)
    names: dict[str, Any] = {}
    exec(compile(block_beginning('"""Takes deliveries'), "receiver.py", "exec"), names)
    stage = Stage(tmp_path, Clock(datetime.now(UTC)))  # noqa: TID251 - the receiver asks its own clock how old it is

    async def scene() -> None:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(names["app"], log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        async with stage.running() as running:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/calls"
            await running.subscribe(url, role="auditor")
            await running.subscribe(url, "twin", role="auditor")
            stage.enrol(ONE)
            stage.suppress(ONE)
            await running.until_idle("crm")
            await running.until_idle("twin")
            await running.asking.replay("crm", 0)
            await running.until(lambda: len(running.service.outbox.tries("crm", 9)) == 4)
            assert {one.status for one in running.service.outbox.tries("crm", 9)} == {204}
            await running.asking.put("twin", (await asyncio.to_thread(_wanted, running)), "whsec_" + "A" * 44, {}, 0)
            stage.release(ONE)
            await running.until(lambda: 401 in {one.status for one in running.service.outbox.tries("twin", 9)})
        server.should_exit = True
        await serving

    asyncio.run(scene())
    stage.ledger.close()
    [row] = names["rows"].values()
    assert (row["number"], row["status"]) == (ONE, "queued")


def _wanted(running: Any) -> Any:
    from application.subscriptions.reading import one_subscription

    return one_subscription(running.stage.ledger, "twin").wanted


def test_a_delivery_has_the_fields_that_are_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    page = orjson.loads(block_beginning('{"type": "outcome.changed"'))

    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url, role="auditor")
            stage.enrol(ONE)
            await running.until(lambda: len(crm.taken) == 1)
            told = crm.taken[0].said
            assert (list(told), list(told["data"])) == (list(page), list(page["data"]))

    asyncio.run(scene())
    stage.ledger.close()
