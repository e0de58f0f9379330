"""The past can be asked: each answer is what the ledger knew then, and equals the one that was given then."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.ledger.on_disk import held_after_the_commit
from tests.adapters.minivoice_server import payload
from tests.entrypoints.http.routes.test_attempts import TO, an_unresolved_attempt, resolve
from tests.entrypoints.serving import Serving, play

READS = (
    "/v1/calls/c1",
    "/v1/calls/c1/timeline",
    "/v1/calls/c1/events",
    f"/v1/campaigns/spring/recipients/{TO}",
)


async def asked(stage: Serving, path: str, as_of: object = None) -> tuple[int, Any]:
    """One read, now or as of a moment, without the time at which a verdict was given."""
    answer = await stage.client.get(path, params=None if as_of is None else {"as_of": str(as_of)})
    body = answer.json()
    if "verdict" in body:
        body["verdict"].pop("judged_at")
    return answer.status_code, body


def test_every_answer_is_given_again_at_its_position_and_its_instant(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        given: list[tuple[int, str, dict[str, tuple[int, Any]]]] = []

        async def remember() -> None:
            last = stage.feed()[-1]
            answers = {path: await asked(stage, path) for path in READS}
            given.append((last.position, last.recorded_at.isoformat(), answers))

        await an_unresolved_attempt(stage, calls={})
        await remember()
        await stage.deliver(payload("webhook-call-created.json").replace(b"call_123", b"c1"))
        await remember()
        await resolve(stage, {"call": "c1"})
        await remember()
        await stage.deliver(payload("webhook-call-completed.json").replace(b"call_123", b"c1"))
        await remember()

        for position, instant, answers in given:
            for path, answer in answers.items():
                assert await asked(stage, path, position) == answer
                assert await asked(stage, path, instant) == answer

    play(tmp_path, scene)


@pytest.mark.parametrize("as_of", ["yesterday", "2026-13-01T00:00:00Z", "99999", "-1", "1" * 30])
def test_a_moment_that_cannot_be_understood_is_an_error_that_says_so(tmp_path: Path, as_of: str) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO})
        status, problem = await asked(stage, "/v1/calls/c1", as_of)

        assert (status, problem["field"]) == (400, "as_of")

    play(tmp_path, scene)


def test_before_everything_there_was_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO})

        for path in READS:
            assert (await asked(stage, path, "2001-01-01T00:00:00Z"))[0] == 404
            assert (await asked(stage, path, 0))[0] == 404

    play(tmp_path, scene)


def test_the_feed_gives_every_event_once_in_order(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO, "c2": TO})
        seen: list[int] = []
        after: str | None = "0"
        while after is not None:
            page = (await stage.client.get("/v1/events", params={"after": after, "limit": "2"})).json()
            seen += [item["position"] for item in page["items"]]
            after = page["next"]

        assert seen == [recorded.position for recorded in stage.feed()]
        assert len(seen) >= 6

    play(tmp_path, scene)


def test_who_was_shown_an_event_finds_it_wherever_they_ask_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO})
        created = payload("webhook-call-created.json").replace(b"call_123", b"c1")
        with held_after_the_commit(monkeypatch) as on_disk:
            delivering = asyncio.create_task(stage.deliver(created))
            await asyncio.to_thread(on_disk)
            last = (await stage.json("/v1/events"))["items"][-1]

            call = await stage.json("/v1/calls/c1/events")
            status, _ = await asked(stage, "/v1/calls/c1", last["position"])
        assert (call["items"][-1], status) == (last, 200)
        assert (await delivering).status_code == 204

    play(tmp_path, scene)
