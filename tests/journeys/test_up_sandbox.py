"""`dialtrail up --sandbox` as people start it: the example that it makes once, and that nothing of it stays behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from adapters.folder_owner import read_owner
from tests.child_process import ChildProcess
from tests.in_this_process import run_here
from tests.journeys.processes import ROOT, START_SECONDS_MAX, free_port, until

END_SECONDS_MAX = 40


def environ(home: Path, **more: str) -> dict[str, str]:
    path = os.environ.get("PATH", "")  # noqa: TID251 - the child's environment
    ports = {"DIALTRAIL_PORT": str(free_port()), "DIALTRAIL_SANDBOX_PORT": str(free_port())}
    return {"PATH": path, "PYTHONPATH": str(ROOT), "DIALTRAIL_HOME": str(home), **ports, **more}


def dialtrail(env: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "entrypoints.cli", *words]
    # In a folder that has no dialtrail.env of somebody's.
    folder = Path(env["DIALTRAIL_HOME"]).parent
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def up_sandbox(env: dict[str, str]) -> Iterator["ChildProcess[str]"]:
    home = Path(env["DIALTRAIL_HOME"])
    with ChildProcess(
        [sys.executable, "-m", "entrypoints.cli", "up", "--sandbox"],
        cwd=home.parent,
        env=env,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        until("it listens", lambda: process.poll() is not None or is_up(home), START_SECONDS_MAX)
        yield process
        if process.poll() is None:
            process.kill()


def is_up(home: Path) -> bool:
    owner = read_owner(home)
    return owner is not None and owner.url is not None


def ends(process: "ChildProcess[str]") -> str:
    os.killpg(process.pid, signal.SIGTERM)  # as a service manager does: to the processes that it started, too
    _, talk = process.communicate(timeout=END_SECONDS_MAX)
    assert process.returncode == 0, talk
    assert "the process that keeps the views ended" not in talk
    return talk


def answers(port: str, path: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.mark.timeout(240)
def test_both_stop_together_however_that_is(tmp_path: Path) -> None:
    env = environ(tmp_path / "data")
    with up_sandbox(env) as process:
        assert answers(env["DIALTRAIL_SANDBOX_PORT"], "/_sandbox/summary")
        until("it is ready", lambda: answers(env["DIALTRAIL_PORT"], "/health/ready"), START_SECONDS_MAX)
        examined = run_here(["doctor"], tmp_path, env)
        assert examined.code == 0, examined.data + examined.talk
        assert "`dialtrail up --sandbox` owns the data folder" in examined.data
        talk = ends(process)
    assert "plays MiniVoice's part: nobody is called" in talk
    assert "campaign start example" in talk
    assert not answers(env["DIALTRAIL_SANDBOX_PORT"], "/_sandbox/summary")
    assert not answers(env["DIALTRAIL_PORT"], "/health/live")

    with up_sandbox(env) as process:
        until("it is ready", lambda: answers(env["DIALTRAIL_PORT"], "/health/ready"), START_SECONDS_MAX)
        campaigns = httpx.get(
            f"http://127.0.0.1:{env['DIALTRAIL_PORT']}/v1/campaigns", trust_env=False, timeout=30
        ).json()
        assert [(one["id"], one["state"]) for one in campaigns["items"]] == [("example", "created")]
        process.kill()
        _, talk = process.communicate(timeout=END_SECONDS_MAX)
    assert "campaign start example" not in talk
    assert f"its pages: http://127.0.0.1:{env['DIALTRAIL_PORT']}\n" in talk
    assert not answers(env["DIALTRAIL_SANDBOX_PORT"], "/_sandbox/summary")


def test_where_a_port_is_taken_nothing_is_left_behind(tmp_path: Path) -> None:
    env = environ(tmp_path / "data", MINIVOICE_API_KEY="mv_live_s3cret")
    for variable, command in (("DIALTRAIL_PORT", ["up"]), ("DIALTRAIL_SANDBOX_PORT", ["up", "--sandbox"])):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            own = {name: value for name, value in env.items() if command == ["up"] or name != "MINIVOICE_API_KEY"}
            refused = dialtrail({**own, variable: port}, *command)

        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"{variable}: 127.0.0.1:{port} cannot be listened on" in refused.stderr
        assert list(tmp_path.iterdir()) == []
