import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from adapters.verifiable_log.checkpoint import open_checkpoint
from adapters.verifiable_log.note import COSIGNATURE, Signer, VerifierKey
from adapters.verifiable_log.witness_folder import origin_hash
from domain.errors import InvalidInput
from entrypoints.cli.witness import witnessed_logs
from tests.adapters.verifiable_log.examples import LOG, ORIGIN, OTHER_LOG, WITNESS
from tests.adapters.verifiable_log.logs import MemoryLog
from tests.child_process import ChildProcess
from tests.entrypoints.cli.conftest import Run

HISTORY = MemoryLog(9)


def test_a_new_key_is_for_nobody_else_and_never_written_over(dialtrail: Run, tmp_path: Path) -> None:
    file = tmp_path / "w.key"

    code, data, talk = dialtrail("witness", "--new-key", "witness.example/w1", "--key", str(file))

    signer = Signer.parse(file.read_text(), kind=COSIGNATURE)
    assert (code, data, talk) == (
        0,
        f"{signer.key.text}\n",
        f"the secret key is in {file}; hand this one to the log:\n",
    )
    assert VerifierKey.parse(data) == signer.key
    assert file.stat().st_mode & 0o777 == 0o600
    again = dialtrail("witness", "--new-key", "witness.example/w1", "--key", str(file))
    assert again == (2, "", f"dialtrail: --key: {file} exists already; a key is never written over\n")
    assert Signer.parse(file.read_text(), kind=COSIGNATURE).key == signer.key


def test_a_key_that_others_may_read_is_not_used(dialtrail: Run, tmp_path: Path) -> None:
    file = tmp_path / "w.key"
    file.write_text(WITNESS.secret_text)
    file.chmod(0o640)
    said = f"dialtrail: --key: {file} is open to others (mode 640); run: chmod 600 {file}\n"
    assert dialtrail("witness", "--key", str(file), "--log", LOG.key.text) == (2, "", said)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "--log: is needed"),
        (("--log", "a"), "--log: is no key"),
        (("--log", WITNESS.key.text), "--log: 'witness.example/w1' is a witness's key; a log's is needed"),
        (("--log", LOG.key.text, "--origin", ""), "--origin: has to be one line"),
        (("--log", LOG.key.text), "w.key cannot be read (No such file or directory); --new-key makes one"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    dialtrail: Run, tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    code, data, talk = dialtrail("witness", "--key", str(tmp_path / "w.key"), *arguments)
    assert (code, data) == (2, "")
    assert why in talk


def test_a_log_may_have_several_keys_and_a_name_of_its_own() -> None:
    other = Signer("log.example/other", bytes(32))
    by_name = witnessed_logs([LOG.key.text, OTHER_LOG.key.text, other.key.text], None)
    assert [(one.origin, list(one.keys)) for one in by_name] == [
        (ORIGIN, [LOG.key, OTHER_LOG.key]),
        ("log.example/other", [other.key]),
    ]
    (named,) = witnessed_logs([LOG.key.text, other.key.text], "a log")
    assert (named.origin, list(named.keys)) == ("a log", [LOG.key, other.key])
    with pytest.raises(InvalidInput):
        witnessed_logs([], None)


def test_it_cosigns_until_it_is_ended(tmp_path: Path) -> None:
    file, state = tmp_path / "w.key", tmp_path / "state"
    file.write_text(WITNESS.secret_text + "\n")
    file.chmod(0o600)
    command = [sys.executable, "-m", "entrypoints.cli", "witness", "--key", str(file), "--log", LOG.key.text]
    words = [*command, "--port", "0", "--state", str(state)]
    with ChildProcess(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        ready = child.stderr.readline().strip()
        assert ready.startswith(f"witness {WITNESS.key.text} ready http://127.0.0.1:"), ready
        url = ready.rpartition(" ")[2]
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            assert client.post("/add-checkpoint", content=HISTORY.asks(0, 9)).status_code == 200
            kept = client.get(f"/{origin_hash(ORIGIN)}/checkpoint").content
        second = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert (second.returncode, second.stderr) == (
            1,
            f"dialtrail: another witness works in {state}; end it, or name another folder by --state\n",
        )
        child.send_signal(signal.SIGTERM)
        rest, talk = child.communicate(timeout=60)
    assert (child.returncode, rest, talk) == (0, "", "")
    assert open_checkpoint(kept, ORIGIN, [LOG.key], [WITNESS.key]).checkpoint.size == 9
