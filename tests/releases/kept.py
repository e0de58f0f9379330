"""What a release left behind: a data folder or a database dump, its settings, and what it answered about them.

`tests/fixtures/<release>/` has, for each engine (`sqlite`, `postgres`), the data folder as a kill -9 left it in the middle
of a campaign, the database where there is one, and the answers. All are packed; `xzcat` shows the latter two.
"""

import json
import lzma
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
from msgspec import Struct

from tests.in_this_process import Ran, run_here
from tests.journeys.processes import free_port

Engine = Literal["sqlite", "postgres"]
Answer = Any

ENGINES: tuple[Engine, ...] = ("sqlite", "postgres")
FIXTURES = Path(__file__).parents[1] / "fixtures"
CHECKOUT = Path(__file__).parents[2]
ANSWERS_FILE = "answers.jsonl.xz"
DUMP_FILE = "dump.sql.xz"
HOME = "home"
HOME_FILE = "home.tar.xz"
SETTINGS_FILE = "dialtrail.env"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 40.0
TOKENS = {role: f"{role}-token-of-a-fixture" for role in ("operator", "second", "auditor", "viewer")}
NOT_OF_THE_PAST = ("position", "next")
OWNERS_WORDS = re.compile(r"http://127\.0\.0\.1:\d+")


class Question(Struct, frozen=True):
    """A request to the API by a role, or a command, of which the words are `ask`."""

    ask: str
    role: str = "operator"

    @property
    def is_command(self) -> bool:
        """Whether it is asked on the command line."""
        return self.ask.startswith("dialtrail ")


class Dialtrail:
    """A checkout's `dialtrail`, run in a folder that has its settings and its data."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._checkout = checkout
        self._environ = {
            "PATH": os.environ.get("PATH", ""),  # noqa: TID251 - the child's environment
            "PYTHONPATH": str(checkout),
            "DIALTRAIL_HOME": str(folder / HOME),
            "DIALTRAIL_PORT": str(self.port),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    def set(self, **environ: str) -> None:
        """Settings that go before those of its file."""
        self._environ.update(environ)

    def start(self) -> None:
        """Start `up`, and wait until it takes webhooks and answers questions. Raises `AssertionError` with what it said."""
        with (self.folder / "up.log").open("wb") as log:
            self._process = subprocess.Popen(self._command("up"), **self._where(), stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._is_ready():
            said = (self.folder / "up.log").read_text()[-2_000:]
            assert self._process.poll() is None, said
            assert time.monotonic() < deadline, f"not ready within {START_SECONDS_MAX:g} s: {said}"
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=20)

    def stop(self) -> None:
        """SIGTERM, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=STOP_SECONDS_MAX)
        self._client.close()

    def get(self, path: str, role: str = "operator") -> Answer:
        """What the API answers to this role: its JSON, of a refusal too."""
        answer: Answer = self.request("GET", path, role=role).json()
        return answer

    def request(self, method: str, path: str, role: str = "operator", **more: Any) -> httpx.Response:
        """One request with the role's token."""
        return self._client.request(method, path, headers={"authorization": f"Bearer {TOKENS[role]}"}, **more)

    def run(self, *words: str) -> tuple[int, str]:
        """A command's exit code, and what it wrote to stdout."""
        if self._checkout == CHECKOUT:
            here = run_here(words, self.folder, self._environ)
            return here.code, here.data
        done = subprocess.run(self._command(*words), **self._where(), capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def here(self, *words: str) -> Ran:
        """A command of today's code, in this process, with what it said to stderr."""
        return run_here(words, self.folder, self._environ)

    def answer(self, question: Question) -> Answer:
        """What is said to a question, but for what hangs on when it is asked."""
        if not question.is_command:
            said = self.get(question.ask, question.role)
            return {
                name: value for name, value in said.items() if name not in NOT_OF_THE_PAST or "as_of" in question.ask
            }
        code, said = self.run(*question.ask.split()[1:])
        return [code, *OWNERS_WORDS.sub("http://127.0.0.1", said).splitlines()]

    def _is_ready(self) -> bool:
        try:
            return self.request("GET", "/health/ready").is_success
        except httpx.HTTPError:
            return False

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "entrypoints.cli", *words]

    def _where(self) -> dict[str, Any]:
        return {"cwd": self.folder, "env": self._environ}


def read_answers(folder: Path) -> Iterator[tuple[Question, Answer]]:
    """What a release answered."""
    for line in lzma.decompress((folder / ANSWERS_FILE).read_bytes()).splitlines():
        kept = json.loads(line)
        yield Question(kept["ask"], kept["role"]), kept["answer"]


def read_dump(folder: Path) -> str:
    """A release's database, as SQL."""
    return lzma.decompress((folder / DUMP_FILE).read_bytes()).decode()


def write_answers(folder: Path, answers: Iterator[tuple[Question, Answer]]) -> None:
    """Keep what a release answers."""
    lines = (
        json.dumps({"ask": question.ask, "role": question.role, "answer": answer}, ensure_ascii=False)
        for question, answer in answers
    )
    (folder / ANSWERS_FILE).write_bytes(lzma.compress("\n".join(lines).encode()))


# Python before 3.11.4 has no filters; later ones warn where none is named.
FILTERED: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


@contextmanager
def copied(release: str, engine: Engine, folder: Path, checkout: Path = CHECKOUT) -> Iterator[Dialtrail]:
    """A checkout's `dialtrail` on a copy of what the release left, not started."""
    kept = FIXTURES / release
    with tarfile.open(kept / engine / HOME_FILE) as packed:
        packed.extractall(folder, **FILTERED)
    shutil.copy(kept / SETTINGS_FILE, folder)
    dialtrail = Dialtrail(checkout, folder)
    try:
        yield dialtrail
    finally:
        dialtrail.stop()
