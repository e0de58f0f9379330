"""A bit that turned, or an end that is missing, in any part of any file: it is refused or named, and nothing else is true."""

from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import pytest

from tests.crashes.damage import HOME, Installation, cut, fault_of, faults_of, made

FLIPS_OF_A_CLASS = 1
CUTS = 3
FILES = ["ledger.db", "ledger.db-wal", "log.db", "ledger.highwater"]


@pytest.fixture(scope="module")
def installations(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Installation]:
    return made(tmp_path_factory.mktemp("installations"), 3)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", FILES)
def test_a_bit_that_turned(installations: tuple[Installation, Installation], name: str, tmp_path: Path) -> None:
    found = faults_of(_of(installations, name), name, FLIPS_OF_A_CLASS, Random(1), tmp_path)

    assert [(what, fault) for what, fault in found if fault is not None] == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", FILES)
def test_an_end_that_is_missing(installations: tuple[Installation, Installation], name: str, tmp_path: Path) -> None:
    chosen = _of(installations, name)
    chance, size = Random(2), (chosen.folder / HOME / name).stat().st_size
    for length in [0, *(chance.randrange(size) for _ in range(CUTS))]:

        def damage(home: Path, length: int = length) -> None:
            cut(home / name, length)

        fault = fault_of(chosen, tmp_path / str(length), damage)
        assert fault is None, (length, fault)


def test_what_is_served_as_true_and_named_by_nobody_is_found(
    installations: tuple[Installation, Installation], tmp_path: Path
) -> None:
    closed, _ = installations
    place = (closed.folder / HOME / "ledger.db").read_bytes().index(b'"spring"') + 1

    def damage(home: Path) -> None:
        content = bytearray((home / "ledger.db").read_bytes())
        content[place] ^= 1
        (home / "ledger.db").write_bytes(content)

    assert fault_of(closed, tmp_path / "named", damage) is None
    fault = fault_of(closed, tmp_path / "unnamed", damage, frozenset({"start"}))
    assert fault is not None
    assert fault.startswith("other is served, and only {'verify': 'position ")


def _of(installations: tuple[Installation, Installation], name: str) -> Installation:
    """The WAL is there where the ledger was not closed; what is in it would hide what is damaged in the database."""
    closed, left = installations
    return left if name.endswith("-wal") else closed
