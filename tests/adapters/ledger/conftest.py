from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.ledger import Ledger
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import open_ledger
from tests.adapters.ledger.troubled import TroubledRecorder, open_troubled


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def troubled(tmp_path: Path) -> Iterator[tuple[Ledger, TroubledRecorder]]:
    ledger, recorder = open_troubled(tmp_path)
    yield ledger, recorder
    ledger.close()


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()
