"""Fixtures of the pages."""

from collections.abc import Iterator

import pytest

from tests.entrypoints.pages.staging import GUARDED, fill
from tests.entrypoints.shared_stage import Play, shared_stage


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Plays what only looks at pages, on one installation that has something on each of them."""
    with shared_stage(tmp_path_factory.mktemp("filled"), fill, **GUARDED) as play_here:
        yield play_here
