import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.entrypoints.cli.test_output import CHECKOUT


@pytest.mark.parametrize("before", ["000", "022", "077"])
def test_whatever_the_shell_says_what_a_command_writes_is_for_its_user_alone(tmp_path: Path, before: str) -> None:
    command = ["sh", "-c", f'umask {before} && exec "$@"', "sh", sys.executable, "-m", "entrypoints.cli"]
    home = tmp_path / "data"
    for words in (
        ("init", "--folder", str(tmp_path / "plan")),
        ("campaign", "create", str(tmp_path / "plan" / "campaign.toml")),
    ):
        environ = {"DIALTRAIL_HOME": str(home), "PATH": "/usr/bin:/bin"}
        subprocess.run([*command, *words], cwd=CHECKOUT, env=environ, check=True, timeout=60, capture_output=True)
    written = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert {one.name for one in written} >= {"dialtrail.env", "campaign.toml", "ledger.db", "views.db"}
    assert {one.name: oct(one.stat().st_mode) for one in written if stat.S_IMODE(one.stat().st_mode) & 0o077} == {}
