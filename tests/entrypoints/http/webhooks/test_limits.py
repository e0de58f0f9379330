from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.minivoice_webhook import BODY_BYTES_MAX
from tests.entrypoints.http.webhooks.deliveries import CREATED, SIGNED
from tests.entrypoints.serving import Serving, assert_problem, on_a_socket, payload, play, problem

TOO_LARGE = problem("too-large", 413, "The delivery is too large", "a delivery may have at most 1048576 bytes")


@pytest.mark.parametrize("environ", [{}, SIGNED])
def test_a_delivery_may_have_a_mebibyte_and_no_more(tmp_path: Path, environ: dict[str, str]) -> None:
    largest = payload("call.answered")
    largest += b" " * (BODY_BYTES_MAX - len(largest))

    async def scene(stage: Serving) -> None:
        assert_problem(await stage.deliver(largest + b" "), TOO_LARGE)
        assert_problem(await stage.deliver(b"x" * 3_000_000), TOO_LARGE)
        assert stage.feed() == []
        assert (await stage.deliver(largest)).status_code == 204
        assert stage.names() == ["call.answered"]

    play(tmp_path, scene, **environ)


def test_over_a_real_connection_too_much_is_refused_with_and_without_a_length(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 10_000

    async def scene(stage: Serving) -> None:
        async with on_a_socket(stage):
            assert_problem(await stage.deliver(b"x" * 3_000_000), TOO_LARGE)
            chunked = await stage.client.post("/webhooks/minivoice", content=chunks())
            assert "content-length" not in chunked.request.headers
            assert_problem(chunked, TOO_LARGE)
            assert stage.feed() == []
            assert (await stage.deliver(CREATED)).status_code == 204

    play(tmp_path, scene)


def test_a_delivery_that_breaks_off_is_neither_stored_nor_answered(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        messages: list[dict[str, object]] = [
            {"type": "http.request", "body": payload("call.answered"), "more_body": True},
            {"type": "http.disconnect"},
        ]
        sent: list[object] = []

        async def receive() -> dict[str, object]:
            return messages.pop(0)

        async def send(message: object) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/webhooks/minivoice", "headers": []}
        await stage.parts.app(scope, receive, send)
        assert (stage.feed(), sent) == ([], [])

    play(tmp_path, scene)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_deliveries_come_by_post(tmp_path: Path, method: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.request(method, "/webhooks/minivoice")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.headers["content-type"] == "application/problem+json"

    play(tmp_path, scene)
