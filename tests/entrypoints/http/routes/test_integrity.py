from pathlib import Path

from tests.entrypoints.ledger_trouble import full_disk
from tests.entrypoints.serving import Serving, at, payload, play, until

PATH = "/v1/integrity"


def test_it_tells_what_waits_and_how_far_all_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        empty = await stage.json(PATH)
        assert (empty["position"], empty["recorded_at"], empty["reconciled_at"]) == (0, None, None)
        await stage.deliver(payload("call.answered"))
        await until(lambda: not any(stage.parts.troubles().values()) and stage.parts.projector.position == 1)
        assert await stage.json(PATH) == {
            "status": "ready",
            "parts": {"ledger": "ready", "clock": "ready", "in_flight": "ready", "views": "ready"},
            "position": 1,
            "recorded_at": at(0),
            "waiting": {"answers": 0, "commands": 0, "webhooks": 0, "attempts": 0, "imports": 0},
            "behind_events": 0,
            "behind_seconds": 0.0,
            "reconciled_at": None,
            "silence": None,
            "judged_at": at(0),
        }

    play(tmp_path, scene)


def test_a_part_that_does_not_work_is_named(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.deliver(payload("call.answered"))
        with full_disk(stage.ledger):
            note = "x" * 100_000
            assert (await stage.deliver(payload("call.answered", note=note))).status_code == 503
            found = await stage.json(PATH)
        assert found["status"] == "not ready"
        assert found["parts"]["ledger"] != "ready"

    play(tmp_path, scene)
