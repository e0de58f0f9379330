"""What is asked of a whole installation in this process: deliveries to the door, answers for callers, and pages of lists."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Any
from urllib.parse import quote

import httpx

from tests.entrypoints.serving import SECRET, TO, Serving, serving, signature
from tests.journeys.hostile import webhooks
from tests.journeys.hostile.judge import Surface, Take
from tests.journeys.hostile.mutation import Mutator

Ask = Callable[[Serving, bytes, Mutator, Random], Coroutine[Any, Any, httpx.Response]]
SETTINGS = {"MINIVOICE_WEBHOOK_SECRET": SECRET, "DIALTRAIL_ANSWER_TOKEN": "the-token-of-answers"}
ANSWER_PATH = f"/answer/{SETTINGS['DIALTRAIL_ANSWER_TOKEN']}"
SCRIPT = {
    "start": "a",
    "steps": {
        "a": {"gather": {"prompt": "Press 1."}, "on": {"1": "b"}, "no_input": "b"},
        "b": {"actions": [{"say": "Goodbye."}], "end": True},
    },
}
ASKED = (
    b"\n" + json.dumps({"call": {"id": "call_1", "direction": "outbound", "from": "+15551230001", "to": TO}}).encode(),
    b"call_id=call_1&from=%2B15551230001&to=%2B15551230002\n",
    b"d=call_1.1.a.0.0000\n" + b"call_id=call_1&digits=1&from=%2B15551230001",
    b'\n{"call":{"id":"call_1","metadata":{"attempt_id":"att_call_1"}},"digits":"1","event":"call.gathered"}',
)
CURSORS = (b"0", b"1", b"17", b"17.3", b"2026-05-29T12:00:00Z", b"999999999999999", b"-1", b"1e3", b"\xd9\xa1", b"0x10")
LISTS = (
    "/v1/campaigns/worded/recipients?after={}",
    "/v1/campaigns/worded/recipients?as_of={}",
    "/v1/calls?after={}",
    "/v1/events?after={}&limit=10",
    "/v1/deliveries?after={}",
    "/v1/deliveries?since={}",
    "/v1/calls/call_1/deliveries?after={}",
    "/v1/calls/call_1/timeline?as_of={}",
    "/v1/quarantine?after={}",
    "/v1/attempts?after={}",
    "/v1/suppressions?after={}",
    "/v1/calls/{}/timeline",
    "/v1/campaigns/{}",
    "/v1/campaigns/worded/recipients/{}",
    "/v1/attempts/{}/verdict",
    "/v1/search?q={}",
)


async def _deliver(stage: Serving, data: bytes, _: Mutator, chance: Random) -> httpx.Response:
    signed = signature(SECRET if chance.random() < 0.9 else "another", data)
    if chance.random() < webhooks.PACKED_SHARE:
        signed["content-encoding"] = chance.choice(webhooks.ENCODINGS)
    return await stage.client.post("/webhooks/minivoice", content=data, headers=signed)


async def _answer(stage: Serving, data: bytes, _: Mutator, chance: Random) -> httpx.Response:
    query, body = (*data.split(b"\n", 1), b"")[:2]
    path = f"{ANSWER_PATH}?{quote(query, safe='&=%+')}" if query else ANSWER_PATH
    kind = chance.choice(("application/json", "application/x-www-form-urlencoded", "text/plain", ""))
    if chance.random() < 0.3:
        return await stage.client.get(path)
    answer = await stage.client.post(path, content=body, headers={"content-type": kind} if kind else {})
    assert answer.status_code != 200 or isinstance(answer.json()["actions"], list)
    return answer


async def _list(stage: Serving, data: bytes, _: Mutator, chance: Random) -> httpx.Response:
    return await stage.client.get(chance.choice(LISTS).format(quote(data[:1_000], safe="")))


async def _fill(stage: Serving) -> None:
    plan = {"id": "worded", "from": "+15551230001", "script": SCRIPT}
    assert (await stage.client.post("/v1/campaigns", json=plan)).status_code == 201
    await stage.enroll(TO, campaign_id="worded")
    assert (await stage.client.post("/v1/campaigns/worded/start")).status_code == 200
    await stage.dial(TO, "call_1", "worded")


def _surface(
    name: str, corpus: tuple[bytes, ...], words: tuple[bytes, ...], ask: Ask, taken: frozenset[int]
) -> Surface:
    @contextmanager
    def opened(folder: Path) -> Iterator[Take]:
        with asyncio.Runner() as runner:
            entered = AsyncExitStack()
            stage = runner.run(_entered(entered, folder))

            def take(data: bytes, mutator: Mutator, chance: Random) -> str:
                answer = runner.run(ask(stage, data, mutator, chance))
                assert answer.status_code in taken, f"{answer.status_code}: {answer.text[:300]}"
                return str(answer.status_code)

            try:
                yield take
                assert stage.ledger.trouble is None, stage.ledger.trouble
            finally:
                runner.run(entered.aclose())

    return Surface(name, corpus, words, opened)


async def _entered(stack: AsyncExitStack, folder: Path) -> Serving:
    stage = await stack.enter_async_context(serving(folder, **SETTINGS, DIALTRAIL_API_REQUESTS_PER_SECOND="0"))
    await _fill(stage)
    return stage


DELIVERIES = _surface("deliveries", tuple(webhooks.corpus()), (), _deliver, frozenset({204, 401, 415}))
ANSWERS = _surface("answers", ASKED, CURSORS, _answer, frozenset({200}))
CURSORS_ASKED = _surface("cursors", CURSORS, (), _list, frozenset({200, 400, 404}))
