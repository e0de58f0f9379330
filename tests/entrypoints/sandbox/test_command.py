import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from entrypoints.sandbox import SandboxSettings
from entrypoints.sandbox.__main__ import app
from entrypoints.sandbox.problems import flag_of
from tests.child_process import ChildProcess

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_stops_cleanly(stop: signal.Signals, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "entrypoints.sandbox",
        "--port",
        "0",
        "--log",
        str(tmp_path / "log"),
        "--seed",
        "3",
    ]
    with ChildProcess(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        ready = process.stdout.readline()
        try:
            assert ready.startswith("sandbox ready http://127.0.0.1:")
            response = httpx.get(ready.split()[-1] + "/_sandbox/settings", trust_env=False)
            assert response.json()["seed"] == 3
        finally:
            process.send_signal(stop)
            rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest, errors) == (0, "", "")


def test_every_setting_is_an_option_with_help() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "300", "TERM": "dumb", "NO_COLOR": "1"}).output
    for name, field in SandboxSettings.model_fields.items():
        assert flag_of(name) in shown
        assert field.description
    assert "Example: " in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--answer-rate", "2"], "--answer-rate: "),
        (["--ring-seconds", "2:1"], "--ring-seconds: write MIN:MAX"),
        (["--api-key", "a", "--api-key", "a"], "--api-key: give each key once"),
        (["--no-rate-prefix", "44"], "--no-rate-prefix: "),
        (["--echo-metadata", "maybe"], "--echo-metadata"),
    ],
)
def test_a_wrong_option_is_named(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "300", "TERM": "dumb", "NO_COLOR": "1"})
    assert (result.exit_code, message in result.output, "Traceback" in result.output) == (2, True, False)


def test_a_port_that_is_taken_is_one_line() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(app, ["--port", str(taken.getsockname()[1])])
    assert (result.exit_code, len(result.stderr.splitlines()), "choose another --port" in result.stderr) == (1, 1, True)
