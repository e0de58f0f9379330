"""The same seed plays the same day also where calls fetch what they say, with every trouble of callers on."""

import asyncio

import pytest

from tests.entrypoints.sandbox.script.answering import AT_ONCE, answering, said
from tests.entrypoints.sandbox.test_replay import Client, Day, all_at_once, day, two_from_both_ends

SAY = {"say": {"text": "Hello."}}
GATHER = {"gather": {"prompt": "Press 1 or 2.", "num_digits": 1}}
TRANSFER = {"type": "transfer", "destination": "+15551230003"}
TROUBLE: dict[str, object] = {
    "hang_up_rate": 0.1,
    "silent_rate": 0.2,
    "wrong_digit_rate": 0.2,
    "hang_up_saying_rate": 0.1,
    "transfer_fail_rate": 0.5,
    "go_on_rate": 0.5,
    "gather_report": "mixed",
    "answer_timeout_seconds": 60,  # nobody is too slow on a busy machine
}


async def scripted(client: Client, seed: int) -> tuple[Day, int]:
    """The day, and how many documents were asked for."""
    async with answering() as server:
        menu = (SAY, GATHER, {"redirect": {"url": f"{server.url}/next"}})
        server.pages = {"/start": said(*menu), "/next": said(SAY, GATHER, TRANSFER, SAY, TRANSFER, SAY, GATHER)}
        settings = AT_ONCE | TROUBLE | {"answer_url": f"{server.url}/start", "wrong_direction_rate": 0.3}
        return await day(client, seed, **settings), len(server.asked)


@pytest.mark.no_cover  # many times the same
def test_the_same_seed_plays_the_same_day_with_scripts_and_another_seed_another() -> None:
    one, asked = asyncio.run(scripted(all_at_once, seed=5))
    other, _ = asyncio.run(scripted(two_from_both_ends, seed=5))

    assert one.answers == other.answers
    assert one.ours() == other.ours()
    assert one.of(one.ours()) == other.of(other.ours())
    both = (one.lives.keys() & other.lives.keys()) - one.ours()
    assert one.of(both) == other.of(both)
    assert asked > len(one.ours()) / 2
    assert max(events.count("call.gathered") for events in one.lives.values()) == 3
    elsewhere, _ = asyncio.run(scripted(all_at_once, seed=6))
    assert one.of(one.ours()) != elsewhere.of(elsewhere.ours())
