"""`dialtrail copy`, killed with -9 before and after each of its writes, and gone on with by the next process."""

import subprocess
import sys

from tests.journeys.processes import ROOT

PROOF = "scripts/proofs/copy_kills.py"


def test_killed_at_each_write_it_comes_to_its_end_and_nothing_is_missing() -> None:
    command = [sys.executable, PROOF, "--rounds", "1", "--events", "8", "--folders-only"]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout.endswith("broken: nothing\n")) == (0, True), ran.stdout + ran.stderr
    assert "kills {'into a folder': 5}" in ran.stdout
