from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import httpx

from tests.entrypoints.serving import AUDITOR, OPERATOR, SECRET, TO, TOKENS, VIEWER, Serving, payload, play, problem


def test_with_tokens_whoever_may_read_may_read_the_metrics(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        def ask(headers: dict[str, str]) -> Awaitable[httpx.Response]:
            return stage.client.get("/metrics", headers=headers)

        statuses = [(await ask(headers)).status_code for headers in (VIEWER, AUDITOR, OPERATOR, {})]
        assert statuses == [200, 200, 200, 401]
        elsewhere = await ask({**VIEWER, "host": "metrics.example"})
        assert elsewhere.status_code == 200

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_without_tokens_only_this_machine_reads_the_metrics(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get("/metrics")).status_code == 200
        found = await stage.client.get("/metrics", headers={"host": "dialtrail.example"})
        why = "without DIALTRAIL_TOKENS only requests from this machine to this machine are answered, and none that a proxy has handed on"
        expected: dict[str, Any] = problem("not-allowed", 403, "Not allowed for this caller", why)
        assert (found.status_code, found.json()) == (403, expected)

    play(tmp_path, scene)


def test_no_number_and_no_id_is_in_the_metrics(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered"))
        await stage.client.get(f"/v1/campaigns/spring_followup/recipients/{TO}")
        await stage.client.get("/v1/calls/call_1/timeline")
        text = (await stage.client.get("/metrics")).text
        assert [word for word in (TO, TO[1:], "spring", "call_1", "recipient:") if word in text] == []

    play(tmp_path, scene)
