import asyncio
import signal
import sys
from pathlib import Path

import pytest

from entrypoints.cli.demo.children import ENDING_SIGNALS, Child, Children
from entrypoints.cli.failure import CommandFailed

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What is started, watched and stopped here stands for the sandbox, which takes a second to start.
STANDS_IN = f"""#!{sys.executable} -IS
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("sandbox ready", flush=True)
signal.pause()
"""


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "stands-in"
    program.write_text(STANDS_IN)
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


def is_ready(child: Child) -> bool | None:
    return True if "sandbox ready" in child.log.read_text() else None


def started(children: Children) -> Child:
    sandbox = children.start("sandbox", ["sandbox"], {})
    asyncio.run(children.wait_for(sandbox, lambda: is_ready(sandbox)))
    return sandbox


@pytest.mark.usefixtures("quick")
def test_whatever_happens_they_are_gone_afterwards(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]

    def broken() -> None:
        with Children(tmp_path) as children:
            sandboxes.append(started(children))
            raise ZeroDivisionError

    sandboxes: list[Child] = []
    with pytest.raises(ZeroDivisionError):
        broken()

    assert [sandbox.process.returncode for sandbox in sandboxes] == [0]
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("ending", ENDING_SIGNALS)
def test_a_signal_to_the_demo_stops_them(tmp_path: Path, ending: signal.Signals) -> None:
    def told_to_end() -> None:
        with Children(tmp_path) as children:
            sandboxes.append(started(children))
            signal.raise_signal(ending)

    sandboxes: list[Child] = []
    with pytest.raises(SystemExit) as caught:
        told_to_end()

    assert caught.value.code == 128 + ending
    assert [sandbox.process.returncode for sandbox in sandboxes] == [0]


@pytest.mark.usefixtures("quick")
def test_one_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.cli.demo.children.STOP_SECONDS_MAX", 0.1)
    with Children(tmp_path) as children:
        sandbox = started(children)
        sandbox.process.send_signal(signal.SIGSTOP)

    assert sandbox.process.returncode == -signal.SIGKILL


@pytest.mark.usefixtures("quick")
def test_one_that_was_killed_is_not_missed_and_the_next_goes_on_in_its_log(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        first = started(children)
        children.kill(first)
        children.check()
        second = children.start("sandbox", ["sandbox"], {})
        asyncio.run(children.wait_for(second, lambda: second.log.read_text().count("sandbox ready") == 2 or None))

    assert (first.process.returncode, second.process.returncode) == (-signal.SIGKILL, 0)


def test_one_that_ends_by_itself_is_named_with_its_last_lines(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("up", ["up"], {"DIALTRAIL_HOME": str(tmp_path / "data")})
        with pytest.raises(CommandFailed, match="the demo's process `up` ended with code 2"):
            asyncio.run(children.wait_for(child, lambda: None))
        (line,) = children.last_lines()

    assert line.startswith("up: dialtrail: MINIVOICE_API_KEY: is not set; ")


def test_one_that_is_never_ready_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.cli.demo.children.START_SECONDS_MAX", 0.1)
    with Children(tmp_path) as children:
        sandbox = children.start("sandbox", ["sandbox"], {})
        with pytest.raises(CommandFailed, match="`sandbox` was not ready after"):
            asyncio.run(children.wait_for(sandbox, lambda: None))
