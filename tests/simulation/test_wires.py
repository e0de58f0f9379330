"""Wires, and what is spoken over them."""

import asyncio
from contextvars import copy_context
from random import Random

from tests.simulation.loop import PROCESS, VirtualLoop
from tests.simulation.talk import Answered, Asked, Reply, Serves, ask
from tests.simulation.wires import Network

PLACE = ("127.0.0.1", 80)


def echoes(asked: Asked, reply: Reply) -> None:
    reply.answer(201, asked.body + asked.path.encode())


def test_a_request_and_its_answer() -> None:
    loop = VirtualLoop(Random(1))
    network = Network(loop, Random(1))
    network.listen(*PLACE, lambda: Serves(echoes))
    found = loop.run_until_complete(ask(network, PLACE, Asked("POST", "/there", {}, b"body"), 5.0))
    assert found == Answered(201, b"body/there")
    network.close()
    loop.close()


def test_nobody_answers_where_nobody_listens_and_where_who_listened_was_killed() -> None:
    loop = VirtualLoop(Random(1))
    network = Network(loop, Random(1))
    asked: list[bytes] = []

    def silent(one: Asked, _: Reply) -> None:
        asked.append(one.body)

    async def world() -> None:
        assert await ask(network, PLACE, Asked("GET", "/", {}, b"nobody"), 5.0) is None
        context = copy_context()
        context.run(PROCESS.set, "one")
        context.run(network.listen, *PLACE, lambda: Serves(silent))
        waiting = loop.create_task(ask(network, PLACE, Asked("GET", "/", {}, b"first"), 60.0))
        await asyncio.sleep(1.0)
        network.cut("one")
        assert await waiting is None
        assert loop.time() < 30
        assert await ask(network, PLACE, Asked("GET", "/", {}, b"second"), 5.0) is None

    loop.run_until_complete(world())
    assert asked == [b"first"]
    network.close()
    loop.close()
