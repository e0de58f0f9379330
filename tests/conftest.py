"""Settings of all tests, and what those of one worker share."""

import functools
import gc
import signal
import ssl
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from adapters.zone_files import use_newest_zone_files
from entrypoints.process import GC_THRESHOLDS
from tests.adapters.ledger.postgres_server import Server, running
from tests.examples import examples
from tests.shared_statements import share_statements
from tests.shared_views import share_empty_views

# CI's machines are busy and shared: an example that takes long, or long to be made, is not a failure.
settings.register_profile(
    "dialtrail", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("dialtrail")

# What collecting the tests makes, stays: looking through it again and again takes half a second of each worker.
gc.set_threshold(*GC_THRESHOLDS)

# Each client of httpx reads all certificates, which takes 20 ms: those of one worker share what was read.
ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]

share_statements()
share_empty_views()

# What is judged in the tests' own process goes by the data that Dialtrail's processes go by.
use_newest_zone_files()

# In the background of a shell that is no terminal's, SIGINT is inherited as ignored, by the children of the tests too:
# those would not be interrupted. Where this process handles it, a child begins with the default.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Nothing that was collected is looked through again, nor at the end, when pytest looks five times for what nobody closed.

    The interpreter's own last look is where msgspec may free a class twice (its issue 717).
    """
    gc.freeze()


def pytest_runtest_teardown() -> None:
    """Where log lines go, and from which level, is each test's own: a command may have wanted none."""
    structlog.reset_defaults()


# What starts processes, whose branches are not measured anyway.
STARTS_PROCESSES = ("tests/journeys/", "tests/releases/", "tests/test_")


# What takes longest, the longest first; much of it is waiting.
LONGEST = (
    "tests/crashes/test_refusing.py",
    "tests/simulation/test_planted.py",
    "tests/releases/",
    "tests/docs/",
    "tests/entrypoints/http/routes/test_reads.py",
    "tests/journeys/",
    "tests/test_",
    "tests/entrypoints/sandbox/",
    "tests/entrypoints/cli/test_umask.py",
    "tests/application/dialer/",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and measure no branches in tests that take the same ones thousands of times.

    Those would cost more than all others. Whatever a property finds out about a branch, an example beside it has to take
    that branch as well.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = longest_first(items, workers)
    for item in items:
        is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if is_property or item.nodeid.startswith(STARTS_PROCESSES):
            item.add_marker("no_cover")


def longest_first(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker's part of the list is as long as the others', and begins with some of the files that take longest.

    Or the last worker would be left with them, while the others have nothing more to do. A file stays in one part, for its
    tests may share what is dear to set up.
    """
    files: dict[Path, list[pytest.Item]] = {}
    others: list[pytest.Item] = []
    for item in sorted(items, key=lambda item: _rank(item.nodeid)):
        (files.setdefault(item.path, []) if _rank(item.nodeid) < len(LONGEST) else others).append(item)
    parts = [[item for file in list(files.values())[worker::workers] for item in file] for worker in range(workers)]
    rest = iter(others)
    filled: list[pytest.Item] = []
    for number, part in enumerate(parts):
        room = (len(items) - len(filled)) // (workers - number) - len(part)
        filled += [*part, *islice(rest, max(room, 0))]
    return [*filled, *rest]


def _rank(nodeid: str) -> int:
    """Its place among what takes longest, or the number of those."""
    return next((place for place, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server that starts once a worker; each test makes databases of its own in it."""
    with running() as server:
        yield server
