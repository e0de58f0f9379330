"""The units of docs/deploy/systemd, read by systemd itself."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from entrypoints.roles import DIAL, PROJECT, SERVE

UNITS = Path(__file__).parents[3] / "docs" / "deploy" / "systemd"
ANALYZE = shutil.which("systemd-analyze")
EXPOSURE_MAX = 20  # tenths; what is left is the network, and a program that is no image of its own
NAMES = {
    "dialtrail-up.service": "up",
    "dialtrail-serve@.service": SERVE.command,
    "dialtrail-dial.service": DIAL.command,
    "dialtrail-project.service": PROJECT.command,
}


def test_each_process_has_a_unit_and_on_postgresql_a_folder_of_its_own() -> None:
    texts = {path.name: path.read_text() for path in UNITS.glob("*.service")}
    started = {
        name: re.findall(r"^ExecStart=/opt/dialtrail/\.venv/bin/dialtrail (.+)$", texts[name], re.MULTILINE)
        for name in texts
    }
    assert started == {name: [command] for name, command in NAMES.items()}
    homes = [re.findall(r"DIALTRAIL_HOME=(\S+)", text) for name, text in sorted(texts.items()) if "-up." not in name]
    assert all(len(one) == 1 and one[0].startswith("/var/lib/dialtrail/") for one in homes)
    assert len({one[0] for one in homes}) == len(homes)


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")
def test_systemd_understands_them_and_finds_them_closed(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("*.service"):
        path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", path.read_text(), flags=re.MULTILINE))
    shutil.move(tmp_path / "dialtrail-serve@.service", tmp_path / "dialtrail-serve@8081.service")
    units = sorted(str(path) for path in tmp_path.glob("*.service"))

    verified = _said("verify", "--man=no", *units)
    assert [line for line in verified.stdout.splitlines() if "dialtrail" in line] == []
    for unit in units:
        looked = _said("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MAX}", unit)
        assert looked.returncode == 0, looked.stdout


def _said(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ANALYZE), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
