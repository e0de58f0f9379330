from pathlib import Path

import pytest

from tests.application.evidence.bundles import home_of_release


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    return home_of_release(tmp_path_factory.mktemp("evidence"))
