"""The demo as people start it: real processes, a sandbox that misbehaves, and the proof at the end."""

import json
import os
import re
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
from tests.child_process import ChildProcess
from tests.examples import are_all_tried
from tests.in_this_process import Ran, run_here

CHECKOUT = Path(__file__).parents[2]
START_SECONDS_MAX = 60.0


def start(*arguments: str) -> ChildProcess[str]:
    return ChildProcess(
        [sys.executable, "-m", "entrypoints.cli", *arguments],
        cwd=CHECKOUT,
        env=child_environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str, home: Path) -> Ran:
    return run_here(arguments, home.parent, child_environment({"DIALTRAIL_HOME": str(home)}))


def listens(url: str) -> bool:
    where = urlsplit(url)
    try:
        socket.create_connection((where.hostname, where.port or 80), timeout=1).close()
    except OSError:
        return False
    return True


PROMISES = [
    "one dial request per attempt",
    "no second request while in doubt",
    "everybody is called, nobody twice",
    "what is in doubt is explained",
    "acknowledged means durable",
    "any order, any number of times",
    "no call stays open",
    "limits hold at the moment of sending",
]
ACTS = [
    r"MiniVoice drops the webhook of a call's end for good; it will drop others",
    r"MiniVoice says 402 insufficient_balance after \d+ calls?: the account is paused",
    r"the calls under way have ended; (1 person waits|\d+ people wait), and nobody is dialled",
    r"topped up by 2\.40 and resumed: the account's pause \(insufficient_balance\) was lifted: .*",
    r"MiniVoice loses its answer to the dial request for (\+1555\d+): unresolved, and not dialled again",
    r"somebody else with the same key calls (\+1555\d+), too: 2 calls could be the attempt's, so it is left to a person",
    r"kill -9 of `dialtrail up`, with \d+ dial requests? on the wire",
    r"started again in \d+\.\d s: \d+ attempts? (were|was) on the wire and (are|is) unresolved, not dialled again; the others go on",
    r"the reconciler found every call of the \d+ attempts? that the kill left in doubt",
    r"everybody is done; calls whose end was never reported, and which the reconciler closed: [1-9]\d*",
]


def test_the_demo_plays_every_act_proves_every_promise_and_leaves_a_ledger_to_look_around_in(tmp_path: Path) -> None:
    kept = tmp_path / "kept"

    with start("demo", "--recipients", "12", "--seed", "7", "--keep", str(kept), "--serve") as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        said: list[str] = []
        while not said or not (said[-1].startswith("and its commands work") or said[-1] == ""):
            said.append(demo.stderr.readline())
        opened = re.compile(r"^its pages are open at (http://127.0.0.1:[0-9]+/campaigns/demo) until", re.MULTILINE)
        assert opened.search("".join(said)), "".join(said)
        (url,) = opened.findall("".join(said))
        assert listens(url)
        demo.send_signal(signal.SIGINT)
        data, rest = demo.communicate(timeout=60)
    code, talk = demo.returncode, "".join(said) + rest

    assert code == 0, data + talk
    assert talk.endswith("stopped\n")
    assert not listens(url)
    assert_every_act_is_told(talk)
    lines = data.splitlines()
    assert_every_promise_is_kept(lines)

    assert counts_in(kept)["unresolved"] == 1
    timeline = next(line for line in lines if " timeline call_" in line).split("timeline ")[1]
    shown = run("timeline", timeline, home=kept / "data")
    assert shown.code == 0
    assert shown.data in data
    resolve = next(line for line in lines if " resolve att_" in line).split("dialtrail ")[1]
    assert run(*resolve.split(), home=kept / "data").code == 0
    assert counts_in(kept)["unresolved"] == 0


def assert_every_act_is_told(talk: str) -> None:
    told = [line[8:] for line in talk.splitlines() if re.match(r" *\d+ s  [^(]", line)]
    assert len(told) == len(ACTS), talk
    assert all(re.fullmatch(act, sentence) for act, sentence in zip(ACTS, told, strict=True)), talk
    assert "line 5: number …: has no country; write it like +15551230002" in talk
    assert "line 15: number: repeats the number of line 2" in talk
    assert "demo: 14 rows, 12 enrolled, 1 repeated, 1 rejected" in talk


def assert_every_promise_is_kept(lines: list[str]) -> None:
    header = next(place for place, line in enumerate(lines) if line.startswith("promise "))
    proof = lines[header + 1 : header + 1 + len(PROMISES)]
    assert [line.split("  ")[0] for line in proof] == PROMISES
    assert [line.split()[-1] for line in proof] == ["yes"] * len(PROMISES)
    assert "12 calls to 12 of 12 numbers, at most 1 to any number" in proof[2]
    assert re.search(r"([2-9]) of \1 matched to the right call, 1 of 1 left to a person", proof[3])
    assert "13 of 13 calls end as the sandbox knows them" in proof[5]
    assert sum(line.split()[:2] == ["happened", "learned"] for line in lines) == 2
    assert any(line.endswith("how=inferred") for line in lines)


def counts_in(kept: Path) -> dict[str, int]:
    """How many people have each status in what the demo left; all are there, and nobody is to be called any more."""
    shown = run("status", "demo", "--json", home=kept / "data")
    counts: dict[str, int] = json.loads(shown.data)["recipients"]
    assert (shown.code, sum(counts.values())) == (0, 12)
    assert not any(counts.get(status) for status in ("queued", "held", "dialing", "in_progress"))
    return counts


ENDINGS = [(signal.SIGINT, 130, "dialtrail: interrupted"), (signal.SIGTERM, 143, ""), (signal.SIGHUP, 129, "")]


# What each signal does to the processes of a demo: tests/entrypoints/cli/demo/test_children.py.
@pytest.mark.parametrize(("ending", "code", "last_line"), ENDINGS if are_all_tried() else ENDINGS[:1])
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


def announced(home: Path, demo: ChildProcess[str]) -> Owner:
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
