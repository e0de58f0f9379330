"""A bit that turned, or an end that is missing, in any part of any file: it is refused or named, and nothing else is true."""

from collections.abc import Mapping
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import pytest

from tests.crashes.damage import HOME, Installation, cut, fault_of, faults_of, made, sealed

FLIPS_OF_A_CLASS = 1
CUTS = 3
FILES = ["ledger.db", "ledger.db-wal", "log.db", "ledger.highwater", "keys/keys.db"]


@pytest.fixture(scope="module")
def installations(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Installation]:
    folder = tmp_path_factory.mktemp("installations")
    closed, left = made(folder, 3)
    return {"closed": closed, "left": left, "sealed": sealed(folder)}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", FILES)
def test_a_bit_that_turned(installations: Mapping[str, Installation], name: str, tmp_path: Path) -> None:
    found = faults_of(_of(installations, name), name, FLIPS_OF_A_CLASS, Random(1), tmp_path)

    assert [(what, fault) for what, fault in found if fault is not None] == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", FILES)
def test_an_end_that_is_missing(installations: Mapping[str, Installation], name: str, tmp_path: Path) -> None:
    chosen = _of(installations, name)
    chance, size = Random(2), (chosen.folder / HOME / name).stat().st_size
    for length in [0, *(chance.randrange(size) for _ in range(CUTS))]:

        def damage(home: Path, length: int = length) -> None:
            cut(home / name, length)

        fault = fault_of(chosen, tmp_path / str(length), damage)
        assert fault is None, (length, fault)


def test_what_is_served_as_true_and_named_by_nobody_is_found(
    installations: Mapping[str, Installation], tmp_path: Path
) -> None:
    closed = installations["closed"]
    place = (closed.folder / HOME / "ledger.db").read_bytes().index(b'"spring"') + 1

    def damage(home: Path) -> None:
        content = bytearray((home / "ledger.db").read_bytes())
        content[place] ^= 1
        (home / "ledger.db").write_bytes(content)

    assert fault_of(closed, tmp_path / "named", damage) is None
    fault = fault_of(closed, tmp_path / "unnamed", damage, frozenset({"start"}))
    assert fault is not None
    assert fault.startswith("other is served, and only {'verify': 'position ")


def _of(installations: Mapping[str, Installation], name: str) -> Installation:
    """The WAL is there where the ledger was not closed; what is in it would hide what is damaged in the database."""
    which = "left" if name.endswith("-wal") else "sealed" if name.startswith("keys/") else "closed"
    return installations[which]
