"""Fixtures of what comes in over HTTP."""

import pytest

from tests.entrypoints import serving


@pytest.fixture(params=serving.WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way on which a delivery comes to the ledger: what holds on one holds on all."""
    monkeypatch.setattr(serving, "WAY", request.param)
    return str(request.param)
