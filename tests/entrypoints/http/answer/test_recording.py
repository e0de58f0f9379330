import json
from pathlib import Path
from typing import Any

from application.answering import keeping
from tests.entrypoints.http.answer.asking import SAFE, answers, ask, campaign, press, put_away, recorded, said
from tests.entrypoints.ledger_trouble import full_disk, held_writer
from tests.entrypoints.serving import FROM, OTHER, TO, Serving, play, until


def test_an_answer_does_not_wait_for_a_ledger_that_is_slow_and_is_recorded_all_the_same(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        async with held_writer(stage):
            assert said(await ask(stage)) == ["Hello Ada, this is our office."]
            assert answers(stage) == []
        await until(lambda: answers(stage))
        assert len(answers(stage)) == 1

    play(tmp_path, scene)


def test_an_answer_that_the_ledger_refuses_is_kept_until_it_takes_it(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "RECORD_AGAIN_SECONDS", 0.01)

    async def scene(stage: Serving) -> None:
        await campaign(stage)
        with full_disk(stage.ledger):
            for _ in range(40):
                await ask(stage)
            await until(lambda: stage.parts.answerer.trouble)
            ready = await stage.client.get("/health/ready")
            assert "could not be recorded yet" in ready.json()["parts"]["answers"]
        await until(lambda: len(answers(stage)) == 40)
        await until(lambda: stage.parts.answerer.trouble is None)

    play(tmp_path, scene)


def test_a_fault_of_ours_is_answered_with_what_is_safe_and_recorded(tmp_path: Path, monkeypatch: Any) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)

        def fail(*_: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(stage.parts.answerer._scripts, "script", fail)
        assert await ask(stage) == SAFE
        assert [(served.why, served.step) for served in await recorded(stage)] == [("failed", None)]

    play(tmp_path, scene)


def test_what_nobody_can_make_use_of_has_a_bound(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping, "UNIDENTIFIED_A_MINUTE_MAX", 3)

    async def scene(stage: Serving) -> None:
        monkeypatch.setattr(stage.parts.answerer._keeper, "_monotonic", lambda: 30.0)
        for n in range(6):
            assert await ask(stage, f"/answer?x={n}") == SAFE
        assert len(await put_away(stage, 3)) == 3

    play(tmp_path, scene)


def test_the_last_step_of_a_call_is_seen_by_whoever_asks(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        stage.clock.now = stage.clock.now.replace(second=10)
        await ask(stage)
        await recorded(stage)
        assert (await stage.json("/v1/calls/call_1"))["state"]["step"] == "menu"
        await press(stage, "1", 12)
        assert (await stage.json("/v1/calls/call_1"))["state"]["step"] == "call.gathered"

    play(tmp_path, scene)


def test_the_counts_and_the_log_say_how_it_went_and_no_number(tmp_path: Path, capfd: Any) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        await ask(stage, "/answer", json={"from": FROM, "to": TO})
        await ask(stage, "/answer", json={"from": FROM, "to": OTHER})
        text = (await stage.client.get("/metrics")).text
        assert 'dialtrail_answers_total{result="served"} 1.0' in text
        assert 'dialtrail_answers_total{result="unknown_call"} 1.0' in text
        stage.parts.lines.flush()

    play(tmp_path, scene)
    logged = capfd.readouterr().err
    (line,) = [json.loads(one) for one in logged.splitlines() if '"answer served"' in one]
    assert (line["why"], line["level"]) == ("unknown_call", "warning")
    assert FROM not in logged
    assert OTHER not in logged
