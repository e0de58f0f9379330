"""That nothing came in is said of what is known alone."""

from pathlib import Path

import pytest

from tests.application.test_silence import ENVIRON, QUARTER, dialled, listening, says
from tests.entrypoints.serving import NOON, TO, Serving, play


@pytest.mark.parametrize("lacks", ["is_live", "position"])
def test_nothing_is_said_before_what_is_in_flight_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    monkeypatch.setattr("application.silence.KNOWN_SECONDS_MAX", 0.01)

    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        assert await says(stage) is not None
        with monkeypatch.context() as while_it_loads:
            if lacks == "is_live":
                while_it_loads.setattr(stage.parts.follower, "_live", False)
            else:
                while_it_loads.setattr(stage.parts.in_flight, "position", stage.ledger.position - 1)
            assert (await stage.json("/v1/integrity"))["silence"] is None
        assert await says(stage) is not None

    play(tmp_path, scene, **ENVIRON)
