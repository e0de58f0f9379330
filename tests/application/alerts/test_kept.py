"""What is remembered of alerts, and where it cannot be."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from adapters.alerts_file import ALERTS_FILE, SET_ASIDE
from application.alerts.kept import KeptAlerts
from tests.application.alerts.mailed import look, pause_account
from tests.entrypoints.serving import Serving, play

MINUTE = timedelta(minutes=1)
MAIL = {"DIALTRAIL_ALERTS_TO": "ops@example.org", "DIALTRAIL_ALERTS_FROM": "dialtrail@example.org"}
PAGES = "https://calls.example.org"


@pytest.mark.parametrize("content", [b"", b"{", b'{"on": 7}', b"\xff\xfe"])
def test_a_file_that_says_nothing_is_set_aside_and_alerts_go_on(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ALERTS_FILE).write_bytes(content)

    async def scene(stage: Serving) -> None:
        await pause_account(stage)
        await look(stage)
        assert (tmp_path / SET_ASIDE).read_bytes() == content
        kept = msgspec.json.decode((tmp_path / ALERTS_FILE).read_bytes(), type=KeptAlerts)
        assert list(kept.on) == ["account"]

    play(tmp_path, scene)


def test_a_full_disk_is_a_trouble_and_ends_nothing(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        (tmp_path / f"{ALERTS_FILE.removesuffix('.json')}.new").mkdir()
        await pause_account(stage)
        with pytest.raises(Exception, match="after a restart alerts would be told again"):
            await look(stage)
        assert list(stage.parts.alerts.memory.kept.on) == ["account"]

    play(tmp_path, scene)
