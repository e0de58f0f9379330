"""Settings of all tests, and what those of one worker share."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.adapters.ledger.postgres_server import Server, running
from tests.examples import examples

# CI's machines are busy and shared: an example that takes long is not a failure.
settings.register_profile("dialtrail", deadline=None, max_examples=examples(100))
settings.load_profile("dialtrail")

# In the background of a shell that is no terminal's, SIGINT is inherited as ignored, by the children of the tests too:
# those would not be interrupted. Where this process handles it, a child begins with the default.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that starts once a worker; each test makes databases of its own in it."""
    with running() as server:
        yield server
