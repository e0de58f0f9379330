from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.application.subscriptions.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    opened = Stage(tmp_path)
    yield opened
    opened.ledger.close()
