"""When the client says that a request has left: once, as soon as it has, and never of one that was not released."""

import asyncio

import pytest

from adapters.minivoice_client import SendingForbidden
from domain.dial_outcome import DialOutcome
from tests.adapters.minivoice_client_of import ACCEPTED, CREATED, REQUEST, client_of
from tests.adapters.minivoice_server import Answering, always, hang_up, never, raw_server


async def forbid() -> None:
    raise SendingForbidden("the campaign was paused")


class Moments:
    """Keeps in which order a request was released and had left."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.has_left = asyncio.Event()

    async def before_send(self) -> None:
        self.seen.append("released")

    def after_send(self) -> None:
        self.seen.append("written")
        self.has_left.set()


@pytest.mark.parametrize("answering", [always(CREATED), hang_up, never])
def test_after_send_is_told_once_however_the_request_fares(answering: Answering) -> None:
    async def scenario() -> list[str]:
        moments = Moments()
        async with raw_server(answering) as server, client_of(server, 0.3) as client:
            await client.place_call(REQUEST, moments.before_send, moments.after_send)
        return moments.seen

    assert asyncio.run(scenario()) == ["released", "written"]


def test_after_send_does_not_wait_for_the_answer() -> None:
    async def scenario() -> DialOutcome:
        moments = Moments()

        async def answer_once_it_is_told(writer: asyncio.StreamWriter, _: bytes) -> None:
            await moments.has_left.wait()
            writer.write(CREATED)

        async with raw_server(answer_once_it_is_told) as server, client_of(server, 3) as client:
            return await client.place_call(REQUEST, moments.before_send, moments.after_send)

    assert asyncio.run(scenario()) == ACCEPTED


def test_after_send_is_not_told_of_what_was_never_released() -> None:
    async def scenario() -> list[str]:
        moments = Moments()
        async with raw_server(always(CREATED)) as server, client_of(server) as client:
            await client.place_call(REQUEST, forbid, moments.after_send)
        return moments.seen

    assert asyncio.run(scenario()) == []
