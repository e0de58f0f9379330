"""The verdict that one attempt was begun by, and whether it comes out the same today."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from adapters.rule_data import installed_rule_data
from domain.dialing import RULES_NUMBER, Verdict
from domain.recipient import AttemptStarted
from tests.entrypoints.http.routes.test_judgement import WRONG, smuggled
from tests.entrypoints.serving import AUDITOR, NOON, TO, TOKENS, VIEWER, Serving, play

RIGHT = msgspec.json.encode(
    Verdict(judged_at=NOON, attempts_counted=0, attempts_max=1, rules=RULES_NUMBER, rule_data=installed_rule_data())
)


async def told(stage: Serving, attempt_id: str) -> Any:
    return await stage.json(f"/v1/attempts/{attempt_id}/verdict")


def test_a_verdict_that_comes_out_the_same_is_equal_and_shown_as_it_is_stored(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        begun = next(one for one in stage.feed() if one.name == "attempt.started")
        assert isinstance(begun.event, AttemptStarted)
        found = await told(stage, begun.event.attempt_id)
        assert (found["recomputes"], found["why"], found["differences"]) == ("equal", None, [])
        assert (found["position"], found["rules"]) == (begun.position, RULES_NUMBER)
        assert found["verdict"] == msgspec.json.decode(begun.event.verdict)

    play(tmp_path, scene)


def as_given(said: bytes, **otherwise: Any) -> bytes:
    return msgspec.json.encode(replace(msgspec.json.decode(said, type=Verdict), **otherwise))


OLD_DATA = replace(installed_rule_data(), zones="1999a")


@pytest.mark.parametrize(
    ("stored", "recomputes", "why"),
    [
        (RIGHT, "equal", None),
        (WRONG, "differs", None),
        (b"{}", "differs", None),
        (as_given(RIGHT, rules=1), "not_recomputable", "other rules"),
        (as_given(WRONG, rules=RULES_NUMBER + 1), "not_recomputable", "other rules"),
        (as_given(RIGHT, rule_data=OLD_DATA), "equal", None),
        (as_given(WRONG, rule_data=OLD_DATA), "not_recomputable", "other rule data"),
    ],
)
def test_only_the_same_rules_and_data_say_that_something_is_wrong(
    tmp_path: Path, stored: bytes, recomputes: str, why: str | None
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.do(smuggled(stage.ledger.recipient_stream(TO), att_1=stored))
        found = await told(stage, "att_1")
        assert (found["recomputes"], found["why"]) == (recomputes, why)
        assert bool(found["differences"]) is (
            stored not in {RIGHT, as_given(RIGHT, rules=1), as_given(RIGHT, rule_data=OLD_DATA)}
        )

    play(tmp_path, scene)


def test_viewers_may_not_ask_and_an_unknown_attempt_is_not_found(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for headers, status in ((VIEWER, 403), (AUDITOR, 404)):
            answer = await stage.client.get("/v1/attempts/att_none/verdict", headers=headers)
            assert answer.status_code == status

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
