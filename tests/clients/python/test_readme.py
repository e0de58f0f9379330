"""What the client's README shows is run against a real server, and does what it says."""

import asyncio
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from dialtrail_client import AsyncDialtrailClient, DialtrailClient, OutcomeBatch
from tests.docs.shown import shown
from tests.entrypoints.serving import OPERATOR, TO, TOKENS, Serving, on_a_socket, play

README = Path(__file__).parents[3] / "clients" / "python" / "README.md"
PROGRAMS = [block.text for block in shown(README.name, README.read_text()) if block.language == "python"]
ASK, FOLLOW, FOLLOW_FOR_EVER, VERIFY = PROGRAMS
GUARDED = {"DIALTRAIL_TOKENS": TOKENS}


def printed(program: str) -> list[str]:
    """The lines that it prints."""
    with redirect_stdout(StringIO()) as text:
        exec(compile(program, README.name, "exec"), {"__name__": "shown"})
    return text.getvalue().splitlines()


async def run_all(stage: Serving, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the first two print against the stage's server, one after the other."""
    stage.client.headers.update(OPERATOR)
    await stage.client.post("/v1/campaigns", json={"id": "spring_followup", "from": "+15551230001"})
    async with on_a_socket(stage, **GUARDED):
        monkeypatch.setenv("DIALTRAIL_URL", str(stage.client.base_url))
        monkeypatch.setenv("DIALTRAIL_TOKEN", "command-token")
        return [await asyncio.to_thread(printed, program) for program in (ASK, FOLLOW)]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def test_it_enrols_says_what_is_wrong_and_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Serving) -> None:
        asked, followed = await run_all(stage, monkeypatch)
        enrolled, complaint, problem = asked
        assert enrolled == "1 enrolled"
        assert complaint.startswith("row 2 number ")
        assert problem.startswith("404 urn:dialtrail:problem:not-found ")
        assert followed == ["crm-17 queued []", f"go on after {stage.ledger.position}"]

    play(tmp_path, scene, **GUARDED)


def test_it_follows_for_ever_by_asyncio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", headers=OPERATOR, json={"id": "spring_followup", "from": TO})
        rows = {"import": "test", "recipients": [{"number": "+15551230003", "reference": "crm-18"}]}
        await stage.client.post("/v1/campaigns/spring_followup/recipients", headers=OPERATOR, json=rows)
        async with on_a_socket(stage, **GUARDED):
            monkeypatch.setenv("DIALTRAIL_URL", str(stage.client.base_url))
            monkeypatch.setenv("DIALTRAIL_TOKEN", "read-all-token")
            names: dict[str, Any] = {}
            program, _, last = FOLLOW_FOR_EVER.rpartition("asyncio.run(")
            assert last == "main())\n"
            told = StringIO()
            exec(compile(program, README.name, "exec"), names)
            names["print"] = lambda *words: print(*words, file=told)
            running = asyncio.create_task(names["main"]())
            async with asyncio.timeout(60):
                while not told.getvalue() and not running.done():  # noqa: ASYNC110 - it prints, and sets no event
                    await asyncio.sleep(0.01)
            assert told.getvalue() == "crm-18 queued\n"
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    play(tmp_path, scene, **GUARDED)


def test_both_clients_follow_a_ledger_page_by_page(tmp_path: Path) -> None:
    def waited(url: str) -> list[OutcomeBatch]:
        with DialtrailClient(url, "read-all-token") as dialtrail:
            return list(dialtrail.follow(limit=2))

    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        numbers = [f"+1555123000{digit}" for digit in range(2, 9)]
        await stage.campaign(*numbers)
        async with on_a_socket(stage, **GUARDED):
            url = str(stage.client.base_url)
            batches = await asyncio.to_thread(waited, url)
            async with AsyncDialtrailClient(url, "read-all-token") as dialtrail:
                again = [batch async for batch in dialtrail.follow(limit=2)]
                rest = [row["number"] async for batch in dialtrail.follow(batches[1].after) for row in batch.rows]
        assert len(batches) > 2
        assert again == batches
        assert [row["number"] for batch in batches for row in batch.rows] == numbers
        assert rest == [row["number"] for batch in batches[2:] for row in batch.rows]

    play(tmp_path, scene, **GUARDED)
