"""The demo as people start it: real processes, a sandbox that misbehaves, and the proof at the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from adapters.folder_owner import Owner, read_owner
from entrypoints.settings import child_environment

CHECKOUT = Path(__file__).parents[2]
START_SECONDS_MAX = 20.0


def start(*arguments: str, home: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "entrypoints.cli", *arguments],
        cwd=CHECKOUT,
        env=child_environment({} if home is None else {"DIALTRAIL_HOME": str(home)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str, home: Path | None = None) -> tuple[int, str, str]:
    with start(*arguments, home=home) as process:
        data, talk = process.communicate(timeout=60)
    return process.returncode, data, talk


def listens(url: str) -> bool:
    where = urlsplit(url)
    try:
        socket.create_connection((where.hostname, where.port or 80), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_demo_proves_every_promise_and_leaves_a_ledger_to_look_around_in(tmp_path: Path) -> None:
    kept = tmp_path / "kept"

    code, data, talk = run("demo", "--recipients", "12", "--seed", "7", "--keep", str(kept))

    assert code == 0, data + talk
    lines = data.splitlines()
    header = next(place for place, line in enumerate(lines) if line.startswith("promise "))
    proof = lines[header + 1 : header + 6]
    assert [line.split("  ")[0] for line in proof] == [
        "one dial request per attempt",
        "everybody is called, nobody twice",
        "acknowledged means durable",
        "any order, any number of times",
        "limits hold at the moment of sending",
    ]
    assert [line.split()[-1] for line in proof] == ["yes"] * 5
    assert "12 calls to 12 of 12 numbers, at most 1 to any number" in proof[1]
    assert "12 of 12 calls end as the sandbox knows them" in proof[3]
    assert any(line.startswith("The answer to the dial request for +1555") for line in lines)
    assert any(line.split()[:2] == ["happened", "learned"] for line in lines)
    assert "line 5: number: is not a phone number in E.164 form" in talk
    assert "line 15: number: repeats the number of line 2" in talk
    assert "demo: 14 rows, 12 enrolled, 1 repeated, 1 rejected" in talk

    code, data, _ = run("status", "demo", "--json", home=kept / "data")
    counts = json.loads(data)["recipients"]
    assert (code, sum(counts.values())) == (0, 12)
    assert not any(counts.get(status) for status in ("queued", "held", "dialing", "in_progress"))

    timeline = next(line for line in lines if " timeline call_" in line).split("timeline ")[1]
    code, data, _ = run("timeline", timeline, home=kept / "data")
    assert code == 0
    assert data in "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("ending", "code", "last_line"),
    [(signal.SIGINT, 130, "dialtrail: interrupted"), (signal.SIGTERM, 143, ""), (signal.SIGHUP, 129, "")],
)
def test_told_to_end_it_stops_everything(ending: signal.Signals, code: int, last_line: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with start("demo", "--keep", str(kept)) as demo:
        owner = announced(kept / "data", demo)
        provider = (kept / "sandbox.log").read_text().split()[2]
        assert listens(provider)
        demo.send_signal(ending)
        _, talk = demo.communicate(timeout=30)

    assert demo.returncode == code, talk
    assert talk.rstrip().endswith(last_line)
    assert "Traceback" not in talk
    assert not listens(provider)
    assert not listens(owner.url or "")
    assert not is_running(owner.pid)


def announced(home: Path, demo: subprocess.Popen[str]) -> Owner:
    """The demo's `dialtrail up`, as soon as it listens."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and demo.poll() is None:
        owner = read_owner(home)
        if owner is not None and owner.url is not None:
            return owner
        time.sleep(0.02)
    demo.kill()
    raise AssertionError(demo.communicate())


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
