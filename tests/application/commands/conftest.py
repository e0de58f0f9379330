from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.ledger import Ledger
from tests.adapters.ledger.stage import open_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()
