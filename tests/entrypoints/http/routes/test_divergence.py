"""Divergence over HTTP: the days that were looked at, now and as of any moment, and who may ask for a look."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.commands.account import observe_divergence
from domain.divergence import CallDiffers, DivergenceObserved, TotalsBeside
from tests.entrypoints.serving import FINGERPRINT, OPERATOR, TOKENS, VIEWER, Serving, assert_problem, invalid, play

DAY = datetime(2026, 5, 29, tzinfo=UTC)
PATH = "/v1/divergence"


async def look(stage: Serving, days_ago: int, part: int = 1, **more: Any) -> None:
    begin = DAY - timedelta(days=days_ago)
    window = {"window_from": begin, "window_to": begin + timedelta(days=1)}
    given: dict[str, Any] = {**window, "part": part, "ended": 4, "asked": 4, "is_last": True}
    await stage.do(observe_divergence(FINGERPRINT, DivergenceObserved(**given | more)))


async def fill(stage: Serving) -> None:
    """A day of zero, then one on which a call is missing and its number is another's."""
    await look(stage, 1)
    totals = TotalsBeside(calls=1, cost_amount="0.10", cost_currency="EUR", is_settled=True, ours_answered=3)
    differences = (
        CallDiffers(call_id="call_1", kind="missing", ours="completed", theirs="no such call"),
        CallDiffers(call_id="call_2", kind="numbers", ours="+15…01", theirs="+15…02"),
    )
    counts = {"missing": 1, "numbers": 1}
    await look(stage, 0, counts=counts, differences=differences, totals=totals, left_out=2, left_out_why="sampled")


def test_each_day_that_was_looked_at_is_shown_the_newest_first_zero_too(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        found = await stage.json(PATH, VIEWER)
        newest, before = found["items"]
        assert (newest["day"], newest["found"], before["day"], before["found"]) == ("2026-05-29", 3, "2026-05-28", 0)
        assert newest["counts"] == {"missing": 1, "outcome": 0, "not_ended": 0, "times": 0, "numbers": 1}
        assert newest["differences"][1] == {
            "call_id": "call_2",
            "kind": "numbers",
            "ours": "+15…01",
            "theirs": "+15…02",
        }
        assert (newest["totals"]["calls_word"], newest["totals"]["seconds_word"]) == ("fewer", "unknown")
        assert (newest["left_out"], newest["left_out_why"], found["waits"]) == (2, "sampled", False)
        assert len(found["cannot_conclude"]) >= 4

        assert [one["day"] for one in (await stage.json(f"{PATH}?day=2026-05-28", VIEWER))["items"]] == ["2026-05-28"]
        first = stage.ledger.position - 1
        assert [one["day"] for one in (await stage.json(f"{PATH}?as_of={first}", VIEWER))["items"]] == ["2026-05-28"]
        assert (await stage.json(f"{PATH}?as_of=0", VIEWER))["items"] == []

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "20260529", "2026-05-29T00:00:00Z"])
def test_what_is_no_day_is_refused(tmp_path: Path, day: str) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(
            await stage.client.get(PATH, params={"day": day}), invalid("day", "is no day such as 2026-05-29")
        )

    play(tmp_path, scene)


def test_only_operators_have_a_day_looked_at_and_only_by_the_process_that_dials(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.post(PATH, headers=VIEWER)).status_code == 403
        refused = await stage.client.post(PATH, json={"day": "2026-05-29"}, headers=OPERATOR)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "conflict")
        assert "does not dial" in refused.json()["detail"]
        for wrong in ({"day": "soon"}, {"days": 1}):
            assert (await stage.client.post(PATH, json=wrong, headers=OPERATOR)).status_code == 400

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS)
