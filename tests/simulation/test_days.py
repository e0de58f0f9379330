"""A few days, the same each time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.plan import planned
from tests.simulation.run import main, played_in_folder

GOOD_DAY, BAD_DAY = 2, 4
CHECKOUT = Path(__file__).parents[2]


def test_on_a_good_day_all_holds_and_everybody_is_called() -> None:
    played = played_in_folder(planned(GOOD_DAY, faults=False))
    assert played.broken == []
    assert played.requests >= len(planned(GOOD_DAY).people)
    assert played.refused == []


@pytest.mark.parametrize("words", [("--seeds", "5..1"), ("--seeds", "x"), ("--seeds", "1..2", "--seconds", "-1")])
def test_where_no_day_was_played_none_held(words: tuple[str, ...]) -> None:
    try:
        code: object = main(list(words))
    except SystemExit as ended:
        code = ended.code
    assert code in {1, 2}


def test_a_day_with_faults_holds_and_is_the_same_byte_for_byte_in_another_process(tmp_path: Path) -> None:
    for hash_seed in ("0", "1"):
        words = ["--seeds", str(BAD_DAY), "--shrink", "0", "--trace", str(tmp_path / hash_seed)]
        environ = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-m", "tests.simulation.run", *words], cwd=CHECKOUT, env=environ, check=True)
    for name in ("provider.jsonl", "feed.jsonl"):
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes() != b""
