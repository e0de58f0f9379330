"""More than there is room for, small; scripts/proofs/overload.py has it at length."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from entrypoints.http.open_streams import STREAMS_OF_A_CALLER_MAX
from tests.entrypoints.serving import Serving, payload, play
from tests.journeys.overload import NOWHERE, Scene, played
from tests.journeys.processes import Up

SECONDS_MAX = 300
READERS = 12
CROWD = 560


@pytest.mark.no_cover
@pytest.mark.timeout(SECONDS_MAX)
def test_what_is_too_much_is_refused_in_words_and_what_is_acknowledged_is_there(tmp_path: Path) -> None:
    scene = played(tmp_path, closed_seconds=0.5, seconds=0.5, burst=100, readers=READERS, crowd=CROWD)

    assert scene.broken == []
    assert [one["acknowledged"] + sum(one["refused"].values()) for one in scene.parts.values()] == [
        one["planned"] for one in scene.parts.values()
    ]
    assert [one for one in scene.parts["a crowd"]["refused"] if not one.startswith(("503", "no answer"))] == []
    assert scene.parts["beside a storm of readers"]["readers"] == {
        "200": STREAMS_OF_A_CALLER_MAX,
        "refused": READERS - STREAMS_OF_A_CALLER_MAX,
    }


def test_what_was_acknowledged_and_is_not_in_the_ledger_is_named(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.deliver(payload("call.created", "call_1_0"))

    play(tmp_path / "data", scene)
    with ProcessPoolExecutor(1) as asking:
        played_so_far = Scene(Up(tmp_path, NOWHERE, 1), asking)
        played_so_far.acknowledged = [(1, 0), (1, 1)]
        assert played_so_far.lost() == ["acknowledged, and not in the ledger: call_1_0 call.answered"]
